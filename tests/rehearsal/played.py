"""Rule tests written in a test: a rulebook and its tests as text, read and played."""

from __future__ import annotations

from pathlib import Path

from engine.config import load_config
from engine.rehearsal.run_tests import play, read_folder
from engine.rehearsal.verdict import Verdict
from engine.rulebook.ast import Rulebook
from engine.rulebook.load import load_rulebook
from engine.rulebook.server_words import vocabulary_of

ROOT = Path(__file__).parents[2]
CONFIG = load_config(ROOT / "config.yaml")
VOCABULARY = vocabulary_of(CONFIG, None)


def played(folder: Path, **files: str) -> tuple[Rulebook, list[Verdict]]:
    """Writes `rules`, `policy`, `segments` and `tests` into a folder `rules` and plays the tests."""
    root = folder / "rules"
    (root / "tests").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        file = root / "tests" / "all.yaml" if name == "tests" else root / f"{name}.yaml"
        file.write_text(text, "utf-8")
    book = load_rulebook(root, VOCABULARY)
    cases, problems = read_folder(root, CONFIG, book, VOCABULARY)
    assert [str(problem) for problem in problems] == []
    return book, list(play(cases, CONFIG, book, lambda case: None))
