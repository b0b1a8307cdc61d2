"""What the bench plays a thousand times over are rule tests that pass, and that send."""

from __future__ import annotations

from pathlib import Path

from bench.rule_tests import GIVEN, write
from engine.config import load_config
from engine.rehearsal.coverage import uncovered
from engine.rehearsal.run_tests import play, read_folder
from engine.rehearsal.verdict import report
from engine.rulebook.load import load_rulebook
from engine.rulebook.server_words import vocabulary_of

ROOT = Path(__file__).parents[2]


def test_one_test_of_each_rule_of_the_bench_passes_and_sends(tmp_path: Path) -> None:
    write(tmp_path, len(GIVEN))
    config = load_config(ROOT / "config.yaml")
    vocabulary = vocabulary_of(config, ROOT / "templates")
    rulebook = load_rulebook(tmp_path, vocabulary)
    cases, problems = read_folder(tmp_path, config, rulebook, vocabulary)
    assert (len(cases), problems) == (len(GIVEN), [])
    verdicts = list(play(cases, config, rulebook, lambda case: None))
    assert [report(verdict) for verdict in verdicts if not verdict.passed] == []
    assert not [line for line in uncovered(verdicts, rulebook) if "send" in line]
