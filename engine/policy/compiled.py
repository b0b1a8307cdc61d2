"""A policy made ready to decide: by durable-rules, or by the plain evaluator where that cannot be imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal, Protocol

import structlog

from engine.policy import ruleset
from engine.policy.forward import ForwardEvaluator
from engine.policy.hours import Hours
from engine.policy.model import Counted, Decision, Situation
from engine.policy.plain import PlainEvaluator
from engine.policy.public_holidays import HolidayCalendar
from engine.rulebook.ast import Policy

Engine = Literal["durable-rules", "plain"]


class Evaluator(Protocol):
    """Decides one customer's candidates in one minute."""

    @property
    def name(self) -> str:
        """Names the engine for people."""

    def judge(self, situation: Situation, accepted: Sequence[Counted], now: int) -> list[Decision]:
        """Returns one decision for each candidate; `accepted` is what this minute already let go to the address."""


@dataclass(frozen=True, slots=True)
class CompiledPolicy:
    """A policy and the engine that decides by it; it may be kept and used for any number of ticks."""

    policy: Policy
    evaluator: Evaluator


def compile_policy(
    policy: Policy, holidays: HolidayCalendar | None = None, engine: Engine | None = None
) -> CompiledPolicy:
    """Makes a policy ready to decide; by default with durable-rules where it can be imported.

    Raises PolicyFault where the policy is larger than a ruleset can hold; `policy_limits` says so beforehand.
    """
    hours = Hours(policy, holidays or HolidayCalendar())
    if (engine or engine_name()) == "plain":
        return CompiledPolicy(policy, PlainEvaluator(policy, hours))
    return CompiledPolicy(policy, ForwardEvaluator(policy, hours))


@cache
def engine_name() -> Engine:
    """Names the engine that decides on this machine, and says once, in the log, if it is the plain one."""
    if ruleset.missing is None:
        return "durable-rules"
    structlog.get_logger().warning("policy_engine_is_plain", because=ruleset.missing)
    return "plain"
