"""What a rule test gives of facts that the server makes itself stands in the store as what the server makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.delivery.context import context_of
from engine.rehearsal.run_tests import read_folder
from engine.rehearsal.simulate import simulate
from engine.rulebook.load import load_rulebook
from engine.store import Store
from models import Event, Message
from tests.rehearsal.played import CONFIG, VOCABULARY, played

RULES = """
- {rule: cheaper, when: {price_dropped: {percent: ">= 10"}}, send: plain, note: n}
- {rule: back, when: {back_in_stock: any}, send: plain, note: n}
"""
SEEN = """
      - product: {id: LENS, name: Lenses, category: optics, brand: Acuvue, price: 40, stock: 0}
      - viewed: {customer: anna, at: 2026-03-01 12:00, product: LENS}
"""
BY_THE_SHOP = "      - product: {id: LENS, price: 30, stock: 5, at: 2026-03-02 12:00}"
BY_THE_TEST = """
      - price_dropped: {customer: anna, at: 2026-03-02 12:00, product: LENS, price: 30, percent: 25}
      - back_in_stock: {customer: anna, at: 2026-03-02 12:00, product: LENS, price: 30}
"""
EXPECT = """
    until: 2026-03-03
    expect:
      - {at: 2026-03-02 12:00, send: cheaper, to: anna}
      - {at: 2026-03-02 12:00, send: back, to: anna}
"""


def test_a_given_offer_is_kept_and_shown_as_what_the_shop_says_of_a_product(
    tmp_path: Path, store: Store
) -> None:
    named = {"by the shop": BY_THE_SHOP, "by the test": BY_THE_TEST}
    tests = "".join(f"  - test: {name}\n    given:{SEEN}{said}{EXPECT}" for name, said in named.items())
    book, verdicts = played(tmp_path, rules=RULES, tests=f"policy: none\ntests:\n{tests}")
    assert [verdict.passed for verdict in verdicts] == [True, True]
    kept = []
    for case in read_folder(tmp_path / "rules", CONFIG, book, VOCABULARY)[0]:
        with store.use(), store.transaction() as transaction:
            simulate(case, CONFIG, book, store=store)
            kept.append((rows(), shown()))
            transaction.rollback()
    (facts, mails), given = kept[0], kept[1]
    assert [fact["percent"] for fact in facts] == [None, 25.0]
    assert [(str(product["price"]), str(product["lowest_30_days"])) for product in mails] == [
        ("30.00", "40.00")
    ] * 2
    assert given == (facts, mails)


def rows() -> list[dict[str, Any]]:
    """Lists the facts about offers, but for the numbers of their rows."""
    found = Event.select().where(Event.kind.in_(["price_dropped", "back_in_stock"])).order_by(Event.kind)
    left_out = {"id", "shop", "customer", "external_id", "properties"}
    return [
        {key: value for key, value in row.__data__.items() if key not in left_out}
        | {"percent": row.properties.get("percent"), "whose": row.customer.external_id}
        for row in found
    ]


def shown() -> list[dict[str, Any]]:
    """Lists the products that the mails are about, as a template gets them."""
    mails = Message.select().order_by(Message.rule)
    products = [context_of(mail, CONFIG, mail.decided_at).variables["products"] for mail in mails]
    return [product for (product,) in products]


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ("price_dropped: {customer: anna, at: 2026-03-02}", "price_dropped needs product"),
        ("back_in_stock: {customer: anna, at: 2026-03-02, product: A, percent: 5}", "unknown key 'percent'"),
        ("price_dropped: {customer: anna, at: 2026-03-02, product: A, percent: much}", "percent takes per cent"),
        ("bought: {customer: anna, at: 2026-03-02, product: A, prise: 5}", "unknown key 'prise'; did you mean 'price'?"),
        ("bought: {product: A, at: 2026-03-02}", "bought needs customer"),
        ("runs_out: {customer: anna, at: 2026-03-02}", "runs_out cannot be given: give the product how long it lasts, as "
         "lasts: 30 days, and a purchase that long before"),
        ("birthday: {customer: anna, at: 2026-03-02}", "birthday cannot be given: give the customer a birthday"),
        ("anniversary: {customer: anna, at: 2026-03-02}", "anniversary cannot be given: give the first order"),
    ],
)  # fmt: skip
def test_what_no_server_would_make_is_refused_with_a_remedy(tmp_path: Path, item: str, said: str) -> None:
    root = tmp_path / "rules"
    (root / "tests").mkdir(parents=True)
    (root / "rules.yaml").write_text(RULES, "utf-8")
    (root / "tests" / "all.yaml").write_text(
        f"tests: [{{test: t, given: [{{{item}}}], expect: []}}]", "utf-8"
    )
    _, problems = read_folder(root, CONFIG, load_rulebook(root, VOCABULARY), VOCABULARY)
    assert [said in str(problem) for problem in problems] == [True]


@pytest.mark.parametrize("kind", ["was_sent", "clicked", "price_dropped"])
def test_a_fact_of_somebody_who_comes_later_fails_with_its_place(tmp_path: Path, kind: str) -> None:
    about = "product: A" if kind == "price_dropped" else "rule: back"
    given = f"[{kind}: {{customer: anna, at: 2026-03-02, {about}}}, customer: {{id: anna, signed_up: 2026-04-01}}]"
    tests = f"policy: none\ntests: [{{test: t, given: {given}, expect: []}}]"
    _, (verdict,) = played(tmp_path, rules=RULES, tests=tests)
    assert "rules/tests/all.yaml:2:" in str(verdict.error)
    assert f"anna is not known by then; let them sign up before {kind}" in str(verdict.error)
