"""One YAML file a mistake: each says in its first lines, word for word, what is wrong with it, and the stable code.

`#### NAME` begins a further file where a mistake takes two. Without one, the rulebook around it is SOUND.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import engine.rulebook
from engine.errors import Place
from engine.rulebook.ast import Problem
from engine.rulebook.codes import CODES, OTHER, code_of, remedy_of
from engine.rulebook.findings import Findings, Refused
from engine.rulebook.items import LARGEST_FILE
from engine.rulebook.load import load_rulebook, load_text
from engine.rulebook.reader import Fault, _Builder
from engine.rulebook.vocabulary import Vocabulary
from tests.rulebook.words import SERVER, VIP, bad_files

FOLDER = Path(__file__).parents[1] / "bad_rules"
FILES = sorted(FOLDER.glob("*.yaml"))
ENGINE = Path(engine.rulebook.__file__).parent
SOUND = {
    "rules.yaml": "- rule: win-back\n  when: {inactive: 180 days}\n  send: win-back\n",
    "segments.yaml": VIP,
}
# What needs more than a text of a few lines stands in tests below, or beside the station that says it.
ELSEWHERE = {
    "file-encoding", "file-unreadable", "yaml-size", "yaml-syntax", "unknown-good", "policy-too-large", "policy-too-wide",
    "policy-stops-itself", "segment-empty", "price-claim", "variable-lacking", "variable-never", "template-language",
    "pool-empty", "template-missing", "template-issue", "template-variable", "template-filter",
    "test-expects", "test-names-nobody", "test-given", "test-without-moment", "test-policy",
}  # fmt: skip


def problems_of(file: Path) -> tuple[Problem, ...]:
    files = {**SOUND, **bad_files(file)}
    return load_text({f"rules/{name}": each for name, each in files.items()}, SERVER).problems


def expected(file: Path) -> list[str]:
    said = re.match(r"(# .+\n)+", file.read_text("utf-8"))
    assert said, "the file begins with what is to be said"
    return said[0].splitlines()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_mistake_is_named_with_its_place_remedy_and_code(file: Path) -> None:
    found = [f"# {str(p).removeprefix('rules/')} [{code_of(p).name}]" for p in problems_of(file)]
    assert found == expected(file)
    assert all(remedy_of(problem) for problem in problems_of(file))


CUT = [file for file in FILES if "comma inside braces" in expected(file)[0]]


@pytest.mark.parametrize("file", CUT, ids=lambda file: file.stem)
def test_a_value_that_was_cut_at_its_comma_is_taken_as_the_sentence_writes_it(file: Path) -> None:
    suggested = re.search(r"write ((.+): \".+\") \[", expected(file)[0])
    assert suggested
    mended = re.sub(rf"{suggested[2]}: [^{{}}]+(?=}})", suggested[1], bad_files(file)["rules.yaml"])
    found = load_text({"rules/segments.yaml": VIP, "rules/rules.yaml": mended}, SERVER)
    assert suggested[1] in mended
    assert [str(problem) for problem in found.problems] == []


def test_there_is_a_file_for_every_code() -> None:
    shown = {
        code for file in FILES for line in expected(file) for code in re.findall(r"\[([a-z-]+)\]$", line)
    }
    assert OTHER not in shown
    assert {code.name for code in CODES} - shown == ELSEWHERE
    assert len({code.name for code in CODES}) == len(CODES)


# --- every place of the loader that makes a finding is reached by a file ---------------------------------------


MAKES_A_FINDING = re.compile(r"^(Refused|Fault|self\.fault)$|(^|\.)findings\.(error|warning)$")


def sites() -> Iterator[tuple[str, int, int]]:
    """Yields (file, first line, last line) of every call in the loader that makes a finding."""
    for path in sorted(ENGINE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and MAKES_A_FINDING.search(ast.unparse(node.func)):
                yield str(path), node.lineno, node.end_lineno or node.lineno


def spying(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, int]]:
    """Writes down from where findings are made."""
    seen: set[tuple[str, int]] = set()

    def spy(owner: type, name: str) -> None:
        real = getattr(owner, name)

        def recorded(self: Any, *args: Any, **more: Any) -> Any:
            frame = sys._getframe(1)
            seen.add((frame.f_code.co_filename, frame.f_lineno))
            return real(self, *args, **more)

        monkeypatch.setattr(owner, name, recorded)

    for owner, name in (
        (Refused, "__init__"), (Fault, "__init__"), (Findings, "error"), (Findings, "warning"), (_Builder, "fault"),
    ):  # fmt: skip
        spy(owner, name)
    return seen


def test_every_finding_that_the_loader_can_make_has_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = spying(monkeypatch)
    for file in FILES:
        problems_of(file)
    _what_takes_more_than_a_few_lines(tmp_path, monkeypatch)
    missing = [
        f"{Path(file).relative_to(ENGINE)}:{first}"
        for file, first, last in sites()
        if not any((file, line) in seen for line in range(first, last + 1))
    ]
    assert missing == []


def _locked() -> bytes:
    raise PermissionError(13, "Permission denied")


def _what_takes_more_than_a_few_lines(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "rules").mkdir()
    (folder / "rules" / "latin.yaml").write_bytes(b"- rule: \xf3\n")
    (folder / "rules" / "locked.yaml").write_text("- rule: a\n")
    (folder / "rules" / "long.yaml").write_text(" " * (LARGEST_FILE + 1))
    real = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: _locked() if path.stem == "locked" else real(path))
    said = [problem.message for problem in load_rulebook(folder / "rules", SERVER).problems]
    assert said == [
        "this is not UTF-8; save the file as UTF-8",
        "the file cannot be read: Permission denied",
        "the file is larger than 512 kB; split it",
    ]
    nameless = load_text({"rules/a.yaml": "{rule: a, when: {bought: any}, send: a/b}"}, Vocabulary())
    assert "send takes the name of a folder" in nameless.problems[0].message


REHEARSAL = ENGINE.parent / "rehearsal"


def sentences() -> Iterator[tuple[str, str]]:
    """Yields (place, sentence) of what the readers of rule tests refuse, with an x for what only a test can know."""
    for path in sorted(REHEARSAL.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) != "Refused" or len(node.args) < 2:
                continue
            if isinstance(node.args[1], ast.Constant | ast.JoinedStr):
                yield f"{path.name}:{node.lineno}", "".join(_piece(part) for part in _parts(node.args[1]))


def _parts(sentence: ast.Constant | ast.JoinedStr) -> list[ast.expr]:
    return [sentence] if isinstance(sentence, ast.Constant) else sentence.values


def _piece(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    assert isinstance(part, ast.FormattedValue)
    if "meant(" in ast.unparse(part.value):
        return "; did you mean 'x'?"
    return "'x'" if part.conversion == ord("r") else "x"


def test_what_the_readers_of_rule_tests_refuse_has_a_code_too() -> None:
    found = {
        place: code_of(Problem("error", Place("rules/tests/a.yaml"), text)).name
        for place, text in sentences()
    }
    assert len(found) > 25
    assert [place for place, code in found.items() if code == OTHER] == []


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("Unexpected end of template", "template-syntax"),
        ("unknown filter 'mony'; did you mean 'money'?", "template-filter"),
        ("there is no variable 'x1'", "template-variable"),
        ("body.mjml is missing; write it", "template-missing"),
    ],
)
def test_what_is_wrong_with_a_letter_has_a_code_too(said: str, code: str) -> None:
    place = Place("templates/email/a/pl/body.mjml", 3)
    assert code_of(Problem("error", place, said)).name == code


def test_a_finding_that_nobody_sorted_is_called_other() -> None:
    problem = Problem("error", Place("rules/a.yaml"), "something quite new")
    assert (code_of(problem).name, remedy_of(problem)) == (OTHER, "see docs/rules.md")
