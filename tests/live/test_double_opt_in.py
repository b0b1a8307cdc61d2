"""From an order with a box that was ticked to the mail that asks, through the clock that serves."""

from __future__ import annotations

from pathlib import Path

from engine.clock import DAY, HOUR, MINUTE
from engine.config import read_config
from engine.live import Live
from engine.store import Store
from models import Message
from tests.live.conftest import House, new_house
from tests.rehearsal.explaining.home import START

RULES = """
- {rule: thanks, when: {ordered: any}, purpose: transactional, send: plain}
- {rule: hello, when: {consented: any}, send: plain}
"""


def careful_house(store: Store, folder: Path) -> House:
    house = new_house(store, folder, RULES, START)
    shop = house.config.shops[0].model_dump()
    house.config = read_config({"shops": [shop | {"consent": {"double_opt_in": ["marketing"]}}]})
    house.live = Live(house)
    house.tick(START + MINUTE)
    return house


def test_the_tick_that_learns_of_a_consent_asks_once_and_no_rule_takes_it_for_one(
    store: Store, tmp_path: Path
) -> None:
    house = careful_house(store, tmp_path)
    house.order(1, "anna", START + HOUR)
    assert house.tick(START + HOUR).messages == 2
    assert {rule for rule, _, _ in house.sent()} == {"thanks", "double-opt-in"}
    house.tick(START + HOUR + MINUTE)
    house.order(2, "anna", START + DAY)
    house.tick(START + DAY)
    assert [rule for rule, _, _ in house.sent()].count("double-opt-in") == 1
    assert Message.select().where(Message.rule == "hello").count() == 0
