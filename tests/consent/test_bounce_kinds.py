"""What a reply says by its code, it says whatever else stands in its words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.consent.bounce_kinds import bounce_kind, first_code, status_codes
from engine.outbox.pace import slow_down_code
from engine.outbox.settle import refusal

DIGITS = st.integers(0, 255).map(str)
ADDRESSES = st.builds("[{}.{}.{}.{}]".format, DIGITS, DIGITS, DIGITS, DIGITS)
LIKE_CODES = st.sampled_from(
    (
        "5.1.1", "5.1.2", "5.1.10", "(#5.1.1)", "5.7.1", "4.7.28", "4.2.2", "550", "550 5.1.1", "421 4.7.0", "185.1.1.7",
        "95.1.2.44", "45.1.10.8", "[10.5.1.1]", "[10.4.7.2]", "5.7.26,", "no such user", "user unknown", "blocked", "full",
    )
)  # fmt: skip
ONE_LINE = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\n"), max_size=20)
WORDS = st.lists(ADDRESSES | LIKE_CODES | ONE_LINE, max_size=6).map(" ".join)
CODES = st.sampled_from(
    ("5.1.1", "5.1.2", "5.1.10", "5.1.3", "5.2.1", "5.2.2", "5.4.1", "5.7.1", "5.7.26", "4.2.1", "4.7.1")
)


@given(code=CODES, lines=st.lists(WORDS, min_size=1, max_size=3))
def test_no_text_after_the_code_changes_what_is_made_of_a_reply(code: str, lines: list[str]) -> None:
    said = f"550 {code} " + f"\n{code} ".join(lines)
    assert bounce_kind(None, said) == bounce_kind(code, "") == bounce_kind(None, f"550 {code}")
    assert (refusal(said), first_code(None, said)) == (refusal(f"550 {code}"), code)
    later = f"45{said[2:]}"
    assert slow_down_code(later) == (code if code.startswith("4.7.") else None)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("550 5.7.1 Service unavailable; client host [185.1.1.7] blocked using zen.spamhaus.org", "policy"),
        ("554 5.7.1 client host [95.1.2.44] blocked", "policy"), ("550 5.7.1 [45.1.10.8] is listed", "policy"),
        ("552 5.2.2 mailbox full [10.5.1.1]", "soft"), ("550 5.7.26 unauthenticated, as 5.1.1 would be", "policy"),
        ("550 5.1.3 bad [10.5.7.12]", "soft"), ("550 client host [185.1.1.7] is not welcome", "soft"),
        ("550 5.1.1.7 is no code", "soft"), ("550 185.1.1 is none either", "soft"), ("550 5.1.1234 nor this", "soft"),
        ("550 5.1.1 unknown\n5.7.1 and blocked", "policy"), ("550-5.1.1 unknown\n550 5.7.1 and blocked", "policy"),
        ("550 5.1.1", "hard"), ("550 5.1.10: null MX", "hard"), ("550 #5.1.1 unknown", "hard"), ("smtp; 550 5.1.2 x", "hard"),
    ],
)  # fmt: skip
def test_a_number_in_the_words_is_no_code(said: str, kind: str) -> None:
    assert bounce_kind(None, said) == kind


def test_a_reply_has_at_most_one_code_a_line() -> None:
    assert status_codes("550-5.7.1 see 5.1.1\n550-no code 5.1.1\n550 5.7.26 x") == ["5.7.1", "5.7.26"]
