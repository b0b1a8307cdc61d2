"""Links that are counted: in the HTML of a rule that asks for it, each leads by a token of ours to where it led.

The token names a mail and a link by their numbers and is signed, so that no address can be put in the place of the link's.
It opens nothing else: whoever passes such a link on does not hand over the power to unsubscribe.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import html
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from engine.clock import DAY
from engine.delivery.render import Rendered
from models import Link, Message

DIGEST_BYTES = 12  # 96 bits
TOKEN = re.compile(r"(0|[1-9a-f][0-9a-f]{0,14})\.(0|[1-9a-f][0-9a-f]{0,14})\.([A-Za-z0-9_-]{16})")
ANCHOR = re.compile(
    r"""(<a\b[^<>]*?\bhref\s*=\s*)(?:"([^"<>]*)"|'([^'<>]*)')([^<>]*>)(.*?)(?=</a\s*>)""", re.I | re.S
)
WEB = re.compile(r"https?://[^\s\x00-\x20\x7f<>\"\\]+", re.I)
SAYS_WHERE = re.compile(r"://|^\s*(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?\s*$", re.I)
MOST_LINKS, LONGEST = 100, 2_000
LONGEST_TAIL = 40


def click_token(key: bytes, message: int, link: int) -> str:
    """Returns what stands for one link of one mail."""
    return f"{message:x}.{link:x}.{_digest(key, message, link)}"


def read_token(key: bytes, token: str) -> tuple[int, int] | None:
    """Returns the mail and the link that a token names; None for what is cut, spliced, made up or another home's."""
    found = TOKEN.fullmatch(token)
    if found is None or not key:
        return None
    message, link = int(found[1], 16), int(found[2], 16)
    return (message, link) if hmac.compare_digest(found[3], _digest(key, message, link)) else None


def _digest(key: bytes, message: int, link: int) -> str:
    whole = hmac.new(key, f"click:{message}:{link}".encode("ascii"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(whole[:DIGEST_BYTES]).decode("ascii")


def with_clicks(rendered: Rendered, mail: Message, public_url: str, key: bytes, now: int) -> Rendered:
    """Returns the mail with counted links in its HTML; its plain text keeps the links as they are.

    Left alone are our own links, whatever is no address of the web, and a link whose words are an address themselves: a mail
    that shows one address and leads to another is what swindlers write.
    """
    anchors = [
        (found, url) for found in ANCHOR.finditer(rendered.html) if (url := _counted(found, mail.token))
    ]
    ids = link_ids(mail.shop_id, mail.customer_id, [url for _, url in anchors][:MOST_LINKS], now)
    base, parts, end = public_url.rstrip("/"), [], 0
    for found, url in anchors:
        if url in ids:
            token = click_token(key, mail.id, ids[url])
            parts += [rendered.html[end : found.start()], f'{found[1]}"{base}/c/{token}{_tail(url)}"']
            end = found.start(4)
    return replace(rendered, html="".join([*parts, rendered.html[end:]]))


def _counted(found: re.Match[str], token: str) -> str | None:
    """Returns where a link leads, if it is to be counted."""
    url = html.unescape(found[2] if found[2] is not None else found[3]).strip()
    if not WEB.fullmatch(url) or len(url) > LONGEST or token in url:
        return None
    words = html.unescape(re.sub(r"<[^>]*>", "", found[5]))
    return None if SAYS_WHERE.search(words) else url


def _tail(url: str) -> str:
    """Ends a counted link with the last word of where it leads, for whoever looks before they follow; it says nothing to us."""
    last = unquote(urlsplit(url).path.rstrip("/").rpartition("/")[2])
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode("ascii").lower()
    word = re.sub(r"[^a-z0-9]+", "-", plain)[:LONGEST_TAIL].strip("-")
    return f"/{word}" if word else ""


def link_ids(shop: int, customer: int, urls: Sequence[str], now: int) -> dict[str, int]:
    """Returns the number of each address, which is given one where it has none.

    As long as an address has stood in one customer's mails only, it may tell who that is, so it is theirs, and goes when
    they are erased. In the mails of two it tells of neither.
    """
    digests = {hashlib.sha256(url.encode()).hexdigest(): url for url in urls}
    rows = _links(shop, list(digests))
    for digest in digests.keys() - rows.keys():
        fresh = {"shop": shop, "digest": digest, "url": digests[digest], "customer": customer, "used_at": now}
        Link.insert(fresh).on_conflict_ignore().execute()
    if digests.keys() - rows.keys():
        rows = _links(shop, list(digests))
    for row in rows.values():
        shared = row.customer_id not in (None, customer)
        if shared or now - row.used_at >= DAY:
            owner = None if shared else row.customer_id
            Link.update(customer=owner, used_at=now).where(Link.id == row.id).execute()
    return {digests[digest]: row.id for digest, row in rows.items()}


def _links(shop: int, digests: list[str]) -> dict[str, Link]:
    if not digests:
        return {}
    rows = Link.select().where((Link.shop == shop) & Link.digest.in_(digests))
    return {row.digest: row for row in rows}
