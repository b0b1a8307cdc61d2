"""A folder of files: what is read, under which name, and how little one mistake takes with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import RulebookError
from engine.rulebook.goods import named_goods
from engine.rulebook.load import load_rulebook, load_text
from tests.rulebook.words import SERVER, complaints, load

SOUND = "- rule: thanks\n  when: {ordered: any}\n  send: thank-you\n"
BROKEN = {
    "a misspelt fact": "- rule: broken\n  when: {orderd: any}\n  send: win-back\n",
    "a quote that is never closed": '- rule: broken\n  title: "Come back\n  when: {ordered: any}\n  send: win-back\n',
    "an unclosed brace": "- rule: broken\n  when: {ordered: any\n  send: win-back\n",
    "a tab": "- rule: broken\n\twhen: {ordered: any}\n  send: win-back\n",
    "an anchor": "- rule: broken\n  when: &w {ordered: any}\n  send: win-back\n",
    "a key twice": "- rule: broken\n  when: {ordered: any}\n  send: win-back\n  send: plain\n",
    "a nest without end": f"- rule: broken\n  when: {'[' * 50}{']' * 50}\n  send: win-back\n",
}


def folder(path: Path, **files: str) -> Path:
    for name, text in files.items():
        file = path / name.replace("__", "/").replace("_yaml", ".yaml").replace("_yml", ".yml")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("mistake", BROKEN)
@pytest.mark.parametrize("first", [True, False])
def test_one_broken_rule_leaves_its_neighbours_running(mistake: str, first: bool) -> None:
    other = SOUND.replace("thanks", "refill")
    pieces = [BROKEN[mistake], SOUND, other] if first else [SOUND, other, BROKEN[mistake]]
    found = load("".join(pieces))
    assert (sorted(found.rules), found.broken) == (["refill", "thanks"], ("broken",))
    assert {problem.rule for problem in found.errors} == {"broken"}


def test_a_broken_rule_is_still_a_name_that_others_may_use() -> None:
    text = (
        BROKEN["an unclosed brace"] + "- rule: after\n  when: {was_sent: {rule: broken}}\n  send: win-back\n"
    )
    policy = "groups:\n  - {group: both, rules: [broken, after], at_most: 1 per 3 days}\n"
    found = load(text, policy=policy)
    assert (sorted(found.rules), found.broken, found.policy_broken) == (["after"], ("broken",), False)


def test_a_file_that_cannot_be_cut_names_its_rules_as_broken() -> None:
    found = load("{rule: thanks, when: {ordered: any}, send: thank-you\n")
    assert (dict(found.rules), found.broken) == ({}, ("thanks",))


def test_of_two_rules_with_one_id_neither_runs() -> None:
    found = load_text({"rules/a.yaml": SOUND, "rules/b.yaml": "\n" + SOUND}, SERVER)
    assert (dict(found.rules), found.broken) == ({}, ("thanks",))
    assert [str(problem) for problem in found.problems] == [
        "rules/b.yaml:2:3: the rule 'thanks' is already written at rules/a.yaml:1:3; give it another id"
    ]


def test_a_rule_that_asks_a_broken_segment_is_broken_too() -> None:
    text = SOUND.replace("  send", "  who: {not: {segment: vip}}\n  send")
    found = load(text, segments="vip: {ordres: 3}\nregulars: {orders: 3}\n")
    assert (found.broken, found.broken_segments, sorted(found.segments)) == (
        ("thanks",),
        ("vip",),
        ["regulars"],
    )
    assert "segment 'vip' cannot be used until it is mended, at rules/segments.yaml:1:1" in str(
        found.problems[0]
    )


def test_a_broken_policy_is_flagged_and_breaks_no_rule() -> None:
    found = load(SOUND, policy="caps:\n  - at_most: 0 per 3 days\n")
    assert (sorted(found.rules), found.policy_broken, found.policy.caps) == (["thanks"], True, ())


def test_without_files_everything_is_empty_and_sound() -> None:
    found = load("", segments="# none\n", policy="")
    assert (dict(found.rules), found.problems, found.policy_broken) == ({}, (), False)


def test_a_chain_of_a_thousand_segments_is_no_trouble() -> None:
    chain = "".join(f"s{n}: {{segment: s{n + 1}}}\n" for n in range(1000)) + "s1000: {orders: 3}\n"
    found = load(SOUND.replace("  send", "  who: {segment: s0}\n  send"), segments=chain)
    assert (len(found.segments), found.problems) == (1001, ())


def test_a_folder_is_read_to_the_bottom_but_for_its_tests(tmp_path: Path) -> None:
    root = folder(
        tmp_path / "shop rules",
        a_yaml=SOUND,
        optics__b_yml=SOUND.replace("thanks", "refill"),
        tests__c_yaml="tests: [{",
        notes_txt="nothing",
        segments_yaml="vip: {orders: 3}\n",
        policy_yaml="caps: [{at_most: 1 per 3 days}]\n",
    )
    (root / ".a.yaml.swp.yaml").write_text("- ]")
    found = load_rulebook(root, SERVER)
    assert sorted(found.rules) == ["refill", "thanks"]
    assert str(found.rules["refill"].place) == "shop rules/optics/b.yml:1:3"
    assert sorted(found.text) == [
        f"shop rules/{name}" for name in ("a.yaml", "optics/b.yml", "policy.yaml", "segments.yaml")
    ]
    assert (sorted(found.segments), len(found.policy.caps)) == (["vip"], 1)
    assert load_text(found.text, SERVER) == found


def test_a_file_that_is_not_utf_8_is_named_and_the_others_run(tmp_path: Path) -> None:
    root = folder(tmp_path / "rules", a_yaml=SOUND)
    (root / "b.yaml").write_bytes("- rule: x\n  title: Kraków\n".encode("iso-8859-2"))
    found = load_rulebook(root, SERVER)
    assert sorted(found.rules) == ["thanks"]
    assert [str(problem) for problem in found.problems] == [
        "rules/b.yaml:2:14: this is not UTF-8; save the file as UTF-8"
    ]


def test_a_folder_that_is_not_there_is_said_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(RulebookError, match="name the folder of the rules with --rules DIR"):
        load_rulebook(tmp_path / "none", SERVER)


def test_a_single_rule_may_stand_without_a_hyphen() -> None:
    assert sorted(load("rule: thanks\nwhen: {ordered: any}\nsend: thank-you\n").rules) == ["thanks"]


def test_every_mistake_of_a_rule_is_found_at_once() -> None:
    assert complaints(
        "- rule: a\n  when: {orderd: any}\n  at: 25:00\n  prio: 3\n  who: {gendre: f, orders: x}\n"
    ) == [
        "rules/rules.yaml:1:3: send is missing; write send: TEMPLATE",
        "rules/rules.yaml:2:10: unknown fact 'orderd' in when; did you mean 'ordered'?",
        "rules/rules.yaml:3:7: at takes a clock time from 00:00 to 23:59, not '25:00'",
        "rules/rules.yaml:4:3: unknown key 'prio'; did you mean 'priority'?",
        "rules/rules.yaml:5:9: unknown field or fact 'gendre'; did you mean 'gender'?",
        "rules/rules.yaml:5:28: orders takes a whole number from 0 up, not 'x'",
    ]


def test_goods_are_listed_with_where_they_are_named() -> None:
    found = load(
        "- rule: a\n  when: {bought: {category: optics}}\n  unless: {bought: {brand: [A, B]}}\n"
        "  who: {viewed: {product: '!= X'}}\n  send: win-back\n",
        segments="vip: {bought: {category: books}}\n",
    )
    assert [(good.kind, good.value, good.rule) for good in named_goods(found)] == [
        ("brand", "A", "a"),
        ("brand", "B", "a"),
        ("category", "books", None),
        ("category", "optics", "a"),
        ("product", "X", "a"),
    ]
