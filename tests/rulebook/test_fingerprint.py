"""The digest of a rule: it changes with whom and when, and with nothing else."""

from __future__ import annotations

import pytest

from tests.rulebook.words import load

TEXT = """- rule: a
  title: Come back
  when: {bought: {category: optics, brand: Acuvue}, after: 80 days}
  unless: {bought: {same: category}}
  who: {segment: vip, orders: '>= 2'}
  send: win-back
  priority: 50
"""
VIP = "vip: {segment: rich}\nrich: {spent: '>= 500'}\nother: {orders: 3}\n"


def digest(text: str = TEXT, segments: str = VIP) -> str:
    found = load(text, segments)
    assert not found.errors
    return found.rules["a"].digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Come back", "Please come back"),
        ("send: win-back", "send: lens-refill"),
        ("send: win-back", "send: win-back\n  note: for those who left"),
        ("priority: 50", "priority: 60"),
        ("priority: 50", "goal: {ordered: any, within: 3 days}"),
        ("- rule: a", "# a comment\n- rule: a"),
        ("{category: optics, brand: Acuvue}", "{brand: Acuvue, category: optics}"),
        ("{segment: vip, orders: '>= 2'}", "{orders: '>= 2', segment: vip}"),
    ],
)
def test_an_edit_of_words_or_order_changes_nothing(old: str, new: str) -> None:
    assert old in TEXT
    assert digest(TEXT.replace(old, new)) == digest()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("80 days", "81 days"),
        ("after: 80 days", "after: 80 hours"),
        ("optics", "optics/contact-lenses"),
        ("same: category", "same: product"),
        (">= 2", "> 2"),
        ("orders", "open_complaints"),
        ("priority: 50", "active: false"),
        ("priority: 50", "at: 09:00"),
        ("priority: 50", "once: ever"),
        ("priority: 50", "expires: 8 days"),
        ("priority: 50", "purpose: newsletter"),
        ("priority: 50", "shops: books"),
    ],
)
def test_an_edit_of_whom_or_when_changes_it(old: str, new: str) -> None:
    assert old in TEXT
    assert digest(TEXT.replace(old, new)) != digest()


def test_a_segment_that_a_rule_rests_on_is_a_part_of_it() -> None:
    assert digest(segments=VIP.replace("500", "600")) != digest()
    assert digest(segments=VIP.replace("3", "4")) == digest()


def test_a_rule_that_waits_for_members_changes_with_the_segment() -> None:
    enters = "- rule: a\n  when: {enters: vip}\n  send: win-back\n"
    assert digest(enters, VIP.replace("500", "600")) != digest(enters)


def test_the_rulebook_is_known_by_its_texts() -> None:
    assert load(TEXT, VIP).digest == load(TEXT, VIP).digest
    assert load(TEXT, VIP).digest != load(TEXT + "# more\n", VIP).digest
