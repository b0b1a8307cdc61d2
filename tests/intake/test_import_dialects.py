"""Letters, days, amounts and the words of columns: how a sheet is written is told by the sheet."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.intake.history.letters import encoding_of
from engine.intake.history.words import BY_WORD, COLUMNS, plain
from engine.intake.history.writing import COMMA, DMY, MDY, YMD, amount, decimal_mark, moment, order_of_days
from tests.intake.sheets import written


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Zażółć gęślą jaźń", "cp1250"), ("Zażółć gęślą jaźń", "iso-8859-2"), ("Żółw", "cp1250"), ("Привіт, їжаче", "cp1251"),
        ("Съешь ещё булок", "cp1251"), ("Zażółć", "utf-8"), ("Привіт", "utf-8"), ("plain", "utf-8"),
    ],
)  # fmt: skip
def test_the_letters_of_a_file_tell_its_encoding(tmp_path: Path, text: str, encoding: str) -> None:
    assert encoding_of(written(tmp_path, f"{text};1\n" * 3, encoding)) == encoding


def test_utf_8_with_one_torn_letter_is_utf_8_and_utf_16_says_how_to_save(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes("Zażółć gęślą jaźń\n".encode() * 3 + b"Za\xbf\n")
    assert encoding_of(file) == "utf-8"
    file.write_bytes("order_id".encode("utf-16"))
    with pytest.raises(UsageError, match="UTF-16"):
        encoding_of(file)


DAYS = st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1))
BETWEEN, SIGNS = ["", " ", "\u00a0", "'", "other"], ["", " zł", "₴", " грн", "$"]


@given(DAYS, st.sampled_from([YMD, DMY, MDY]))
def test_a_day_is_read_back_as_it_was_written_in_any_order(day: datetime, order: str) -> None:
    pattern = {YMD: "%Y-%m-%d %H:%M:%S", DMY: "%d.%m.%Y %H:%M:%S", MDY: "%m/%d/%Y %I:%M:%S %p"}[order]
    assert moment(day.strftime(pattern), order) == day.strftime("%Y-%m-%dT%H:%M:%S")


@given(st.integers(0, 10**9), st.sampled_from([",", "."]), st.sampled_from(BETWEEN), st.sampled_from(SIGNS))
def test_an_amount_is_read_back_as_it_was_written_whatever_stands_between(
    cents: int, mark: str, between: str, sign: str
) -> None:
    between = {",": ".", ".": ","}[mark] if between == "other" else between
    text = f"{cents // 100:,}".replace(",", between) + f"{mark}{cents % 100:02}{sign}"
    assert decimal_mark([text]) == mark
    assert amount(text, mark) == f"{cents // 100}.{cents % 100:02}"


def test_what_is_no_day_or_amount_stays_for_the_shape_to_refuse() -> None:
    assert [moment(text, DMY) for text in ("jutro", "3.02", "3.02.2026 rano", "")] == [
        "jutro",
        "3.02",
        "3.02.2026 rano",
        "",
    ]
    assert [amount(text, COMMA) for text in ("gratis", "", "1,2,3")] == ["gratis", "", "1,2,3"]


def test_days_are_told_by_the_one_that_can_be_no_month() -> None:
    assert order_of_days(["3.02.2026", "15.02.2026"]) == DMY
    assert order_of_days(["2/3/2026", "2/15/2026"]) == MDY
    assert order_of_days(["2026-02-03", "2026-02-15"]) == YMD
    assert order_of_days(["2/3/2026"]) == DMY
    assert (decimal_mark(["1.299"]), decimal_mark(["12"]), decimal_mark(["1.299,00", "5.5"])) == (
        None,
        None,
        None,
    )


def test_every_word_for_a_column_is_written_plainly_and_means_one_thing() -> None:
    words = [word for words in COLUMNS.values() for word in words]
    assert [word for word in words if plain(word) != word] == []
    assert len(words) == len(set(words)) == len(BY_WORD)
