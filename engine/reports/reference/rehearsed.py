"""Tables of what stands above the language: reasons of decisions, the keys of rule tests, and what `check` finds."""

from __future__ import annotations

import re
from pathlib import Path

from engine.policy.model import REASONS
from engine.rehearsal.vocabulary import COMMON, GIVEN, NOT_GIVEN
from engine.reports.reference.tables import table
from engine.rulebook.codes import CODES
from engine.rulebook.known_findings import ADVICE, TEMPLATES
from engine.rulebook.vocabulary import FACTS

WHY = {
    "cancelled": "while it was held, its order was cancelled, or the rule was turned off or removed",
    "no_longer_matches": "while it was held, `unless` or `who` came to say no",
    "once": "the rule's `once` forbids another one",
    "no_address": "there is no address",
    "suppressed": "the address bounces, or asked never to be written to",
    "no_consent": "the customer has not consented to the rule's purpose",
    "house_rule": "a house rule holds or refuses it",
    "on_pause": "the customer asked for a pause; it is held",
    "closed_day": "the day is closed; it is held",
    "quiet_hours": "it is night there; it is held",
    "grouped": "a group has no room; held, or refused with `when_capped: drop`",
    "capped": "a cap has no room; held, or refused with `when_capped: drop`",
    "holdout": "the customer is in the holdout of the rule, or in the control group",
    "expired": "it could not go while it was worth sending",
    "template_error": "the letter could not be made for this customer",
    "policy_error": "the decision failed; the log says why",
}
WARNINGS = {name for name, _, _ in (*ADVICE, *TEMPLATES[:4])} | {"unknown-good", "policy-stops-itself"}
SHOWN = Path("tests/bad_rules")  # where the reference is made: in the repository
HEADER = re.compile(r"^# \S+:\d+:\d+: (?:warning: )?(?P<sentence>.+) \[(?P<code>[a-z-]+)\]$", re.MULTILINE)


def reasons() -> str:
    """Returns the table of reasons, in the order in which the first that applies is taken."""
    return table(("reason", "what it means"), ((f"`{reason}`", WHY[reason]) for reason in REASONS))


def given() -> str:
    """Returns the table of what a rule test can be given."""
    rows = []
    for kind, keys in GIVEN.items():
        filters = {} if kind == "ordered" or kind not in FACTS else FACTS[kind].filters
        own = [f"`{key}`" for key in keys if key not in COMMON and key not in filters]
        more = [f"`{key}`" for key in keys if key in filters]
        if len(more) == len(filters) > 2:
            more = [f"the filters of `{kind}`"]
        rows.append((f"`{kind}`", ", ".join([*own, *more]) + (", and its properties" if _open(kind) else "")))
    rows += [(f"not `{kind}`", remedy) for kind, remedy in NOT_GIVEN.items()]
    return table(("item", "keys besides `at` and `recorded_at`"), rows)


def _open(kind: str) -> bool:
    return kind in FACTS and FACTS[kind].open


def findings() -> str:
    """Returns the table of all codes of `check`, each with the sentence of one file of SHOWN."""
    said = examples()
    rows = (
        (f"`{code.name}`", _level(code.name), said.get(code.name, "–").replace("|", "\\|"), code.remedy)
        for code in CODES
    )
    return table(("code", "level", "for example", "what to do"), rows)


def _level(code: str) -> str:
    return "warning" if code in WARNINGS else "error"


def examples() -> dict[str, str]:
    """Reads one sentence for each code from the first lines of the files that show mistakes; none where there are none."""
    found: dict[str, str] = {}
    for file in sorted(SHOWN.glob("*.yaml")):
        for said in HEADER.finditer(file.read_text("utf-8")):
            found.setdefault(said["code"], said["sentence"])
    return found
