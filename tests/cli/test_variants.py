"""Rule tests see the wording that each customer drew."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.main import main
from tests.delivery.mails import section, write

ROOT = Path(__file__).parents[2]
RULE = """
- rule: hello
  when: {ordered: any}
  send: hello
  purpose: transactional
  variants: {as-ever: 50, warm: 50}
"""
LETTERS = {
    "email/hello/pl/subject.txt": "Dzień dobry", "email/hello/pl/body.mjml": section("Mamy zamówienie."),
    "email/hello/variants/warm/pl/subject.txt": "Cześć, {{ customer.first_name }}",
}  # fmt: skip


def played(folder: Path, expect: str) -> int:
    given = "\n".join(
        f"      - customer: {{id: {name.lower()}, first_name: {name}}}\n"
        f"      - ordered: {{customer: {name.lower()}, at: 2026-01-05 12:00, lines: [{{product: A, price: 60}}]}}"
        for name in ("Anna", "Borys", "Celina", "Daria")
    )
    test = f"tests:\n  - test: hello\n    given:\n{given}\n    expect:\n{expect}"
    write(folder, {"rules/hello.yaml": RULE, "rules/tests/hello.yaml": test, "config.yaml": CONFIG})
    write(folder / "templates", LETTERS)
    return main(
        [
            "test",
            "--config",
            str(folder / "config.yaml"),
            "--rules",
            str(folder / "rules"),
            "--home",
            str(folder),
        ]
    )


CONFIG = """
shops:
  - shop: optyk
    name: Optyk
    postal: Optyk, ul. Szeroka 14, Kraków
    sender: {name: Optyk, address: sklep@optyk.example}
"""


def test_a_rule_test_tells_which_wording_each_customer_got(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = {
        name: f"      - {{at: 2026-01-05 12:00, send: hello, to: {name.lower()}, subject: {subject}}}"
        for name, subject in (
            ("Anna", '"Cześć, Anna"'), ("Borys", '"Dzień dobry"'),
            ("Celina", '"Dzień dobry"'), ("Daria", '"Dzień dobry"'),
        )
    }  # fmt: skip
    ended = played(tmp_path, "\n".join(said.values()))
    assert "1 passed, 0 failed" in capsys.readouterr().out
    assert ended == 0
