"""YAML as Regulars reads it: 1.2, positioned, and without its dangers."""

from __future__ import annotations

import pytest

from engine.rulebook.nodes import Mapping, Scalar, plain
from engine.rulebook.reader import LARGEST_FILE, read


def values(text: str) -> object:
    document = read(text, "a.yaml")
    assert document.faults == ()
    return plain(document.root) if document.root else None


def messages(text: str) -> list[str]:
    return [
        f"{fault.place.line}:{fault.place.column} {fault.message}" for fault in read(text, "a.yaml").faults
    ]


def test_on_no_and_a_clock_time_are_words_and_true_is_not() -> None:
    assert values("[on, no, yes, 12:30, 2026-11-27 10:00, true, False, ~, 1_000, 1e3]") == [
        "on", "no", "yes", "12:30", "2026-11-27 10:00", True, False, None, "1_000", "1e3",
    ]  # fmt: skip


def test_numbers_are_plain_decimal_numbers() -> None:
    assert values("[0, 7, -3, 1.50, '7', 12345678901234567890123]") == [
        0, 7, -3, 1.5, "7", "12345678901234567890123",
    ]  # fmt: skip


@pytest.mark.parametrize("odd", ["010", "00", "-012", "0x1F", "0o17"])
def test_a_number_that_people_and_programs_read_differently_is_refused(odd: str) -> None:
    assert f'write "{odd}" in quotes' in messages(f"a: {odd}")[0]


def test_a_value_knows_where_it_stands_as_editors_count() -> None:
    root = read("a:\n  - żółw: {b: 1}\n", "rules/a.yaml").root
    assert isinstance(root, Mapping)
    item = root.pairs[0][1].items[0]  # type: ignore[union-attr]
    inner = item.pairs[0][1].pairs[0][1]  # type: ignore[union-attr]
    assert str(inner.place) == "rules/a.yaml:2:15"


def test_letters_written_as_two_marks_become_one() -> None:
    assert values("city: Krako\u0301w") == {"city": "Kraków"}


def test_a_byte_order_mark_that_notepad_writes_is_passed_over() -> None:
    assert values("\ufeffa: 1") == {"a": 1}


def test_windows_line_ends_are_read() -> None:
    assert values("a: 1\r\nb:\r\n  - 2\r\n") == {"a": 1, "b": [2]}


def test_one_document_may_begin_with_three_hyphens() -> None:
    assert values("---\na: 1\n") == {"a": 1}


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "---\n", "~"])
def test_a_file_with_nothing_in_it_is_nothing(text: str) -> None:
    assert read(text, "a.yaml").root is None
    assert read(text, "a.yaml").faults == ()


def test_a_bomb_of_aliases_never_grows() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{n}: &{n} [*{m}, *{m}]\n" for m, n in zip("abcdefg", "bcdefgh", strict=True)
    )
    faults = messages(bomb)
    assert len(faults) == 8 + 14
    assert faults[0] == "1:4 anchors (&a) are not accepted; write the value where it is needed"


def test_nesting_without_end_stops_early() -> None:
    assert messages("[" * 100_000) == ["1:22 this is nested more than 20 deep; no rule needs that"]


def test_a_file_as_long_as_a_book_is_refused() -> None:
    assert messages("a" * (LARGEST_FILE + 1)) == ["1:1 the file is larger than 512 kB; split it"]


def test_an_empty_value_in_braces_is_nothing_and_no_cut_comma() -> None:
    assert values("{a: , b: 1}") == {"a": None, "b": 1}


def test_a_comma_that_cuts_a_value_in_two_places_is_named_twice() -> None:
    said = messages("{every: month on 5, 15, title: Lenses, new, active: true}")
    assert [each.partition("write ")[2] for each in said] == [
        'every: "month on 5, 15"',
        'title: "Lenses, new"',
    ]


def test_a_part_of_a_file_counts_the_lines_above_it() -> None:
    assert read("a: 010", "a.yaml", above=6).faults[0].place.line == 7
    assert isinstance(read("a", "a.yaml", above=6).root, Scalar)
