"""A tick that is foretold: before each one everybody is explained, and what it decides must be what was said."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from engine.matching.view import View
from engine.policy.compiled import CompiledPolicy
from engine.policy.history import Draw
from engine.policy.model import Decision
from engine.rehearsal.explaining.explain import Asking, explain
from engine.rehearsal.explaining.model import AnchorAsked
from engine.store import Store
from engine.tick import Ticked, tick
from models import Customer

TICKS = ("engine.rehearsal.simulate.tick", "engine.live.tick", "tests.reference.engine_side.tick")
POLICY_SAYS = ("send", "hold", "refuse", "expire")
OF_THE_TICK = ("enters:", "leaves:")  # anchors that a tick makes itself
Key = tuple[str, int, str]


@dataclass
class Foretold:
    """What was compared, and where an explanation and a tick did not say the same."""

    compared: int = 0
    asked: int = 0
    wrong: list[str] = field(default_factory=list)

    def tick(
        self, view: View, policy: CompiledPolicy, store: Store, draw: Draw, *more: Any, **named: Any
    ) -> Ticked:
        """Explains everybody, ticks, and compares."""
        said: dict[Key, AnchorAsked] = {}
        for customer in list(Customer.select().where(Customer.shop == view.shop_id)):
            asking = Asking(store, view, policy, draw, view.now, named.get("speaks", lambda due: True))
            for rule in explain(asking, customer, view.rules()).rules:
                said |= {(rule.rule.id, customer.id, anchor.key): anchor for anchor in rule.anchors}
        done = tick(view, policy, store, draw, *more, **named)
        self._compare(said, {decision.candidate.key: decision for decision in done.decisions}, view.now)
        return done

    def _compare(self, said: dict[Key, AnchorAsked], decided: dict[Key, Decision], now: int) -> None:
        for key, anchor in said.items():
            decision, verdict = decided.get(key), anchor.verdict
            self.asked += 1
            if key[2].startswith(OF_THE_TICK):
                continue
            if decision is None:
                if verdict.code in POLICY_SAYS and not verdict.decided:
                    self.wrong.append(f"{now} {key}: said {verdict}, and nothing was decided")
                continue
            self.compared += 1
            ours = (verdict.code, verdict.reason, verdict.until_at, verdict.because_of, verdict.taken_by)
            theirs = (
                decision.outcome,
                decision.reason,
                decision.until_at,
                decision.because_of,
                decision.taken_by,
            )
            if ours != theirs or verdict.decided:
                self.wrong.append(f"{now} {key}: said {ours}, decided {theirs}")
        self._missed(said, decided, now)

    def _missed(self, said: dict[Key, AnchorAsked], decided: dict[Key, Decision], now: int) -> None:
        """Whatever was decided of an anchor that is the latest of its rule must have been shown."""
        for rule, customer, anchor in decided.keys() - said.keys():
            shown = [key for key in said if key[:2] == (rule, customer)]
            if (
                not shown
                and not anchor.startswith(OF_THE_TICK)
                and decided[rule, customer, anchor].outcome != "refuse"
            ):
                self.wrong.append(
                    f"{now} {rule} {customer} {anchor}: decided, and nothing was said of the rule"
                )


@contextmanager
def foretelling() -> Any:
    """Lets every tick be foretold until the block ends."""
    watch = Foretold()
    patches: list[Callable[..., Any]] = [mock.patch(name, watch.tick) for name in TICKS]
    for patch in patches:
        patch.start()
    try:
        yield watch
    finally:
        for patch in patches:
            patch.stop()
