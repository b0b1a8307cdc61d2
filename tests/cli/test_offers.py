"""Rule tests read the letter with a made-up code and with what others took along, as known at that minute."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.cli.main import main
from tests.cli.test_variants import CONFIG
from tests.delivery.mails import section, write

RULE = """
- rule: gift
  when: {bought: {category: optics}, after: 10 days}
  send: gift
  with: {coupon: {percent: 15, valid: 14 days, pool: spring}, recommend: {to: bought, count: 2}}
"""
LETTER = {
    "email/gift/pl/subject.txt": "{{ coupon.percent }}% do {{ coupon.valid_until|date }}",
    "email/gift/pl/body.mjml": section("x"),
    "email/gift/pl/body.txt": "Kod {{ coupon.code }}. Inni: {{ recommend|map('name')|join(', ') }}.",
}
TEST = """
tests:
  - test: a gift
    rules: [gift]
    policy: none
    until: 2026-03-12
    given:
      - product: {id: LENS, name: Soczewki, category: optics/lenses}
      - product: {id: CASE, name: Etui, category: optics/cases}
      - product: {id: DROPS, name: Krople, category: optics/lenses, stock: 0}
      - ordered: {customer: borys, at: 2026-01-05 12:00, lines: [{product: LENS, price: 60}, {product: CASE, price: 9}]}
      - ordered: {customer: celina, at: 2026-01-06 12:00, lines: [{product: LENS, price: 60}]}
      - ordered: {customer: celina, at: 2026-01-30 12:00, lines: [{product: CASE, price: 9}, {product: DROPS, price: 9}]}
      - ordered: {customer: anna, at: 2026-03-01 12:00, lines: [{product: LENS, price: 60}]}
    expect:
      - {at: 2026-01-15 12:00, send: gift, to: borys, text_has: "Kod EXAMPLE-0000. Inni: ."}
      - {at: 2026-01-16 12:00, send: gift, to: celina, text_has: "Inni: ."}
      - {at: 2026-02-09 12:00, send: gift, to: celina}
      - {at: 2026-03-11 12:00, send: gift, to: anna, subject: 15% do 25 marca 2026, text_has: "Kod EXAMPLE-0000. Inni: Etui."}
"""


def test_a_rule_test_reads_code_and_recommendations(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, {"rules/gift.yaml": RULE, "rules/tests/gift.yaml": TEST, "config.yaml": CONFIG})
    write(tmp_path / "templates", LETTER)
    named = {"--config": "config.yaml", "--rules": "rules", "--home": "home"}
    ended = main(["test", *(part for key, value in named.items() for part in (key, str(tmp_path / value)))])
    said = capsys.readouterr()
    assert "1 passed, 0 failed" in said.out, said.out + said.err
    assert ended == 0
