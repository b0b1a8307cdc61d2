"""What comes back from mail: is there a way for it, is it looked at, and does somebody try to forge it?"""

from __future__ import annotations

from collections.abc import Iterator

from engine.clock import HOUR, moment
from engine.config import Config
from engine.doctor.finding import Finding, ok
from models import FeedbackCount, MailboxRead

ABOUT = "feedback"
LATE = HOUR  # a mailbox that nobody has looked into for so long
SERVICES = ("ses", "postmark", "mailgun", "sendgrid", "brevo")
HEARD = "docs/bounces.md shows the ways"


def feedback(config: Config, now: int) -> Iterator[Finding]:
    """Looks at return paths, the mailbox, and what each way has brought."""
    named = [name for name in SERVICES if getattr(config.feedback.webhooks, name) is not None]
    paths = [shop.shop for shop in config.shops if shop.sender.bounces]
    yield from _ways(config, named, paths)
    if config.feedback.imap is not None:
        yield from _mailbox(now)
    yield from _counts()


def _ways(config: Config, named: list[str], paths: list[str]) -> Iterator[Finding]:
    heard = (
        config.feedback.imap is not None
        or FeedbackCount.select().where(FeedbackCount.source == "pipe").exists()
    )
    if not named and not paths and config.feedback.imap is None:
        if config.relay.host:
            said = (
                "nobody hears of mails that come back: addresses that are gone are written to again and again"
            )
            yield Finding("warning", ABOUT, said, f"set sender.bounces and feedback; {HEARD}")
        return
    if paths and not heard and not named:
        said = f"mails of {', '.join(paths)} return to a mailbox that nobody reads"
        yield Finding("warning", ABOUT, said, f"set feedback.imap, or pipe it to server.py feedback; {HEARD}")
    lacking = [shop.shop for shop in config.shops if not shop.sender.bounces]
    if config.feedback.imap is not None and lacking:
        said = f"mails of {', '.join(lacking)} have no return path of their own, so no bounce of them can be believed"
        yield Finding("warning", ABOUT, said, "set sender.bounces of each shop")
    yield ok(
        ABOUT,
        f"what comes back is heard of by {', '.join([*named, *(['the mailbox'] if heard else [])]) or 'nobody'}",
    )


def _mailbox(now: int) -> Iterator[Finding]:
    row = MailboxRead.select().order_by(MailboxRead.id.desc()).first()
    if row is None:
        yield Finding("note", ABOUT, "the mailbox of returned mail was never read", "see that the clock runs")
    elif row.error is not None:
        said = f"the mailbox of returned mail cannot be read: {row.error}"
        yield Finding(
            "problem", ABOUT, said, "see feedback.imap in config.yaml; server.py feedback --mailbox tries it"
        )
    elif row.read_at is None or now - row.read_at > LATE:
        at = "never" if row.read_at is None else f"at {moment(row.read_at):%Y-%m-%d %H:%M} UTC"
        yield Finding(
            "warning", ABOUT, f"the mailbox of returned mail was read last {at}", "see that the clock runs"
        )
    else:
        yield ok(ABOUT, f"the mailbox of returned mail was read at {moment(row.read_at):%Y-%m-%d %H:%M} UTC")


def _counts() -> Iterator[Finding]:
    """Says which ways bring only what cannot be believed: a secret that is not right, or somebody who tries."""
    rows = list(FeedbackCount.select())
    for source in sorted({row.source for row in rows}):
        of = {row.what: row for row in rows if row.source == source}
        denied, good = of.get("denied"), [row.last_at for what, row in of.items() if what != "denied"]
        if denied is not None and denied.last_at > max(good, default=0):
            said = f"{source} was refused at {moment(denied.last_at):%Y-%m-%d %H:%M} UTC: {denied.said}"
            yield Finding("warning", ABOUT, said, "see that its secret in config.yaml is the one it uses")
