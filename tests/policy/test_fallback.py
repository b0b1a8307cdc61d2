"""Where the C extension cannot be imported the plain evaluator decides, and says so once."""

from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from engine.policy import compiled, ruleset
from engine.policy.compiled import compile_policy, engine_name
from engine.policy.decide import decide
from engine.rulebook.ast import Policy
from tests.policy.cases import NOON, anna, mail


def test_without_the_c_extension_the_plain_evaluator_serves_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ruleset, "missing", "undefined symbol: PyEval_CallObject")
    engine_name.cache_clear()
    try:
        with capture_logs() as logs:
            policies = [compile_policy(Policy()) for _ in range(3)]
        assert {policy.evaluator.name for policy in policies} == {"plain"}
        assert [(line["event"], line["because"]) for line in logs] == [
            ("policy_engine_is_plain", "undefined symbol: PyEval_CallObject")
        ]
        assert [d.outcome for d in decide([anna(mail())], policies[0], NOON)] == ["send"]
    finally:
        engine_name.cache_clear()


def test_where_it_can_be_imported_durable_rules_decides() -> None:
    assert (engine_name() == "durable-rules") == (ruleset.missing is None)
    assert compile_policy(Policy()).evaluator.name == compiled.engine_name()


def test_asking_for_an_engine_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ruleset, "engine", None)
    with pytest.raises(ruleset.PolicyFault, match="cannot be imported"):
        ruleset.Ruleset({}, {})
