"""The words that one server adds to the language: its purposes, shops and currencies, and the templates it has."""

from __future__ import annotations

from pathlib import Path

from engine.config import Config
from engine.rulebook.vocabulary import PLAIN, Vocabulary

EMAIL, VARIANTS = "email", "variants"
ISSUES = "issues"


def vocabulary_of(config: Config, templates: Path | None) -> Vocabulary:
    """Returns what the rules of this server may name; where there is no folder of templates, any name is taken."""
    return Vocabulary(
        purposes=config.all_purposes(),
        templates=None if templates is None else template_names(templates),
        shops=tuple(shop.shop for shop in config.shops),
        currencies=tuple(sorted(config.currencies())),
        variants=None if templates is None else template_variants(templates),
        issues=frozenset() if templates is None else template_issues(templates),
    )


def template_names(templates: Path) -> tuple[str, ...] | None:
    """Lists the folders of templates/email/ that a rule can send, and `plain`; None where there is no such folder."""
    folder = templates / EMAIL
    if not folder.is_dir():
        return None
    found = {each.name for each in folder.iterdir() if each.is_dir() and not each.name.startswith(("_", "."))}
    return tuple(sorted(found | {PLAIN}))


def template_variants(templates: Path) -> dict[str, tuple[str, ...]] | None:
    """Lists, for each template that has some, the variants whose wording is written; None where nothing can be known."""
    names = template_names(templates)
    if names is None:
        return None
    folders = {name: templates / EMAIL / name / VARIANTS for name in names}
    found = {
        name: tuple(sorted(each.name for each in folder.iterdir() if each.is_dir() and any(each.glob("*/*.*"))))
        for name, folder in folders.items() if folder.is_dir()
    }  # fmt: skip
    return {name: variants for name, variants in found.items() if variants}


def template_issues(templates: Path) -> frozenset[str]:
    """Lists the templates that are newsletters: what they say is written issue by issue."""
    return frozenset(
        folder.parent.name for folder in (templates / EMAIL).glob(f"*/{ISSUES}") if folder.is_dir()
    )


def templates_beside(rules: Path, config_file: Path, config: Config) -> Path | None:
    """Finds the folder of templates: beside the rules, else beside config.yaml; None where there is neither."""
    for root in (rules.resolve().parent, config_file.resolve().parent):
        if (root / config.templates / EMAIL).is_dir():
            return root / config.templates
    return None
