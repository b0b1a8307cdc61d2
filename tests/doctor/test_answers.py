"""DNS answers, out of a file and from a real name server."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.doctor import answers as reading
from engine.doctor.answers import DnsAway, Given, asked, given, reverse
from engine.errors import UsageError
from tests.doctor.nameserver import NameServer

DIG = """
; <<>> DiG 9.18 <<>> TXT optica.pl
;; ANSWER SECTION:
optica.pl.\t\t3600\tIN\tTXT\t"v=spf1 mx " "-all"
optica.pl.\t\t3600\tIN\tMX\t10 mx.optica.pl.
mail.optica.pl. 3600 IN CNAME optica.pl.
s._domainkey.optica.pl. IN TXT ( "v=DKIM1; "
                                 "p=abc" )
7.113.0.203.in-addr.arpa. IN PTR relay.optica.pl.
;; Query time: 12 msec
"""
ZONE = 'optica.pl. 300 IN TXT "v=spf1 " "-all"\noptica.pl. 300 IN MX 5 mx.optica.pl.\nmx.optica.pl. 300 IN A 203.0.113.7'


def test_what_dig_prints_and_what_zones_hold_can_be_given() -> None:
    found = Given(DIG)
    assert found.ask("OPTICA.pl.", "TXT") == ["v=spf1 mx -all"]
    assert found.ask("mail.optica.pl", "MX") == ["mx.optica.pl"]
    assert found.ask("s._domainkey.optica.pl", "TXT") == ["v=DKIM1; p=abc"]
    assert found.ask(reverse("203.0.113.7"), "PTR") == ["relay.optica.pl"]
    assert found.ask("nobody.pl", "TXT") == []


@pytest.mark.parametrize(
    "text", ["hello world", "optica.pl. IN A 1.2.3", 'a. IN TXT "open', "x" * 300 + ". A 1.2.3.4"]
)
def test_a_line_that_is_no_record_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "dns").write_text(f"\n{text}\n")
    with pytest.raises(UsageError, match="cannot be read as DNS answers") as told:
        given(tmp_path / "dns")
    assert "as dig prints them" in str(told.value)


def test_bytes_that_are_no_text_and_a_file_that_is_not_there_are_said_so(tmp_path: Path) -> None:
    (tmp_path / "dns").write_bytes(b"\xff\xfe\x00")
    for name in ("dns", "other"):
        with pytest.raises(UsageError):
            given(tmp_path / name)


def test_a_name_server_is_asked_and_what_is_not_there_is_an_empty_list() -> None:
    with NameServer(ZONE) as server:
        found = asked(f"127.0.0.1:{server.port}")
        assert found.ask("optica.pl", "TXT") == ["v=spf1 -all"]
        assert found.ask("optica.pl", "MX") == ["mx.optica.pl"]
        assert found.ask("optica.pl", "AAAA") == []
        assert found.ask("nobody.pl", "TXT") == []
        assert found.ask("a" * 70 + ".pl", "TXT") == []


def test_a_server_that_is_silent_is_waited_for_once_and_a_broken_one_is_no_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "PATIENCE", 0.2)
    with NameServer("", silent=True) as server:
        found = asked(f"127.0.0.1:{server.port}")
        for name in ("one.pl", "two.pl", "three.pl"):
            with pytest.raises(DnsAway):
                found.ask(name, "TXT")
        questions = server.asked
    assert questions <= 3
    with NameServer("", broken=True) as server, pytest.raises(DnsAway):
        asked(f"127.0.0.1:{server.port}").ask("one.pl", "TXT")


def test_what_is_no_address_of_a_server_is_said_so() -> None:
    with pytest.raises(UsageError, match="no address of a name server"):
        asked("dns.example")
