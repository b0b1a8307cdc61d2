"""What a tick and a change of the rulebook have brought, told from the tables when it is committed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

import structlog
from peewee import DatabaseError, InterfaceError, fn

from engine.journal import TOLD, moved
from engine.tallies import tallies
from models import Message, RuleState, Shop

log = structlog.get_logger()
Standing = dict[tuple[str, str], tuple[str, str, bool, bool]]  # (shop, rule): digest, health, active, paused


def newest_message() -> int:
    """Returns the highest number that a message has."""
    return int(Message.select(fn.COALESCE(fn.MAX(Message.id), 0)).scalar())


@contextmanager
def telling_new_messages(shop_id: int) -> Iterator[None]:
    """Tells of the mails that are queued for a shop meanwhile, also where a later transaction of the tick fails."""
    since = newest_message()
    try:
        yield
    finally:
        with suppress(DatabaseError, InterfaceError):  # then whoever ticks has more to say of it
            mine = (Message.id > since) & (Message.shop == shop_id)
            moved(list(Message.select(*TOLD).where(mine)), "queued")


def count_decisions(outcomes: Iterable[tuple[str, str | None]]) -> None:
    """Counts decisions by outcome and reason."""
    for (outcome, reason), number in Counter(outcomes).items():
        tallies.add("decisions", number, outcome=outcome, reason=reason)


def rules_standing() -> Standing:
    """Returns how each rule of each shop stands: its wording, whether it is sound, acts, and is paused."""
    r = RuleState
    rows = r.select(Shop.key, r.rule, r.digest, r.health, r.active, r.paused).join(Shop).tuples()
    return {
        (shop, rule): (digest, health, active, paused) for shop, rule, digest, health, active, paused in rows
    }


def tell_rules(before: Mapping[tuple[str, str], tuple[str, str, bool, bool]], after: Standing) -> None:
    """Tells of each rule that is new, reworded, broken, sound again, or stopped."""
    known = {shop for shop, _ in before}
    for shop, number in sorted(Counter(shop for shop, _ in after if shop not in known).items()):
        log.info("rules new", shop=shop, count=number)
    for (shop, rule), (digest, health, active, _) in sorted(after.items()):
        was = before.get((shop, rule))
        if was is None and shop not in known:
            pass  # told all at once
        elif was is None:
            _tell("new", shop, rule, digest)
        elif was[2] != active:
            _tell("active again" if active else "stopped", shop, rule, digest)
        elif was[0] != digest:
            _tell("changed", shop, rule, digest)
        if (was[1] if was else "ok") != health:
            say = log.error if health == "broken" else log.info
            say("rule broken" if health == "broken" else "rule sound again", shop=shop, rule=rule)
            tallies.add("rule_changes", change=health)


def _tell(change: str, shop: str, rule: str, digest: str) -> None:
    log.info(f"rule {change}", shop=shop, rule=rule, wording=digest[:12])
    tallies.add("rule_changes", change=change)
