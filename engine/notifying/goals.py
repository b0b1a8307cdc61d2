"""Goals that were reached: looked for where something was learned of a customer, and told once for each mail."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from engine.clock import DAY
from engine.config import Config
from engine.feedback.goals import longest, reached
from engine.matching.view import View
from engine.notices import GOAL, OLD, News, facts_of, note
from engine.notifying.bodies import written
from engine.rulebook.ast import Rule
from engine.store import Store
from models import GoalLook, Message, Shop

AT_ONCE = 200  # customers a transaction


def look(store: Store, view: View) -> int:
    """Looks at the customers of one shop who are queued, and writes what endpoints are told; says at how many.

    What happened longer ago than notices are kept is not told, so that nothing can be told twice.
    """
    seen = 0
    while piece := _queued(view.shop_id):
        with store.transaction():
            for rule in view.rulebook.for_shop(view.shop.shop):
                _tell(store, view, rule, sorted({customer for _, customer in piece}))
            GoalLook.delete().where(GoalLook.id.in_([key for key, _ in piece])).execute()
        seen += len(piece)
    return seen


def _queued(shop_id: int) -> list[tuple[int, int]]:
    mine = GoalLook.select(GoalLook.id, GoalLook.customer).where(GoalLook.shop == shop_id)
    return list(mine.order_by(GoalLook.id).limit(AT_ONCE).tuples())


def _tell(store: Store, view: View, rule: Rule, customers: Sequence[int]) -> None:
    """Writes down the mails of a rule whose goal some customers have reached."""
    mails = list(_mails(view, rule, customers))
    moments = reached(view, rule, [(mail.customer_id, mail.settled_at) for mail in mails])
    note(store, view.shop_id, GOAL, [
        News(mail.customer_id, at, _facts(mail, rule), f"goal:{mail.id}")
        for mail, at in zip(mails, moments, strict=True) if at is not None
    ], view.now)  # fmt: skip


def _mails(view: View, rule: Rule, customers: Sequence[int]) -> Iterable[Message]:
    """Returns the mails of a rule to some customers whose window can hold a moment that is still news."""
    since = view.now - OLD - longest(rule.goal.within) - DAY
    mine = Message.customer.in_(list(customers)) & (Message.rule == rule.id) & (Message.state == "sent")
    fields = (
        Message.id,
        Message.customer,
        Message.rule,
        Message.purpose,
        Message.template,
        Message.variant,
        Message.settled_at,
    )
    found: Any = Message.select(*fields).where(
        mine & (Message.shop == view.shop_id) & (Message.settled_at >= since)
    )
    return list(found.order_by(Message.id))


def _facts(mail: Message, rule: Rule) -> dict[str, Any]:
    return {**facts_of(mail), "goal": rule.goal.pattern.kind, "sent_at": written(mail.settled_at)}


def shops_queued(store: Store) -> list[Shop]:
    """Lists the shops that have endpoints, and customers to look at."""
    mine = Shop.key.in_(sorted(store.listeners)) & Shop.id.in_(GoalLook.select(GoalLook.shop).distinct())
    return list(Shop.select().where(mine))


def view_of(config: Config, shop: Shop, rulebook: Any, now: int, postgresql: bool) -> View:
    """Returns a shop as goals are asked of it now."""
    return View(config, config.shop(shop.key), shop.id, rulebook, now, {}, postgresql)
