"""Warnings about letters: a price claim without the lowest price of 30 days, and variables that a reader lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.config import LANGUAGES
from engine.delivery.check import fallback, wordings
from engine.delivery.claims import LOWEST, claims, shows_lowest
from engine.delivery.pieces import Piece
from engine.delivery.templates import Loaded, Templates
from engine.delivery.uses import Use, uses
from engine.errors import Place, TemplateFault
from engine.rulebook.ast import FactTrigger, Problem, Rule
from engine.rulebook.vocabulary import PLAIN

OPTIONAL = ("first_name", "last_name", "gender", "city", "country")  # what a shop may not know of a customer
HAVE_NO_ORDER = frozenset({
    "signed_up", "consented", "withdrew", "viewed", "added_to_cart", "searched", "price_dropped", "back_in_stock",
    "was_sent", "clicked", "earned_points", "points_expire", "reached_tier", "birthday",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lacking:
    """A place that prints what is not known of every customer."""

    place: Place
    name: str  # customer.first_name


def letters(templates: Templates) -> dict[str, list[Loaded]]:
    """Compiles every wording of every template in every language, by template; what is broken is left out."""
    found: dict[str, list[Loaded]] = {name: [] for name in templates.names()}
    for name, each in found.items():
        for base in wordings(templates.folder_of(name)):
            for language in LANGUAGES:
                if (base / language).is_dir():
                    try:
                        each.append(templates.compile(base / language, fallback(base) / language))
                    except TemplateFault:
                        continue  # check_templates says what is wrong with it
    return found


def lacking(loaded: Mapping[str, list[Loaded]]) -> list[Lacking]:
    """Lists the places at which a letter prints a customer's field without providing for its absence."""
    found = {
        Lacking(piece.place_of(use.line), use.name)
        for each in loaded.values() for letter in each for piece in _pieces(letter)
        for use in uses(piece.tree) if use.printed and _optional(use.name)
    }  # fmt: skip
    return sorted(found, key=lambda each: (str(each.place.file), each.place.line, each.name))


def _optional(name: str) -> bool:
    whose, _, field = name.partition(".")
    return whose == "customer" and (field in OPTIONAL or field.startswith("attributes."))


def price_claims(loaded: Mapping[str, list[Loaded]], rules: Mapping[str, Rule]) -> list[Problem]:
    """Warns of price claims without the lowest price of 30 days, and of rules about price drops that do not show it."""
    found = [problem for each in loaded.values() for letter in each for problem in _claims(letter)]
    for rule in rules.values():
        if isinstance(rule.trigger, FactTrigger) and rule.trigger.pattern.kind == "price_dropped":
            found += _of_price_drop(rule, loaded.get(rule.send, []))
    return list(dict.fromkeys(found))


def _claims(letter: Loaded) -> Iterator[Problem]:
    for piece in _pieces(letter):
        if shows_lowest(letter.html if piece is letter.subject else piece):
            continue
        for line, what in claims(piece):
            wrong = f"this claims a lower price ({what}) and does not show {LOWEST}"
            yield Problem("warning", piece.place_of(line), wrong)


def _of_price_drop(rule: Rule, written: list[Loaded]) -> list[Problem]:
    bodies = [(letter.language, piece) for letter in written for piece in (letter.html, letter.text) if piece]
    bare = sorted({language for language, piece in bodies if not shows_lowest(piece)})
    if rule.send != PLAIN and not bare:
        return []
    whose = (
        "whose text is only a note, does not show it"
        if rule.send == PLAIN
        else f"does not in {', '.join(bare)}"
    )
    wrong = f"{rule.id} says a lower price and must show {LOWEST}; its template {rule.send} {whose}"
    return [Problem("warning", rule.place, wrong, rule.id)]


def never_there(loaded: Mapping[str, list[Loaded]], rules: Mapping[str, Rule]) -> list[Problem]:
    """Warns of letters that rely on an order or coupon which the mails of a rule never have."""
    found: dict[tuple[Place, str], str] = {}
    for rule in rules.values():
        absent = _absent(rule)
        for letter in loaded.get(rule.send, []) if absent else ():
            for piece in _pieces(letter):
                for use in uses(piece.tree):
                    if _whose(use) in absent:
                        found.setdefault((piece.place_of(use.line), use.name), rule.id)
    return [
        Problem("warning", place, f"{name} is never there in a mail of {rule}; {_remedy(name)}", rule)
        for (place, name), rule in found.items()
    ]


def _whose(use: Use) -> str:
    """Returns `order` for order.total: what an unknown order has not; the bare word prints nothing, and harms nobody."""
    whose, point, _ = use.name.partition(".")
    return whose if point and not use.asked else ""


def _absent(rule: Rule) -> set[str]:
    trigger = rule.trigger
    no_order = not isinstance(trigger, FactTrigger) or trigger.pattern.kind in HAVE_NO_ORDER
    return ({"order"} if no_order else set()) | ({"coupon"} if "coupon" not in rule.with_ else set())


def _remedy(name: str) -> str:
    if name.startswith("coupon."):
        return "write with: {coupon: …} in the rule, or ask with {% if coupon %}"
    return "begin the rule with a fact about an order, or ask with {% if order %}"


def _pieces(letter: Loaded) -> list[Piece]:
    return [letter.subject, letter.html, *([letter.text] if letter.text else [])]
