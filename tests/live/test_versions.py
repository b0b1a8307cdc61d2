"""Which rules count where several processes share a store: the newest published, whatever a folder says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from engine.clock import HOUR, MINUTE, SECOND
from engine.config import Rules
from engine.errors import RulebookError
from engine.rulebook.load import load_rulebook
from engine.rulebook.versions import again, changed_files, newest, publications, publish, write_back
from models import Publication, RulebookVersion
from tests.live.conftest import House

NOON = 1_767_265_200 * SECOND
ONE = "- {rule: one, when: {ordered: any, after: 1 hour}, send: plain}\n"
TWO = "- {rule: two, when: {ordered: any, after: 1 hour}, send: plain}\n"
Open = Callable[[str, int], House]


def acting(home: House, at: int) -> list[str]:
    home.tick(at)
    return sorted(home.live.rulebook.rules)


def node(home: House, folder: Path, text: str) -> House:
    """Another machine on the same store, whose folder says something else."""
    folder.mkdir()
    other = replace(home, rules=folder)
    other.config = home.config.model_copy(update={"rules": Rules(publish="by_hand")})
    other.write(text)
    return other


def test_by_hand_every_node_follows_what_was_published_last_and_not_its_folder(
    house: Open, tmp_path: Path
) -> None:
    first = house(ONE, NOON)
    second = node(first, tmp_path / "second", TWO)
    third = node(first, tmp_path / "third", TWO)
    assert acting(second, NOON + MINUTE) == acting(third, NOON + MINUTE) == ["one"]
    publish(load_rulebook(second.rules, second.live.vocabulary()), NOON + MINUTE, "jolanta")
    assert acting(second, NOON + 2 * MINUTE) == acting(third, NOON + 2 * MINUTE) == ["two"]


def test_a_running_clock_takes_a_version_that_somebody_else_has_published_again(house: Open) -> None:
    home = house(ONE, NOON)
    old = newest()
    assert old is not None
    home.write(TWO)
    assert acting(home, NOON + MINUTE) == ["two"]
    again(old.digest, NOON + MINUTE, "piotr")
    assert acting(home, NOON + 2 * MINUTE) == ["one"]  # its folder has not changed, so it does not win
    home.order(1, "anna", NOON + 2 * MINUTE)
    home.tick(NOON + 2 * HOUR)
    assert [rule for rule, _, _ in home.sent()] == ["one"]


def test_going_back_to_an_old_text_is_a_publication_of_its_own(house: Open) -> None:
    home = house(ONE, NOON)
    for minute, text in enumerate((TWO, ONE), 1):
        home.write(text)
        home.tick(NOON + minute * MINUTE)
    assert RulebookVersion.select().count() == 2
    assert [row.published_at for row in publications()] == [NOON + n * MINUTE for n in (2, 1, 0)]


def test_a_rule_that_breaks_falls_back_on_the_text_that_counted_last(house: Open) -> None:
    home = house(ONE, NOON)
    for minute, text in enumerate((ONE.replace("1 hour", "2 hours"), ONE, ONE.replace("when", "wen")), 1):
        home.write(text)
        home.tick(NOON + minute * MINUTE)
    trigger = home.live.rulebook.rules["one"].trigger
    assert str(getattr(trigger, "delay", None)) in ("1 hour", "1 hours")


def test_a_folder_that_has_not_changed_is_published_once(house: Open) -> None:
    home = house(ONE, NOON)
    for minute in range(3):
        home.tick(NOON + minute * MINUTE)
    home.live.seen = ()  # as a process that starts again
    home.tick(NOON + HOUR)
    assert Publication.select().count() == 1


def test_files_are_put_back_as_they_were_and_what_is_no_rule_file_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    (folder / "tests").mkdir(parents=True)
    (folder / "tests" / "one.yaml").write_text("tests: []\n", "utf-8")
    (folder / "new.yaml").write_text(TWO, "utf-8")
    wanted = {"rules/one.yaml": ONE, "rules/more/two.yaml": TWO.replace("\n", "\r\n")}
    changes = write_back(folder, {"rules/new.yaml": TWO}, wanted)
    assert changes == [("rules/more/two.yaml", "new"), ("rules/new.yaml", "gone"), ("rules/one.yaml", "new")]
    assert (folder / "more" / "two.yaml").read_bytes().endswith(b"\r\n")
    names = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert names == {"more/two.yaml", "one.yaml", "tests/one.yaml"}


@pytest.mark.parametrize("name", ["rules/../../etc/cron.yaml", "one.yaml"])
def test_no_version_can_write_beside_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(RulebookError):
        write_back(tmp_path, {}, {name: ONE})
    assert list(tmp_path.iterdir()) == []


def test_files_that_differ_are_named_with_how(tmp_path: Path) -> None:
    before, after = {"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "4", "d": "5"}
    assert changed_files(before, after) == [("b", "changed"), ("c", "gone"), ("d", "new")]
