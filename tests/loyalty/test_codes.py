"""Codes are unguessable, the same if asked again, and can be read out over the telephone."""

from __future__ import annotations

from engine.loyalty.codes import EXAMPLE, LETTERS, code_for, folded

KEY = b"the key of a home"


def test_the_same_mail_has_the_same_code_and_another_mail_another() -> None:
    codes = [code_for(KEY, f"token {n}") for n in range(5_000)]
    assert codes == [code_for(KEY, f"token {n}") for n in range(5_000)]
    assert len(set(codes)) == 5_000


def test_without_the_key_nobody_makes_the_code() -> None:
    assert code_for(KEY, "token") != code_for(b"another key", "token")
    assert code_for(KEY, "token") != code_for(KEY, "token", attempt=1)


def test_a_code_has_no_letters_that_are_taken_for_others() -> None:
    written = {letter for n in range(500) for letter in code_for(KEY, str(n))}
    assert written == {*LETTERS, "-"}
    assert not written & set("0O1IL5S2Z8BUV") - {"U"}
    assert len(set("UV") & written) == 1
    assert len(LETTERS) ** 11 > 2**50


def test_an_example_can_never_be_a_code() -> None:
    assert not set(EXAMPLE) <= {*LETTERS, "-"}


def test_a_code_is_known_however_it_is_spelt() -> None:
    assert folded(" k7mq-2xpd ") == "K7MQ-2XPD"
