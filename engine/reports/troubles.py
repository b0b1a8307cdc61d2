"""What somebody should look at: broken rules, a clock that stands, mail that is stuck or uncertain."""

from __future__ import annotations

from peewee import fn

from engine.config import Config
from engine.config_sending import Refusals
from engine.loyalty.pools import empty_pools
from engine.outbox.pauses import PREFIX
from engine.policy.brake import BRAKED
from engine.reports.late import late, refused, unknown
from engine.reports.trouble import Trouble
from models import Endpoint, Hold, RuleState, Setting


def troubles(shop_id: int, now: int, config: Config | None = None) -> list[Trouble]:
    """Lists the warnings, the gravest first; empty when all is well. Without `config` the limits are the defaults."""
    return [
        *stopped_rules(shop_id, now, config),
        *late(shop_id, now, config),
        *shut_endpoints(shop_id, config),
        *_staging(config),
        *_paused(),
        *_coupons(shop_id),
        *unknown(shop_id, now),
    ]


def stopped_rules(shop_id: int, now: int, config: Config | None = None) -> list[Trouble]:
    """Lists the rules that wait for a person: broken, braked, or refused by receivers."""
    limits = config.rules.refusals if config else Refusals()
    return [*_broken(shop_id), *_braked(shop_id), *refused(shop_id, now, limits)]


def shut_endpoints(shop_id: int, config: Config | None) -> list[Trouble]:
    """Lists the endpoints of webhooks out that are told nothing any more, because they took nothing for long."""
    named = {each.name for shop in config.shops for each in shop.endpoints} if config else set()
    if not named:
        return []
    shut = (Endpoint.shop == shop_id) & Endpoint.name.in_(sorted(named)) & Endpoint.paused_at.is_null(False)
    rows = Endpoint.select().where(shut & (Endpoint.paused_why != "by_hand")).order_by(Endpoint.name)
    return [Trouble("endpoint", what=row.name, detail=row.error or "", at=row.paused_at) for row in rows]


def _broken(shop_id: int) -> list[Trouble]:
    rows = (
        RuleState.select()
        .where((RuleState.shop == shop_id) & (RuleState.health == "broken"))
        .order_by(RuleState.rule)
    )
    return [Trouble("broken", what=row.rule, detail=row.error or "") for row in rows]


def _braked(shop_id: int) -> list[Trouble]:
    """Names the rules that wanted more mails than usual and wait for a person's word."""
    acting = (RuleState.shop == shop_id) & (RuleState.active == True)  # noqa: E712 - a column
    rows = RuleState.select().where(acting & RuleState.braked_at.is_null(False)).order_by(RuleState.rule)
    waiting = dict(
        Hold.select(Hold.rule, fn.COUNT(Hold.id))
        .where((Hold.shop == shop_id) & (Hold.reason == BRAKED))
        .group_by(Hold.rule)
        .tuples()
    )
    return [Trouble("braked", waiting.get(row.rule, 0), what=row.rule, at=row.braked_at) for row in rows]


def _staging(config: Config | None) -> list[Trouble]:
    """Says that only some get mail, because that looks like a server where nothing works."""
    named = config.only_to if config else None
    return [] if named is None else [Trouble("only_to", len(named))]


def _paused() -> list[Trouble]:
    """Names the purposes whose mail an operator has stopped; a paused rule shows on its own page."""
    names = (
        Setting.select(Setting.name, Setting.value)
        .where(Setting.name.startswith(PREFIX))
        .order_by(Setting.name)
    )
    return [Trouble("paused", what=name.removeprefix(PREFIX)) for name, value in names.tuples() if value]


def _coupons(shop_id: int) -> list[Trouble]:
    """Names the pools that had no code for a mail, so that it was not sent."""
    return [Trouble("coupons", what=pool, at=at) for pool, at in sorted(empty_pools(shop_id).items())]
