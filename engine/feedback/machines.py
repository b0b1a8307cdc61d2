"""Telling programs from people: what a request says of itself, and how soon after its mail it comes.

Security services, previews and mail programs open links that nobody has clicked, often all of a mail at once. Observed
manners: HEAD requests, agents without a face, answers faster than anybody reads. What cannot be told is taken for a person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.clock import SECOND

TOO_QUICK = 2 * SECOND  # after the relay has taken the mail, nobody can have read it
AT_ONCE = SECOND  # two links of one mail within this are no person's doing

SCANNER = re.compile(
    r"(?<!cu)bot\b|bots\b|crawl|spider|slurp|preview|scanner|\bscan\b|monitor|link ?check|prefetch|proxy|headless|phantomjs"
    r"|selenium|puppeteer|playwright|python|curl/|wget|libwww|go-http|^java/|apache-http|axios|node-fetch|undici|^ruby"
    r"|perl|httpclient|http_request|^okhttp|winhttp|powershell|barracuda|proofpoint|mimecast|safelinks|safebrowsing|symantec"
    r"|messagelabs|fireeye|trellix|trend ?micro|sophos|ironport|forcepoint|zscaler|bitdefender|kaspersky|vadesecure|vade "
    r"|cloudmark|avanan|facebookexternalhit|^whatsapp|skypeuripreview|microsoft office|ms-office|embedly|urlscan|virustotal",
    re.I,
)
LONGEST_AGENT = 1_000  # characters that are looked at


def machine_by_request(headers: Mapping[str, str]) -> str | None:
    """Returns why a request comes from a program, by its own words; None where it may be a person's browser."""
    agent = headers.get("User-Agent", "").strip()[:LONGEST_AGENT]
    purpose = " ".join(
        headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
    ).lower()
    if "prefetch" in purpose or "preview" in purpose or "prerender" in purpose:
        return "prefetch"
    if SCANNER.search(agent):
        return "scanner"
    # a browser that opens a page says so, where it says anything of how it fetches
    if not agent or agent == "Mozilla/5.0" or headers.get("Sec-Fetch-Mode", "navigate") != "navigate":
        return "no_browser"
    return None


def machine_by_time(at: int, handed_over_at: int | None) -> str | None:
    """Returns why a click came too soon after its mail; a mail that never left cannot have been read."""
    if handed_over_at is None or at - handed_over_at < TOO_QUICK:
        return "too_quick"
    return None
