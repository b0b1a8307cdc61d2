"""Letters, days, amounts and the words of columns: how a sheet is written is told by the sheet."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.intake.history.columns import value_of
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


# What somebody may have typed; as much of it as is taken must be the number that stands there.
SCRAPS = st.sampled_from([*"0123456789", *"0123456789", ",", ".", " ", "\u00a0", "'", "-", "(", ")", "e", "=", "+", "/", "x",
                          "zł", " PLN", "szt. ", "%", "１", "٣", "½", "_"])  # fmt: skip
PLAINLY = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
MONEY_AND_MARKS = re.compile("zł|zl|PLN|[ \u00a0'.,-]", re.IGNORECASE)


@given(st.lists(SCRAPS, min_size=1, max_size=12).map("".join), st.sampled_from([COMMA, "."]))
def test_whatever_is_taken_for_an_amount_is_the_number_that_is_written(cell: str, mark: str) -> None:
    taken = amount(cell, mark)
    if PLAINLY.fullmatch(taken) is None:
        assert taken == cell  # left for the shape to refuse
        return
    written = MONEY_AND_MARKS.sub("", cell)
    assert re.fullmatch("[0-9]+", written), "only what money it is stands beside the number"
    assert re.sub(r"\D", "", taken) == written, "not a digit less, and none moved"
    whole, _, cents = taken.lstrip("-").partition(".")
    last = re.search(r"[.,](?=[^.,]*$)", cell)
    if cents:
        assert last
        assert re.sub(r"\D", "", cell[last.end() :]) == cents
    elif last and re.sub(r"\D", "", cell[last.end() :]):
        assert whole[-3:] == re.sub(r"\D", "", cell[last.end() :]), "what is no decimal mark parts thousands"
    assert taken.startswith("-") == (
        "-" in cell.split(next(filter(str.isdigit, cell)))[0] and taken.strip("-0.") != ""
    )


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "2 szt. po 15,00", "1e3", "(12,00)", "12,00-15,00", "abc5", "12 zł 50 gr", "１２", "12,00-", "+12", ".5", "5,",
     "1 2", "1,00,000.00", "1.299,900.5", "1.299'900", "0,299,900", "5 PLN 6", "zł 5 zł", "-$-5", "12 .5", "5%", "5/2", "- -5"],
)  # fmt: skip
def test_what_is_no_amount_whole_and_alone_is_none(cell: str) -> None:
    assert [amount(cell, mark) for mark in (COMMA, ".")] == [cell, cell]
    assert decimal_mark([cell]) is None


@pytest.mark.parametrize(
    ("cell", "by_comma", "by_point"),
    [("1.299", "1299", "1.299"), ("1,299", "1.299", "1299"), ("1,299.90 zl", "1299.90", "1299.90"), ("12.5", "12.5", "12.5"),
     ("1.299.900", "1299900", "1299900"), ("1\u202f299,5\u00a0zł", "1299.5", "1299.5"), ("12,-", "12", "12"),
     ("0.299", "0.299", "0.299"), ("1 299.900", "1299.900", "1299.900"), ("-12,00 zł", "-12.00", "-12.00"),
     ("$-12", "-12", "-12"), ("−12", "-12", "-12"), ("-0,00", "0.00", "0.00"), ("PLN 12,3", "12.3", "12.3"), ("US$5", "5", "5")],
)  # fmt: skip
def test_only_where_either_is_possible_the_sheets_mark_decides(
    cell: str, by_comma: str, by_point: str
) -> None:
    assert (amount(cell, COMMA), amount(cell, ".")) == (by_comma, by_point)


def test_a_thousand_pieces_and_one_are_not_told_apart_by_guessing() -> None:
    cells = ("2", "2,0", "2.000000", "1.000", "1,000", "2 szt.", "２", "2,5", "1_000")
    by_comma = [value_of("quantity", cell, True) for cell in cells]
    assert by_comma == [2, 2, 2, "1.000", 1, "2 szt.", "２", "2,5", "1_000"]
    assert [value_of("quantity", cell, False) for cell in ("1.000", "1,000")] == [1, "1,000"]


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
