"""What `server.py import` says of files that it cannot use, and what it prints and answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.errors import UsageError
from engine.intake.history import open_file

GOOD = "order_id,placed_at,email,product,price\n"


def refused(folder: Path, text: str) -> str:
    """Opens a sheet that cannot be used, and returns what is said."""
    file = folder / "lines.csv"
    file.write_bytes(text.encode() if text.isascii() else text.encode("cp1250"))
    with pytest.raises(UsageError) as caught:
        open_file(file)
    return str(caught.value).removeprefix(str(folder) + "/")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("order,placed_at,email,product,price\n", "lines.csv:1:1: unknown column 'order'; did you mean"),
        ("order_id,placed_at,email,prise,price\n", "lines.csv:1:4: unknown column 'prise'; did you mean 'price'?"),
        ("order_id,placed_at,email,price\n", "lines.csv:1:1: the column 'product' is missing; needed: order_id"),
        ("order_id,placed_at,product,price\n", "lines.csv:1:1: a column customer_id or email is missing"),
        ("order_id,placed_at,email,email,product,price\n", "lines.csv:1:3: two columns are called 'email'"),
        ('order_id,"placed_at,email,product,price\n', "lines.csv:1:2: unknown column 'placed_at,email,product,price"),
    ],
)  # fmt: skip
def test_a_sheet_that_cannot_be_used_is_refused_whole_with_its_place(
    tmp_path: Path, text: str, said: str
) -> None:
    assert said in refused(tmp_path, text)


def test_rows_of_one_order_that_stand_apart_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    row = "{},2025-01-01,a@x.pl,A,5\n"
    text = GOOD + row.format(1) + row.format(1) + row.format(2) + row.format(1)
    assert refused(tmp_path, text) == (
        "lines.csv:5:1: order '1' began in line 2 already, and other orders stand between; sort the file by order_id"
    )


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    for name in ("none.csv", "none.ndjson"):
        with pytest.raises(UsageError, match="cannot be read: No such file"):
            open_file(tmp_path / name)


def test_the_command_prints_what_came_of_it_and_answers_1_where_something_was_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = ["--home", str(tmp_path / "home")]
    file = tmp_path / "lines.csv"
    file.write_text(GOOD + "1,2025-01-01,anna@example.com,A,5\n2,2025-01-01,nobody,A,5\n")
    assert main(["import", str(file), *home]) == 2
    assert "run server.py migrate" in capsys.readouterr().err
    assert main(["migrate", *home]) == 0
    capsys.readouterr()
    assert main(["import", str(file), *home]) == 1
    assert capsys.readouterr().out.startswith("2 lines: 1 accepted, 0 known already, 1 refused: see ")
    file.write_text(GOOD + "1,2025-01-01,anna@example.com,A,5\n")
    assert main(["import", str(file), *home, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["unchanged"] == 1
    assert main(["import", str(file), *home, "--shop", "nowhere"]) == 2
    assert "known: optyk" in capsys.readouterr().err
