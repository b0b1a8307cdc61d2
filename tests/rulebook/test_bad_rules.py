"""One YAML file a mistake: each says in its first lines, word for word, what is wrong with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.rulebook.load import load_text
from tests.rulebook.words import SERVER, VIP

FOLDER = Path(__file__).parents[1] / "bad_rules"
FILES = sorted(FOLDER.glob("*.yaml"))
SOUND = {
    "rules.yaml": "- rule: win-back\n  when: {inactive: 180 days}\n  send: win-back\n",
    "segments.yaml": VIP,
}


def name_in_folder(file: Path) -> str:
    first = file.stem.split("-")[0]
    return f"{first}.yaml" if first in ("segments", "policy") else "rules.yaml"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_mistake_is_named_with_its_place_and_remedy(file: Path) -> None:
    text = file.read_text("utf-8")
    said = re.match(r"(# .+\n)+", text)
    assert said, "the file begins with what is to be said"
    files = {**SOUND, name_in_folder(file): text}
    problems = load_text({f"rules/{name}": each for name, each in files.items()}, SERVER).problems
    assert [f"# {str(p).removeprefix('rules/')}" for p in problems] == said[0].splitlines()


def test_there_is_a_file_for_many_mistakes() -> None:
    assert len(FILES) >= 217
