"""`server.py import` shows what it understood of a sheet, and asks at a terminal before it writes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from engine.cli.main import main
from tests.intake import sheets
from tests.intake.sheets import written

ROOT = Path(__file__).resolve().parents[2]


def test_the_query_of_the_docs_gives_the_columns_that_are_tested_here() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "import.md").read_text("utf-8")
    query = page.partition("```sql\n")[2].partition("FROM")[0].removeprefix("SELECT ")
    names = [part.split()[-1].rpartition(".")[2] for part in query.replace("\n", " ").split(",")]
    assert names == [name.strip('"') for name in sheets.PRESTASHOP.splitlines()[0].split(";")]


class Terminal:
    """`server.py import` at a terminal of its own."""

    def __init__(self, folder: Path, file: Path) -> None:
        self.home = ["--home", str(folder / "home")]
        self.file = file
        assert main(["migrate", *self.home]) == 0

    def answering(self, answer: str) -> tuple[int, str]:
        """Answers the question, and returns the exit code and what stood on the screen."""
        mine, theirs = pty.openpty()
        command = [sys.executable, "server.py", "import", str(self.file), *self.home]
        process = subprocess.Popen(command, cwd=ROOT, stdin=theirs, stderr=theirs, stdout=subprocess.DEVNULL)
        os.close(theirs)
        screen = b""
        while b"[Y/n]" not in screen:
            screen += os.read(mine, 4096)
        os.write(mine, f"{answer}\n".encode())
        code = process.wait(60)
        with suppress(OSError):  # a terminal whose last program has gone
            while part := os.read(mine, 4096):
                screen += part
        os.close(mine)
        return code, screen.decode()


def test_at_a_terminal_it_asks_before_it_writes(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, written(tmp_path, sheets.POLISH, "cp1250"))
    code, screen = terminal.answering("n")
    assert (code, "Numer zamówienia   order_id      1001" in screen, "nothing was written" in screen) == (
        0,
        True,
        True,
    )
    code, screen = terminal.answering("")
    assert (code, "nothing was written" in screen) == (0, False)
    assert main(["import", str(terminal.file), *terminal.home, "--json"]) == 0


def test_a_dry_run_writes_nothing_and_needs_no_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, file = ["--home", str(tmp_path / "home")], written(tmp_path, sheets.SHOPIFY)
    assert main(["migrate", *home]) == 0
    assert main(["import", str(file), *home, "--dry-run"]) == 0
    assert "a sheet of Shopify, in UTF-8" in capsys.readouterr().err
    assert main(["import", str(file), *home, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["accepted"] == 5


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (["--status", "Zgubione"], "an equals sign is missing"),
        (["--status", "Zgubione=lost"], "'lost' is no status; one of pending, paid"),
        (["--column", "=email"], "an equals sign is missing"),
    ],
)
def test_what_is_said_wrongly_is_refused_with_the_words_that_would_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], said: list[str], told: str
) -> None:
    home, file = ["--home", str(tmp_path / "home")], written(tmp_path, sheets.POLISH)
    assert main(["migrate", *home]) == 0
    assert main(["import", str(file), *home, *said]) == 2
    assert told in capsys.readouterr().err
