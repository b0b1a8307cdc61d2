"""What needs attention, in an operator's words: what the doctor, the log and the watchdog's mails say."""

from __future__ import annotations

from engine.clock import moment
from engine.doctor.finding import Finding, Level
from engine.reports.trouble import Trouble

SAID: dict[str, tuple[Level, str, str, str]] = {
    "broken": ("problem", "rules", "{what} is broken: {detail}", "mend it; server.py check shows the place"),
    "braked": (
        "warning", "rules", "{what} wanted more mails than usual, {count} wait",
        "look at it, then server.py release {what}",
    ),
    "clock": (
        "problem", "clock", "no tick since {at:%Y-%m-%d %H:%M} UTC", "see that server.py serve runs, and its log",
    ),
    "endpoint": (
        "problem", "webhooks", "the endpoint {what} is paused since {at:%Y-%m-%d %H:%M} UTC: {detail}",
        "mend it, then resume it on the console's page Webhooks; what waits is given up after some days",
    ),
    "only_to": (
        "note", "mail", "only_to lets mail go to {count} addresses and domains; all other mail is cancelled",
        "remove only_to from config.yaml where customers are to get mail",
    ),
    "paused": ("note", "rules", "{what} is paused", "server.py resume {what} lets it go on"),
    "coupons": (
        "warning", "rules", "the pool {what} had no code for a mail", "server.py coupons add {what} FILE",
    ),
    "refusals": (
        "problem", "rules", "{what} is refused by receivers, {count} of its latest mails by policy: {detail}",
        "find out why (server.py doctor looks at SPF, DKIM and DMARC), then server.py resume {what} if it is paused",
    ),
    "relay": (
        "problem", "relay", "the relay takes no mail{since}: {detail}",
        "see that it runs, that {where} reaches it, and what its log says",
    ),
    "orders": (
        "problem", "mail", "mails about orders wait: {count}, the oldest since {at:%Y-%m-%d %H:%M} UTC",
        "see what is said of the relay, that a sender runs, and the outbox in the console",
    ),
    "overdue": (
        "problem", "mail", "mails wait for longer than they should: {count}, the oldest since {at:%Y-%m-%d %H:%M} UTC",
        "see what is said of the relay, that a sender runs, and the outbox in the console",
    ),
    "leases": (
        "problem", "mail", "senders that are gone hold mails that nobody takes back: {count}",
        "see that server.py serve runs, with a clock and a sender, and its log",
    ),
    "unknown": (
        "warning", "mail", "nobody can tell whether {count} mails arrived",
        "see the outbox in the console; marketing is not sent again by itself",
    ),
}  # fmt: skip


def told(trouble: Trouble) -> Finding:
    """Puts a warning into words, with what to do about it."""
    level, about, said, remedy = SAID[trouble.kind]
    words = {"what": trouble.what, "detail": " ".join(trouble.detail.split()), "count": trouble.count}
    words["at"] = None if trouble.at is None else moment(trouble.at)
    words["since"] = "" if trouble.at is None else f" since {moment(trouble.at):%Y-%m-%d %H:%M} UTC"
    words["where"] = trouble.what or "this server"
    return Finding(level, about, said.format(**words), remedy.format(**words))
