"""What the pages for marketers show is run as it stands: their rules load, and their rule tests pass."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.config import Config, load_config
from engine.delivery.context import context_of
from engine.delivery.render import render
from engine.delivery.templates import Templates
from engine.rehearsal.cases import Case
from engine.rehearsal.run_tests import play, read_folder
from engine.rehearsal.verdict import report
from engine.rulebook.load import load_rulebook
from engine.rulebook.server_words import vocabulary_of
from engine.rulebook.vocabulary import Vocabulary

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```yaml\n# (rules/\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FEWEST_RECIPES = 30


def recipes(page: str) -> list[tuple[str, dict[str, str]]]:
    """Reads a page: each heading with the files that are written below it."""
    parts = re.split(r"^## ", (ROOT / "docs" / page).read_text("utf-8"), flags=re.MULTILINE)[1:]
    found = [(part.partition("\n")[0], dict(BLOCK.findall(part))) for part in parts]
    return [(heading, files) for heading, files in found if files]


PAGES = [("cookbook.md", *recipe) for recipe in recipes("cookbook.md")] + [
    ("marketers.md", *recipe) for recipe in recipes("marketers.md")
]
TEMPLATES = Templates(ROOT / "templates" / "email")


def test_the_cookbook_has_recipes_and_each_has_a_test() -> None:
    assert len(recipes("cookbook.md")) >= FEWEST_RECIPES
    untested = [
        heading for heading, files in recipes("cookbook.md") if not any("/tests/" in name for name in files)
    ]
    assert untested == []


def test_every_recipe_says_what_it_is_for_before_it_shows_how() -> None:
    parts = re.split(r"^## ", (ROOT / "docs" / "cookbook.md").read_text("utf-8"), flags=re.MULTILINE)[1:]
    bare = [
        part.partition("\n")[0] for part in parts if not part.partition("\n")[2].partition("```")[0].strip()
    ]
    assert bare == []


def test_every_yaml_block_of_the_cookbook_says_which_file_it_is() -> None:
    text = (ROOT / "docs" / "cookbook.md").read_text("utf-8")
    assert text.count("```yaml\n") == len(BLOCK.findall(text))


def test_the_page_for_marketers_names_every_rule_that_ships() -> None:
    page = (ROOT / "docs" / "marketers.md").read_text("utf-8")
    shipped = load_rulebook(ROOT / "rules", Vocabulary())
    assert [rule for rule in shipped.rules if f"`{rule}`" not in page] == []


def test_the_mistake_that_the_page_shows_is_reported_as_it_says(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "marketers.md").read_text("utf-8")
    text = dict(BLOCK.findall(page))["rules/eye-drops.yaml"]
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "eye-drops.yaml").write_text(text.replace("when:", "wen:"), "utf-8")
    problems = [str(problem) for problem in load_rulebook(tmp_path / "rules", Vocabulary()).problems]
    shown = next(part for part in page.split("`") if part.startswith("rules/eye-drops.yaml:4"))
    assert shown in problems


@pytest.mark.parametrize(("page", "heading", "files"), PAGES, ids=[heading for _, heading, _ in PAGES])
def test_a_recipe_loads_without_a_warning_and_does_what_its_test_says(
    page: str, heading: str, files: dict[str, str], tmp_path: Path
) -> None:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    config = load_config(ROOT / "config.yaml")
    vocabulary = vocabulary_of(config, ROOT / "templates")
    rulebook = load_rulebook(tmp_path / "rules", vocabulary)
    assert [str(problem) for problem in rulebook.problems] == []
    cases, problems = read_folder(tmp_path / "rules", config, rulebook, vocabulary)
    assert [str(problem) for problem in problems] == []
    for verdict in play(cases, config, rulebook, lambda case: _reader(case, config)):
        assert verdict.passed, f"{page}, {heading}:\n" + "\n".join(report(verdict))


def _reader(case: Case, config: Config):  # type: ignore[no-untyped-def]
    """Renders the mails of a test as the customer reads them."""
    shop = config.model_copy(update={"shops": (case.shop,)})

    def read(message: object, now: int) -> tuple[str, str]:
        found = render(context_of(message, shop, now), TEMPLATES)  # type: ignore[arg-type]
        return found.subject, found.text

    return read
