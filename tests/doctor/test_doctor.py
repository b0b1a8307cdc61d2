"""The doctor: what is well, what is wrong, and what to do about it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine.clock import HOUR, MINUTE, Clock
from engine.config import Config, Relay
from engine.doctor.clock import clock
from engine.doctor.finding import Finding
from engine.doctor.home import home
from engine.doctor.relay import relay
from engine.doctor.store import store as look
from engine.doctor.store import version
from engine.doctor.work import work
from engine.store import Store, open_store
from models import Cursor, RuleState, Setting, Source
from models.migrations import migrate
from tests.cli.desk import Desk, new_desk
from tests.consent.test_erasure import mailed
from tests.delivery.certificates import Authority
from tests.delivery.sink import Sink
from tests.intake.optica import CONFIG, NOW, Optica, the_customer
from tests.promise.manners.relay import Manner
from tests.promise.manners.relay import Relay as TlsRelay

SHIPPED = Path(__file__).parents[2]


def said(found: Iterator[Finding]) -> list[tuple[str, str]]:
    return [(finding.level, finding.about) for finding in found]


def a_home(folder: Path) -> Path:
    (folder / "secret.key").write_text("00")
    (folder / "secret.key").chmod(0o600)
    return folder


def test_a_home_in_order_is_said_to_be(tmp_path: Path) -> None:
    assert said(home(a_home(tmp_path)))[0] == ("ok", "home")


def test_a_secret_that_others_may_read_is_a_problem_with_its_command(tmp_path: Path) -> None:
    (a_home(tmp_path) / "secret.key").chmod(0o644)
    finding = next(home(tmp_path))
    assert (finding.level, finding.remedy) == ("problem", f"chmod 600 {tmp_path / 'secret.key'}")


@pytest.mark.parametrize(("free", "level"), [(10**8, "problem"), (10**9, "warning"), (10**11, "ok")])
def test_a_disk_is_judged_by_the_room_that_is_left(
    tmp_path: Path, free: int, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Usage(NamedTuple):
        free: int

    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(free))
    assert said(home(a_home(tmp_path)))[-1] == (level, "disk")


def test_a_store_in_order_keeps_no_trace_of_the_probe(store: Store) -> None:
    levels = [finding.level for finding in look(store, Clock().now) if "fsync" not in finding.said]
    assert set(levels) == {"ok"}
    assert Setting.select().where(Setting.name.contains("probe")).count() == 0


def test_a_database_that_may_forget_is_a_problem_and_so_is_a_clock_that_differs(postgresql_url: str) -> None:
    found = open_store(postgresql_url)
    with found.use():
        _, kept, clock = look(found, lambda: Clock().now() + MINUTE)
        assert (kept.level, kept.remedy) == (
            "problem",
            "set fsync = on in postgresql.conf",
        )  # the tests' own runs so
        assert (clock.level, clock.said) == ("warning", "this machine and the database differ by 60 s")
    found.close()


def test_a_store_that_is_behind_is_told_to_migrate(tmp_path: Path) -> None:
    found = open_store(f"sqlite:///{tmp_path / 'old.db'}")
    with found.use():
        finding = version(found)
        assert finding is not None
        assert (finding.level, finding.remedy) == ("problem", "run server.py migrate")
        migrate(found.database)
        assert version(found) is None
    found.close()


def config_with(**settings: Any) -> Config:
    return CONFIG.model_copy(update={"relay": Relay(timeout_seconds=5, **settings)})


def test_a_relay_on_this_machine_is_greeted_and_gets_no_mail() -> None:
    with Sink() as sink:
        found = list(relay(config_with(host="127.0.0.1", port=sink.port), NOW))
        assert [finding.level for finding in found] == ["note", "note", "ok"]
        assert "this machine" in found[0].said
        assert "not PIPELINING, SIZE, 8BITMIME, SMTPUTF8: sending is slower" in found[1].said
        assert "it takes mail from" in found[2].said
        assert (sink.begun, sink.accepted) == (0, [])


def test_what_a_relay_offers_is_told_and_a_small_limit_is_worth_a_word() -> None:
    offers = "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 50000"
    with Sink(ehlo=offers) as sink:
        found = list(relay(config_with(host="127.0.0.1", port=sink.port), NOW))
    assert ("ok", "it offers PIPELINING, SIZE, 8BITMIME, SMTPUTF8") in [
        (each.level, each.said) for each in found
    ]
    assert ("warning", "it takes mails of 50000 bytes at most") in [(each.level, each.said) for each in found]


def test_a_relay_that_will_not_send_for_our_address_is_a_problem_before_the_first_mail() -> None:
    with Sink(mail="553 5.7.1 sender address rejected: not owned by user") as sink:
        found = list(relay(config_with(host="127.0.0.1", port=sink.port), NOW))
        assert (sink.begun, sink.accepted) == (0, [])
    [finding] = [each for each in found if each.level == "problem"]
    assert CONFIG.shops[0].sender.address in finding.said
    assert "553" in finding.said


@pytest.mark.parametrize(("days", "level"), [(90, "ok"), (5, "warning")])
def test_a_certificate_is_tested_and_one_that_ends_soon_is_worth_a_word(
    tmp_path: Path, days: int, level: str
) -> None:
    authority = Authority(tmp_path)
    with TlsRelay(Manner(offers=("STARTTLS",)), authority.relay("127.0.0.1", timedelta(days=days))) as server:
        settings = {"host": "127.0.0.1", "port": server.port, "ca_file": str(authority.file)}
        [way, *_] = relay(config_with(**settings), Clock().now())
        assert (way.level, "TLS" in way.said or "ends in" in way.said) == (level, True)
        strange = config_with(host="127.0.0.1", port=server.port)
        [refused] = relay(strange, Clock().now())
    assert (refused.level, bool(refused.remedy)) == ("problem", True)


def test_a_clock_that_nobody_keeps_is_told_with_what_keeps_it() -> None:
    assert said(clock(lambda: True)) == [("ok", "clock")]
    assert said(clock(lambda: None)) == [("note", "clock")]
    [finding] = clock(lambda: False)
    assert (finding.level, "timedatectl set-ntp true" in finding.remedy) == ("warning", True)
    assert len(list(clock())) == 1


def test_a_relay_that_is_away_or_unfriendly_is_a_problem() -> None:
    with Sink() as sink:
        port = sink.port
    [away] = relay(config_with(host="127.0.0.1", port=port), NOW)
    assert (away.level, f"127.0.0.1:{port} does not take us" in away.said) == ("problem", True)
    with Sink(greeting="554 go away") as sink:
        [refused] = relay(config_with(host="127.0.0.1", port=sink.port), NOW)
    assert (refused.level, "554" in refused.said or "go away" in refused.said) == ("problem", True)
    [open_way] = relay(config_with(host="192.0.2.1", tls="none"), NOW)
    assert (open_way.level, open_way.remedy) == ("problem", "mend config.yaml")


def test_without_a_relay_it_is_said_where_mail_ends() -> None:
    assert said(relay(CONFIG, NOW)) == [("note", "relay")]
    public = CONFIG.model_copy(update={"public_url": "https://optica.pl"})
    assert said(relay(public, NOW)) == [("warning", "relay")]


def test_what_ticks_and_mails_have_left_is_told_with_what_to_do(store: Store, tmp_path: Path) -> None:
    optica = Optica(store)
    optica.customers({"id": "anna", "email": "anna@example.com"})
    Cursor.insert(shop=optica.row.id, ticked_at=NOW - HOUR).on_conflict(
        conflict_target=[Cursor.shop], update={"ticked_at": NOW - HOUR}
    ).execute()
    RuleState.create(
        shop=optica.row.id,
        rule="refill",
        digest="d",
        since_at=1,
        health="broken",
        error="rules/x.yaml:1:1: odd",
    )
    mailed(optica, the_customer("anna"), "queued")
    found = list(work(CONFIG, SHIPPED / "rules", SHIPPED / "templates", NOW))
    problems = {finding.about: finding for finding in found if finding.level == "problem"}
    assert set(problems) == {"rules", "clock", "mail"}
    assert "refill is broken: rules/x.yaml:1:1: odd" in problems["rules"].said
    assert all(finding.remedy for finding in problems.values())


def test_each_source_says_when_it_was_last_heard_of_and_what_was_wrong_last(
    store: Store, tmp_path: Path
) -> None:
    shop = Optica(store).row.id
    Source.create(
        shop=shop, name="shopify", last_at=NOW, error="/id: an id is expected here", error_at=NOW - HOUR
    )
    Source.create(
        shop=shop, name="woocommerce", last_at=NOW - HOUR, error="the signature is not right", error_at=NOW
    )
    (tmp_path / "rules").mkdir()
    found = [f for f in work(CONFIG, tmp_path / "rules", tmp_path / "templates", NOW) if f.about == "source"]
    assert [(f.level, f.said[:34]) for f in found] == [
        ("ok", "shopify of optica was last heard o"), ("warning", "woocommerce of optica was refused "),
    ]  # fmt: skip


def test_a_letter_that_cannot_be_made_is_a_problem(store: Store, tmp_path: Path) -> None:
    Optica(store)
    letter = tmp_path / "templates" / "email" / "hello" / "pl"
    letter.mkdir(parents=True)
    (letter / "subject.txt").write_text("{{ nope }}")
    (letter / "body.mjml").write_text("<mj-section></mj-section>")
    (tmp_path / "rules").mkdir()
    found = [
        f for f in work(CONFIG, tmp_path / "rules", tmp_path / "templates", NOW) if f.about == "templates"
    ]
    assert [(f.level, "nope" in f.said) for f in found] == [("problem", True)]


@pytest.fixture
def desk(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    return new_desk(tmp_path, database_url, capsys)


def test_the_command_says_all_of_it_and_exits_by_it(desk: Desk) -> None:
    desk.done("tick")
    code, out, _ = desk.call("doctor", "--json")
    wrong = [finding["said"] for finding in json.loads(out) if finding["level"] == "problem"]
    assert [said for said in wrong if "fsync=off" not in said] == []  # as the tests' PostgreSQL runs
    assert code == (1 if wrong else 0)
    with (desk.folder / "config.yaml").open("a") as file:
        file.write(
            "\npublic_url: http://shop.example\nrelay: {host: 127.0.0.1, port: 1, timeout_seconds: 2}\n"
        )
    code, out, _ = desk.call("doctor")
    assert code == 1
    assert "one-click unsubscribing over https alone" in out
    assert "127.0.0.1:1 does not take us" in out
