"""/customers/ID/explain: why, and why not, for one customer: any rule, any moment."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from flask import current_app, render_template, request

from engine import calendar
from engine.matching.view import View
from engine.policy.compiled import CompiledPolicy, compile_policy
from engine.policy.history import Draw
from engine.rehearsal.explaining.explain import Asking, explain
from engine.reports.explained.tell import sections, speaker_of
from engine.reports.rulebook import published
from engine.rulebook.ast import Policy, Rulebook
from engine.rulebook.publication import acting_since, in_force
from engine.rulebook.vocabulary import Vocabulary
from engine.web.app import served
from engine.web.console.customer import find
from engine.web.console.room import language, room, shop, shop_id

YEARS = range(1990, 2101)  # beyond them calendars end
TYPED = "%Y-%m-%dT%H:%M"  # what a browser's field for a moment sends


@room.get("/customers/<row:number>/explain")
def explain_customer(number: int) -> str:
    """Explains what was asked for: all rules, or one, now or at another moment of the shop's clock."""
    customer, book, now = find(number), _book(), served().clock.now()
    at, wrong = _moment(now)
    asked = request.args.get("rule", "")
    rules = [rule for id_, rule in sorted(book.rules.items()) if rule.in_shop(shop().shop)]
    chosen = [rule for rule in rules if rule.id == asked] or rules
    found = explain(_asking(book, at, now), customer, chosen)
    by = speaker_of(found, language(), shop().currency)
    return render_template(
        "console/explain.html", page="customers", customer=customer, rules=rules, asked=asked, wrong=wrong,
        at=f"{calendar.local(at, shop().timezone):{TYPED}}", sections=list(sections(found, by)), by=by,
    )  # fmt: skip


def _book() -> Rulebook:
    """Returns the rules in force: as last published, what is broken in it as it was before."""
    here = served()
    return in_force(published(here.config), Vocabulary(purposes=here.config.all_purposes()))


def _moment(now: int) -> tuple[int, bool]:
    """Reads the moment asked for, in the shop's zone; says whether it could not be read."""
    text = request.args.get("at", "")
    if not text:
        return now, False
    try:
        wall = datetime.strptime(text[:16], TYPED)  # noqa: DTZ007 - a wall clock's
    except ValueError:
        return now, True
    return (calendar.from_local(wall, shop().timezone), False) if wall.year in YEARS else (now, True)


def _asking(book: Rulebook, at: int, now: int) -> Asking:
    here = served()
    view = View(here.config, shop(), shop_id(), book, at, acting_since(shop_id()), here.store.postgresql)
    home: Any = current_app.extensions.get("home")
    draw = Draw(home.key) if home is not None else Draw(b"", on=False)
    return Asking(here.store, view, _policy(book.policy), draw, now)


@lru_cache(maxsize=8)
def _policy(policy: Policy) -> CompiledPolicy:
    """The plain evaluator decides alike, and several threads may ask it at once."""
    return compile_policy(policy, engine="plain")
