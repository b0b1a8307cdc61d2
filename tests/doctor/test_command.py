"""`doctor` on the command line: where its answers come from, how it speaks, and the probe from sending to verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.desk import Desk, new_desk
from tests.delivery.sink import Sink
from tests.doctor.nameserver import NameServer
from tests.doctor.probes import TOP, arrived, signed, unsigned, zone

MORE = "public_url: https://r.optica.pl\nrelay: {host: 127.0.0.1, port: %d, timeout_seconds: 5}\n"


@pytest.fixture
def desk(tmp_path: Path, sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    desk = new_desk(tmp_path, sqlite_url, capsys)
    desk.done("tick")
    config = (tmp_path / "config.yaml").read_text().replace("sklep@optyk.example", "sklep@news.optica.pl")
    (tmp_path / "config.yaml").write_text(config)
    (tmp_path / "dns").write_text(zone(**{"news.optica.pl MX": "10 mx.optica.pl."}))
    (tmp_path / "mail").write_bytes(arrived())
    return desk


def say(desk: Desk, *words: str) -> tuple[int, list[dict[str, Any]]]:
    code, out, err = desk.call("doctor", "--format", "json", *words)
    assert err == ""
    return code, json.loads(out)


def about(found: list[dict[str, Any]], *names: str) -> list[tuple[str, str]]:
    return [(each["level"], each["about"]) for each in found if each["about"] in names]


def test_a_probe_from_a_file_is_judged_by_the_answers_of_a_file(desk: Desk) -> None:
    code, found = say(desk, "--dns", str(desk.folder / "dns"), "--probe", str(desk.folder / "mail"))
    assert about(found, "spf", "dkim", "dmarc", "probe", "dns") == [
        ("ok", "spf"), ("ok", "dmarc"), ("ok", "dns"), ("ok", "probe"), ("ok", "dkim"), ("ok", "dkim"), ("ok", "spf"),
        ("ok", "dmarc"),
    ]  # fmt: skip
    assert code == 0, [each for each in found if each["level"] == "problem"]


def test_a_probe_that_fails_ends_with_1_and_says_what_to_add(desk: Desk) -> None:
    (desk.folder / "mail").write_bytes(arrived(unsigned(), TOP.replace("203.0.113.7", "198.51.100.7")))
    code, out, _ = desk.call(
        "doctor", "--dns", str(desk.folder / "dns"), "--probe", str(desk.folder / "mail")
    )
    assert code == 1
    assert 'change it to news.optica.pl. IN TXT "v=spf1 ip4:203.0.113.0/24 ip4:198.51.100.7 -all"' in out
    assert "nobody has signed it" in out


def test_the_same_is_judged_by_what_a_name_server_answers(desk: Desk) -> None:
    with NameServer(zone(**{"news.optica.pl MX": "10 mx.optica.pl."})) as server:
        code, found = say(
            desk, "--nameserver", f"127.0.0.1:{server.port}", "--probe", str(desk.folder / "mail")
        )
        assert server.asked > 4
    assert code == 0
    assert {each["level"] for each in found if each["about"] in ("spf", "dkim", "dmarc", "probe")} == {"ok"}


def test_a_probe_goes_through_the_relay_and_what_arrives_can_be_judged(desk: Desk) -> None:
    with Sink() as sink:
        with (desk.folder / "config.yaml").open("a") as config:
            config.write(MORE % sink.port)
        code, [finding] = say(desk, "--send-probe", "anna@mailbox.example")
        assert (code, finding["level"]) == (0, "ok")
        [mail] = sink.accepted
    (desk.folder / "mail").write_bytes(arrived(signed(mail)))
    code, found = say(desk, "--dns", str(desk.folder / "dns"), "--probe", str(desk.folder / "mail"))
    assert {each["level"] for each in found if each["about"] in ("spf", "dkim", "dmarc", "probe")} == {"ok"}


def test_a_probe_that_the_relay_refuses_says_its_words(desk: Desk) -> None:
    with Sink(rcpt="550 5.7.1 not here") as sink:
        with (desk.folder / "config.yaml").open("a") as config:
            config.write(MORE % sink.port)
        code, _, err = desk.call("doctor", "--send-probe", "anna@mailbox.example")
    assert (code, "550 5.7.1 not here" in err) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ["--dns", "nowhere"], ["--probe", "nowhere"], ["--nameserver", "x:y:z:1"], ["--send-probe", "anna"],
        ["--send-probe", "anna@mailbox.example"],
    ],
)  # fmt: skip
def test_what_cannot_be_used_as_called_ends_with_2(desk: Desk, words: list[str]) -> None:
    code, _, err = desk.call("doctor", *words)
    assert code == 2
    assert err.startswith("error: ")


def test_without_a_relay_or_answers_the_dns_is_left_alone(desk: Desk) -> None:
    code, found = say(desk)
    assert about(found, "spf", "dkim", "dmarc", "dns") == []
    assert code == 0


def test_json_and_format_json_are_the_same(desk: Desk) -> None:
    first, second = desk.call("doctor", "--json")[1], desk.call("doctor", "--format", "json")[1]
    assert [each["about"] for each in json.loads(first)] == [each["about"] for each in json.loads(second)]
