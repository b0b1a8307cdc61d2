"""What publishing a rulebook would change, in people: who is gained and lost, and what waits and would be cancelled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from engine.matching.find import find_released
from engine.matching.view import View
from engine.rehearsal.preview import Preview, compare, preview
from engine.rulebook.ast import Membership, Policy, Rule, Rulebook
from engine.rulebook.fingerprint import canonical
from engine.rulebook.publication import WAITING
from models import Customer, Hold, Message

Kind = Literal["added", "removed", "on", "off", "changed", "words"]
SPANS = (7, 30)  # days
MOST_NAMED = 5
MOST_HELD_ASKED = 2_000  # beyond that a dry run would take as long as the tick that it spares


@dataclass(frozen=True, slots=True)
class Gain:
    """Whom a rule would and would no longer concern in the next `days`: how many, and the first few by name."""

    days: int
    gained: int = 0
    lost: int = 0
    first_gained: tuple[str, ...] = ()
    first_lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """One rule that is not what it was. Without `gains` nobody can foresee whom it concerns, or only words differ."""

    rule: str
    kind: Kind
    gains: tuple[Gain, ...] = ()
    held: int = 0  # candidates that wait and would be cancelled
    queued: int = 0  # mails in the outbox that would be cancelled
    foreseen: bool = True

    @property
    def deciding(self) -> bool:
        """Says whether more than words differs, and somebody may be concerned."""
        return bool(self.gains) or not self.foreseen


@dataclass(frozen=True, slots=True)
class Difference:
    """All that publishing would change in one shop."""

    shop: str
    rules: tuple[Changed, ...] = ()
    policy: bool = False
    broken: tuple[str, ...] = field(default=())  # rules that keep running as last published, or do not run

    def __bool__(self) -> bool:
        return bool(self.rules or self.policy)


def difference(before: View, after: View) -> Difference:
    """Compares two rulebooks in force at one moment; the policy is not asked, and nothing is written."""
    was = {rule.id: rule for rule in before.rulebook.rules.values() if rule.in_shop(before.shop.shop)}
    will = {rule.id: rule for rule in after.rulebook.rules.values() if rule.in_shop(after.shop.shop)}
    found = [
        changed
        for id_ in sorted({*was, *will})
        if (changed := _changed(was.get(id_), will.get(id_), before, after))
    ]
    same_policy = policy_words(before.rulebook.policy) == policy_words(after.rulebook.policy)
    return Difference(after.shop.shop, tuple(found), not same_policy, after.rulebook.broken)


def kinds(before: Rulebook, after: Rulebook) -> dict[str, str]:
    """Says of each rule that differs in which way, and of the policy if it does."""
    found: dict[str, str] = {}
    for id_ in sorted({*before.rules, *after.rules}):
        kind = kind_of(before.rules.get(id_), after.rules.get(id_))
        if kind is not None:
            found[id_] = kind
    if policy_words(before.policy) != policy_words(after.policy):
        found["policy.yaml"] = "changed"
    return found


def policy_words(policy: Policy) -> object:
    """Returns what a policy says, without where it stands."""
    return canonical(replace(policy, digest=""), {})


def kind_of(was: Rule | None, will: Rule | None) -> Kind | None:
    """Says in which way a rule differs; None where it does not."""
    if was is None or will is None:
        return "added" if was is None else "removed"
    if was.active != will.active:
        return "on" if will.active else "off"
    if was.digest != will.digest:
        return "changed"
    same = canonical(was, {}) == canonical(will, {})
    return None if same else "words"


def _changed(was: Rule | None, will: Rule | None, before: View, after: View) -> Changed | None:
    found = changed_rule(was, will, before, after)
    rule = will or was
    if found is None or rule is None or not found.deciding:
        return found
    held, queued = _cancelled(found.kind, rule, after)
    return replace(found, held=held, queued=queued)


def changed_rule(
    was: Rule | None, will: Rule | None, before: View, after: View, new: Preview | None = None,
    spans: tuple[int, ...] = SPANS,
) -> Changed | None:  # fmt: skip
    """Says how one rule differs, and whom that gains and loses; None where it does not differ.

    `new` is the preview of what it will be, where somebody has asked already.
    """
    kind = kind_of(was, will)
    if kind is None:
        return None
    rules = [rule for rule in (was, will) if rule is not None]
    found = Changed(rules[0].id, kind)
    if kind == "words" or not any(rule.active for rule in rules):
        return found
    if any(isinstance(rule.trigger, Membership) for rule in rules):
        return replace(found, foreseen=False)
    old, new = _previewed(before, was, spans), new or _previewed(after, will, spans)
    return replace(found, gains=tuple(_gain(old, new, days) for days in spans))


def _gain(old: Preview | None, new: Preview | None, days: int) -> Gain:
    gained, lost = compare(old, new, days)
    return Gain(days, len(gained), len(lost), first_names(gained), first_names(lost))


def _previewed(view: View, rule: Rule | None, spans: tuple[int, ...]) -> Preview | None:
    return preview(view, rule, max(spans)) if rule and rule.active else None


def first_names(customers: Iterable[int], most: int = MOST_NAMED) -> tuple[str, ...]:
    """Names the first few customers as a shop knows them: by address, else by its own id."""
    keys = sorted(customers)[:most]
    rows = Customer.select(Customer.id, Customer.external_id, Customer.email).where(Customer.id.in_(keys))
    names = {key: email or external or str(key) for key, external, email in rows.tuples()}
    return tuple(names[key] for key in keys if key in names)


def _cancelled(kind: Kind, rule: Rule, after: View) -> tuple[int, int]:
    """Counts what waits and would come to nothing: all of a rule that is gone, else what no longer fits."""
    mine = (Hold.shop == after.shop_id) & (Hold.rule == rule.id)
    if kind in ("removed", "off"):
        queued = (Message.shop == after.shop_id) & (Message.rule == rule.id) & Message.state.in_(WAITING)
        return Hold.select().where(mine).count(), Message.select().where(queued).count()
    holds = list(Hold.select().where(mine).order_by(Hold.wake_at).limit(MOST_HELD_ASKED))
    return sum(due.cancelled or not due.holds for due in find_released(after, holds)), 0
