"""Everything that `check` finds without a store: rules, segments, policy, rule tests and letters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from engine.config import Config
from engine.delivery.advice import Lacking, lacking, letters, never_there, price_claims
from engine.delivery.check import check_templates
from engine.delivery.templates import Templates
from engine.errors import Place
from engine.policy.limits import policy_limits
from engine.rehearsal.run_tests import read_folder
from engine.rulebook.ast import Problem, Rulebook
from engine.rulebook.load import load_rulebook
from engine.rulebook.server_words import EMAIL, vocabulary_of


@dataclass(frozen=True, slots=True)
class Inspection:
    """A rulebook with its findings, and the places where letters print what a customer may lack."""

    rulebook: Rulebook
    problems: tuple[Problem, ...]
    lacking: tuple[Lacking, ...] = ()


def inspect(rules: Path, templates: Path | None, config: Config) -> Inspection:
    """Reads rules and letters and returns all that is wrong or odd about them; `templates` None: there are none."""
    vocabulary = vocabulary_of(config, templates)
    rulebook = load_rulebook(rules, vocabulary)
    found = [*rulebook.problems]
    # a policy that could not be read is not asked about, and tests of broken rules would all be wrong
    found += [] if rulebook.policy_broken else policy_limits(rulebook.policy)
    found += [] if rulebook.errors else read_folder(rules, config, rulebook, vocabulary)[1]
    if templates is None:
        return Inspection(rulebook, tuple(found))
    folder = templates / EMAIL
    found += _placed(check_templates(folder, sorted({shop.language for shop in config.shops})), templates)
    written = letters(Templates(folder))
    found += _placed(
        [*price_claims(written, rulebook.rules), *never_there(written, rulebook.rules)], templates
    )
    bare = (replace(each, place=_short(each.place, templates)) for each in lacking(written))
    return Inspection(rulebook, tuple(found), tuple(bare))


def _placed(problems: list[Problem], templates: Path) -> list[Problem]:
    return [replace(problem, place=_short(problem.place, templates)) for problem in problems]


def _short(place: Place, templates: Path) -> Place:
    """Names a file as the rules' files are named: from its own folder on, wherever that stands."""
    path = Path(place.file)
    if not path.is_relative_to(templates):
        return place
    return replace(place, file=str(Path(templates.name, path.relative_to(templates)).as_posix()))


def of_everybody(found: Inspection) -> list[Problem]:
    """Warns of what letters print and some customer may lack, where no store can say how many do."""
    return [said_lacking(each, "every customer") for each in found.lacking]


def said_lacking(each: Lacking, whom: str) -> Problem:
    """Says one place at which a letter would have a gap."""
    default = f'{{{{ {each.name}|default("…") }}}}'
    remedy = f"write {default}, or ask with {{% if {each.name} %}}"
    return Problem("warning", each.place, f"{each.name} is not known of {whom}; {remedy}")
