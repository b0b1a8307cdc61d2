"""How long each table keeps its rows, and why; what is over is thrown away in small pieces.

A piece is one short transaction, so that an order never waits for more than that. Which rows are old is always asked by an
index, so that an hour in which nothing is old costs next to nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from peewee import Value

import models as m
from engine import bulk
from engine.cli.home import Home
from engine.clock import DAY
from engine.config import Config
from engine.intake.gone import RESTORED
from engine.intake.known import DELETED
from engine.roles.pieces import GOALS_DAYS, Kept, Old, Piece, before, old_notices
from engine.tallies import tallies

AT_ONCE = 1_000  # rows a transaction
BREATH = 0.005  # seconds between two of them, in which SQLite lets others write
LONGEST_RUN = 240.0  # seconds; what is left is old an hour later as well
WEB = ("viewed", "added_to_cart", "searched")
NEVER_LEFT = ("cancelled", "expired", "refused")
GONE_DAYS = 400
KEYS_DAYS, REFUSED_DAYS, SHOPLESS_DAYS, VOLUME_DAYS, CART_DAYS = 2, 14, 30, 400, 30
BLANK: dict[str, Any] = {
    "anchors": [],
    "extra": {},
    "title": None,
    "note": None,
    "subject": None,
    "reply": None,
}
NO_ANCHORS, NOTHING = Value("[]", converter=False), Value("{}", converter=False)


def _by_time(table: Any, column: Any, days: Callable[[Config], int | None]) -> Old:
    """Finds rows by an index of their own moment."""

    def old(config: Config, now: int) -> Iterator[Piece]:
        kept = days(config)
        if kept is not None:
            yield Piece(table, column < before(now, kept))

    return old


def _by_shop(table: Any, column: Any, days: Callable[[Config], int | None]) -> Old:
    """Finds rows by an index of shop and moment."""

    def old(config: Config, now: int) -> Iterator[Piece]:
        kept = days(config)
        for shop in _shops() if kept is not None else ():
            yield Piece(table, (table.shop == shop) & (column < before(now, kept or 0)))

    return old


def _shops() -> list[int]:
    return [key for (key,) in m.Shop.select(m.Shop.id).order_by(m.Shop.id).tuples()]


def _web_events(config: Config, now: int) -> Iterator[Piece]:
    kept, e = config.retention.web_events_days, m.Event
    if kept is not None:
        for shop in _shops():
            for kind in WEB:
                yield Piece(e, (e.shop == shop) & (e.kind == kind) & (e.at < before(now, kept)))


def _events(config: Config, now: int) -> Iterator[Piece]:
    """Finds visits, and words of deleted orders: an order that has not come by then comes no more."""
    yield from _web_events(config, now)
    for shop in _shops():
        for kind in (DELETED, RESTORED):
            yield Piece(
                m.Event,
                (m.Event.shop == shop) & (m.Event.kind == kind) & (m.Event.at < before(now, GONE_DAYS)),
            )


def _messages(config: Config, now: int) -> Iterator[Piece]:
    """Deletes mails that never left and blanks the others, from where the last time has ended."""
    kept, t = config.retention.messages_days, m.Message
    if kept is None:
        return
    until = before(now, kept)
    for shop in _shops():
        name = f"blanked:{shop}"
        floor = m.Setting.get_or_none(m.Setting.name == name)
        since = floor.value if floor else 0
        over = (t.shop == shop) & (t.settled_at >= since) & (t.settled_at < until)
        yield Piece(t, over & t.state.in_(NEVER_LEFT) & t.sending_at.is_null())
        said = (
            t.subject.is_null(False) | t.title.is_null(False) | t.note.is_null(False) | t.reply.is_null(False)
        )
        told = (t.anchors != NO_ANCHORS) | (t.extra != NOTHING)
        yield Piece(t, over & (said | told), BLANK, lambda name=name: _remember(name, until))  # type: ignore[misc]


def _strangers(config: Config, now: int) -> Iterator[Piece]:
    """Visitors whom nobody knows, and what waits under their keys, go sooner than what belongs to a customer."""
    r, v, e = config.retention, m.Visitor, m.Event
    if r.strangers_days is not None:
        gone = v.customer.is_null() & (v.last_at < before(now, r.strangers_days))
        for shop in _shops():
            keys = v.select(v.key).where((v.shop == shop) & gone)
            yield Piece(e, (e.shop == shop) & e.external_customer.in_(keys) & e.customer.is_null())
        yield Piece(v, gone)
    if r.visits_days is not None:
        yield Piece(v, v.customer.is_null(False) & (v.last_at < before(now, r.visits_days)))


def _remember(name: str, until: int) -> None:
    row = m.Setting.insert(name=name, value=until)
    row.on_conflict(conflict_target=[m.Setting.name], update={m.Setting.value: until}).execute()


def _changes(config: Config, now: int) -> Iterator[Piece]:
    """What was learned of shops that config.yaml does not name any more is never looked at by a tick."""
    named, c = config.shop_keys(), m.Change
    gone = [key for (key,) in m.Shop.select(m.Shop.id).where(m.Shop.key.not_in(named)).tuples()]
    for shop in gone:
        yield Piece(c, (c.shop == shop) & (c.recorded_at < before(now, SHOPLESS_DAYS)))


def _volumes(config: Config, now: int) -> Iterator[Piece]:
    yield Piece(m.RuleDay, m.RuleDay.day < now // DAY + 719_163 - VOLUME_DAYS)  # date(1970, 1, 1).toordinal()


EVER = "for ever"
WITH_CUSTOMER = "until its customer is erased"
PRESENT = "as long as it is so"
KEPT: dict[Any, Kept] = {
    m.Shop: Kept(EVER, "everything belongs to one"),
    m.ZoneInUse: Kept(EVER, "a few rows, by which ticks ask"),
    m.Address: Kept("until it is erased; its digest for ever", "suppression must never be forgotten"),
    m.Customer: Kept("until it is erased; its number for ever", "what was mailed is still counted"),
    m.CustomerVersion: Kept(WITH_CUSTOMER, "a backtest asks who somebody was then, an erasure where they were reached"),
    m.ConsentChange: Kept(EVER, "the proof of consent and of its withdrawal; append-only"),
    m.LedgerHead: Kept(EVER, "where the ledger's chain ends"),
    m.Product: Kept(EVER, "orders name it"),
    m.ProductVersion: Kept(EVER, "a backtest asks what it was then"),
    m.PriceDay: Kept(EVER, "the lowest price of 30 days is worked out of it; days without a change take no row"),
    m.Order: Kept(WITH_CUSTOMER, "what a customer is worth, and when they buy again"),
    m.OrderVersion: Kept(WITH_CUSTOMER, "the order of arrival must not matter, however late one comes"),
    m.Line: Kept(WITH_CUSTOMER, "as its order"),
    m.Refund: Kept(WITH_CUSTOMER, "as its order"),
    m.RefundLine: Kept(WITH_CUSTOMER, "as its refund"),
    m.Event: Kept(
        "`web_events_days` (viewed, added_to_cart, searched); 400 days (an order was deleted); all others until the customer "
        "is erased", "visits are many and soon stale; dialogue and points count for good", _events,
    ),
    m.RulebookVersion: Kept(EVER, "a decision names the text that it was made by, and any may be rolled back to"),
    m.Publication: Kept(EVER, "who published what and when"),
    m.Act: Kept(
        "`audit_days`", "the audit log; append-only, and the last 90 days of it cannot be deleted at all",
        _by_time(m.Act, m.Act.at, lambda config: config.retention.audit_days),
    ),
    m.RuleDay: Kept(f"{VOLUME_DAYS} days", "the brake looks at the usual volume of the last weeks", _volumes),
    m.RuleState: Kept(PRESENT, "one row a rule and shop"),
    m.Member: Kept(PRESENT, "who is in a watched segment now"),
    m.Message: Kept(
        "what it said: `messages_days`, then blank; mails that never left: as long, then gone; the rest for ever",
        "that and when it was sent counts for `once`, and its unsubscribe link must work", _messages,
    ),
    m.Decision: Kept(
        "`decisions_days` of `limits`", "why somebody did or did not get a mail",
        _by_shop(m.Decision, m.Decision.at, lambda config: config.limits.decisions_days),
    ),
    m.Settlement: Kept(EVER, "the key that forbids a second decision about the same thing"),
    m.Hold: Kept("until it is decided", "it waits; at the latest it expires"),
    m.Change: Kept(
        f"until a tick has looked at it; of shops that config.yaml does not name: {SHOPLESS_DAYS} days",
        "a queue, emptied every minute", _changes,
    ),
    m.Cursor: Kept(PRESENT, "one row a shop: how far its ticks have come"),
    m.Pace: Kept(PRESENT, "one row a provider"),
    m.Overdue: Kept(PRESENT, "what is late now"),
    m.Link: Kept(
        "`links_days` since it last stood in a mail", "a link in an old mail still leads where it did",
        _by_time(m.Link, m.Link.used_at, lambda config: config.retention.links_days),
    ),
    m.Click: Kept(
        "`clicks_days`", "what a mail has brought; the `clicked` fact stays with the customer",
        _by_time(m.Click, m.Click.at, lambda config: config.retention.clicks_days),
    ),
    m.Coupon: Kept(EVER, "one code a mail, without its customer once they are erased; an order may still name it"),
    m.PoolCode: Kept("until it is used", "codes that wait for a mail"),
    m.Together: Kept("a day", "worked out anew every day"),
    m.Source: Kept(PRESENT, "one row a shop system"),
    m.RefusedMessage: Kept(
        f"{REFUSED_DAYS} days, and the newest hundred of a source", "to be taken again when what was wrong is mended",
        _by_time(m.RefusedMessage, m.RefusedMessage.at, lambda config: REFUSED_DAYS),
    ),
    m.Pull: Kept(PRESENT, "one row a shop system that is asked"),
    m.Cart: Kept(
        f"{CART_DAYS} days since it was last spoken of", "whose it is may be said later; what was put in stays as a fact",
        _by_time(m.Cart, m.Cart.at, lambda config: CART_DAYS),
    ),
    m.ApiKey: Kept(EVER, "also revoked ones, as hashes: the audit log names them"),
    m.Idempotency: Kept(
        f"{KEYS_DAYS} days", "as long as an Idempotency-Key is promised to be remembered",
        _by_time(m.Idempotency, m.Idempotency.created_at, lambda config: KEYS_DAYS),
    ),
    m.Endpoint: Kept(PRESENT, "one row an endpoint of webhooks out"),
    m.Notice: Kept(
        f"until it is told or given up, then `notices_days`; goals {GOALS_DAYS} days",
        "webhooks out, to be sent again on demand", old_notices,
    ),
    m.GoalLook: Kept("a second", "a queue: whose goals are to be looked at"),
    m.Role: Kept(EVER, "three rows"),
    m.User: Kept("until somebody shuts the user out; the name for ever", "the audit log names them"),
    m.UserRole: Kept("as its user", "what the user may do"),
    m.Setting: Kept(PRESENT, "small things that the server must remember"),
    m.Caught: Kept(
        "`caught_days`", "the catcher's mailbox is for looking, not for keeping",
        _by_time(m.Caught, m.Caught.at, lambda config: config.retention.caught_days),
    ),
    m.Tally: Kept(EVER, "counters for /metrics"),
    m.Feedback: Kept(
        "`feedback_days`", "what came back, by which suppressions are reasoned; those stay",
        _by_shop(m.Feedback, m.Feedback.at, lambda config: config.retention.feedback_days),
    ),
    m.Suppression: Kept(EVER, "why an address gets no mail, and who let it go; append-only"),
    m.FeedbackCount: Kept(EVER, "one row a way and kind"),
    m.SeenToken: Kept(
        f"{KEYS_DAYS} days", "a mail service's word counts once; older ones are refused by their time",
        _by_time(m.SeenToken, m.SeenToken.at, lambda config: KEYS_DAYS),
    ),
    m.Visitor: Kept(
        "`visits_days` since last seen; whoever is nobody known: `strangers_days`, with what came of them",
        "a browser that agreed to be known again, as a digest", _strangers,
    ),
    m.Visit: Kept(
        "`visits_days`, or as long as its visitor", "where visits end, and a customer's story",
        _by_time(m.Visit, m.Visit.last_at, lambda config: config.retention.visits_days),
    ),
    m.VisitPage: Kept("as its visit", "which share of those who saw a page left there"),
    m.MailboxRead: Kept(PRESENT, "how far the mailbox of returned mail has been read"),
}  # fmt: skip


def prune(home: Home, stop: threading.Event | None = None, at_once: int = AT_ONCE) -> dict[str, int]:
    """Throws away what is over, and returns how many rows of each table that concerned."""
    now, until = home.clock.now(), time.monotonic() + LONGEST_RUN
    found: dict[str, int] = {}
    stop = stop or threading.Event()
    for kept in KEPT.values():
        for piece in kept.old(home.config, now) if kept.old else ():
            rows = _over(home, piece, stop, until, at_once)
            if rows:
                name = piece.table._meta.table_name
                found[name] = found.get(name, 0) + rows
                tallies.add("pruned", rows, table=name)
    return found


def _over(home: Home, piece: Piece, stop: threading.Event, until: float, at_once: int) -> int:
    rows = 0
    while not stop.is_set() and time.monotonic() < until:
        keys = [
            key
            for (key,) in piece.table.select(piece.table.id).where(piece.condition).limit(at_once).tuples()
        ]
        with home.store.transaction():
            if not keys:
                piece.done()
                return rows
            rows += _throw_away(home, piece, keys)
        stop.wait(BREATH)
    return rows


def _throw_away(home: Home, piece: Piece, keys: list[int]) -> int:
    if piece.blank is not None:
        return int(piece.table.update(piece.blank).where(piece.table.id << keys).execute())
    bulk.delete(home.store, piece.table, "id", keys)
    return len(keys)


def rendered() -> str:
    """Writes the table of docs/operate/retention.md."""
    head = "| table | kept | why |\n|---|---|---|\n"
    rows = (f"| `{table._meta.table_name}` | {kept.how_long} | {kept.why} |" for table, kept in KEPT.items())
    return head + "\n".join(rows)
