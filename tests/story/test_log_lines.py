"""A whole story's log: every change is in it, and nobody by name."""

from __future__ import annotations

import re
import subprocess

from tests.story.served import Served
from tests.waiting import until

PERSON = {
    "last_name": "Wyszyńska-Kornaś",
    "city": "Szczebrzeszyn",
    "phone": "+48600100200",
    "gender": "female",
}
SECRETS = (
    "anastazja",
    "celina",
    "bogumił",
    "wyszyńska",
    "kornaś",
    "szczebrzeszyn",
    "600100200",
    "example.com",
    "@",
)
RULE = "\n- {rule: later, title: Later, when: {ordered: any, after: 20 days}, send: plain, note: Later}\n"


def told(log: str, event: str) -> bool:
    return re.search(rf"\] {re.escape(event)}\b", log) is not None


def test_every_change_of_a_story_is_in_the_log_and_nobody_by_name(small_regulars: Served) -> None:
    regulars = small_regulars
    said = [_story(regulars)]
    assert regulars.stop() == 0
    log = regulars.log.read_text("utf-8") + "".join(said)
    events = [
        "role_started", "rules new", "rule new", "rule broken", "rule sound again", "mail queued", "mail claimed",
        "relay_reached", "mail sending", "mail sent", "rule paused", "rule resumed", "mail cancelled", "role_ended",
    ]  # fmt: skip
    assert [event for event in events if not told(log, event)] == []
    low = log.lower()
    assert {secret: low.count(secret) for secret in SECRETS if secret in low} == {}


def _story(regulars: Served) -> str:
    """Anastazja orders and is mailed, marketing waits, she unsubscribes and is erased; a rule breaks and is mended."""
    assert regulars.order("7001", "Anastazja", consent=True, **PERSON) == 201
    until(lambda: len(regulars.mails_to("Anastazja")) == 2)
    said = _stderr(regulars, "pause", "offer") + _stderr(regulars, "resume", "offer")
    said += _stderr(regulars, "pause", "marketing")
    assert regulars.order("7002", "Anastazja", consent=True, **PERSON) == 201
    assert regulars.order("7003", "Bogumiła", email="bogumila@example.com", consent=True, **PERSON) == 201
    until(lambda: len(regulars.mails_to("Anastazja")) == 3)
    link = next(
        h["List-Unsubscribe"]
        for mail in regulars.mails_to("Anastazja")
        if "List-Unsubscribe" in (h := mail["headers"])
    )
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    path = link.split(">")[0].strip("<").removeprefix(regulars.url)
    assert regulars.post(path, b"List-Unsubscribe=One-Click", **form)[0] == 200
    rules = regulars.rules / "orders.yaml"
    whole = rules.read_text("utf-8")
    for number, (text, event) in enumerate({
        RULE: "rule new", RULE.replace("20 days", "20 fortnights"): "rule broken", f"{RULE} ": "rule sound again",
    }.items()):  # fmt: skip
        rules.write_text(whole + text, "utf-8")
        assert regulars.order(f"800{number}", "Celina") == 201  # wakes the clock, which looks at the files
        until(lambda event=event: event in regulars.log.read_text("utf-8"), 90)
    return said + _stderr(regulars, "erase", "bogumiła", "--yes")


def _stderr(regulars: Served, *words: str) -> str:
    done = subprocess.run(regulars.command(*words), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr
