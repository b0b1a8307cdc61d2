"""Whatever stands in a file, the loader answers with problems and never with a traceback."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.rulebook.ast import Problem
from engine.rulebook.findings import Findings
from engine.rulebook.load import load_text, read_files
from engine.rulebook.vocabulary import FACTS, FIELDS, MEASURES, POLICY_KEYS, RULE_KEYS
from tests.rulebook.words import SERVER

NAMES = st.sampled_from(["rules/a.yaml", "rules/segments.yaml", "rules/policy.yaml"])
WORDS = [
    *RULE_KEYS, *FACTS, *FIELDS, *MEASURES, *POLICY_KEYS, "all", "any", "not", "same", "within", "times", "after",
    "before", "inactive", "every", "enters", "segment", "consent", "due", "vip", "marketing", "80 days", "1 per 3 days",
    "month on 5 at 10:00", ">= 50", "10..50", "50 EUR", "09:00", "10 per cent", "unknown", "product", "purposes",
    "rules", "at_most", "at_least", "from", "to", "name", "if", "hold", "refuse", "group", "weekdays", "coupon", "x",
]  # fmt: skip
LEAVES = st.one_of(
    st.sampled_from(WORDS), st.integers(-5, 200), st.booleans(), st.none(), st.floats(allow_nan=False, width=16),
    st.text(max_size=6), st.dates().map(str),
)  # fmt: skip
KEYS = st.sampled_from(WORDS) | st.text(max_size=3)
TREES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)
SIGNS = [*"{}[],:&*!|>'\"%@`#-?~ \n\t", "- ", ": ", "\n  ", "\n- rule: ", "a", "010", "---\n"]
SYNTAX = st.lists(st.sampled_from(SIGNS), max_size=40)


def flow(tree: object) -> str:
    """Writes a tree as YAML in braces, quoting nothing: so that YAML's own surprises are met too."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, list):
        return "[" + ", ".join(map(flow, tree)) + "]"
    return str(tree)


def never_traces_back(name: str, text: str) -> None:
    found = load_text({name: text}, SERVER)
    assert all(
        isinstance(problem, Problem) and problem.message and problem.place.line >= 1
        for problem in found.problems
    )
    assert not set(found.rules) & set(found.broken)


@given(NAMES, st.text())
@settings(max_examples=300, deadline=None)
def test_any_text(name: str, text: str) -> None:
    never_traces_back(name, text)


@given(NAMES, SYNTAX.map("".join))
@settings(max_examples=300, deadline=None)
def test_any_heap_of_yaml_signs(name: str, text: str) -> None:
    never_traces_back(name, text)


@given(NAMES, TREES)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_tree_of_words(name: str, tree: object) -> None:
    never_traces_back(name, flow(tree))


@given(st.dictionaries(st.sampled_from(RULE_KEYS), TREES, min_size=3, max_size=8))
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_values_of_a_rule_are_a_rule_or_a_problem(keys: dict[str, object]) -> None:
    keys["rule"] = "a"
    found = load_text({"rules/a.yaml": flow([keys])}, SERVER)
    assert ("a" in found.rules) != bool(found.errors)
    never_traces_back("rules/a.yaml", flow([keys]))


@given(content=st.binary(max_size=200))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_of_a_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    findings = Findings()
    files = read_files(tmp_path, findings)
    assert len(files) + len(findings.problems) == 1
