"""The sender's domains before a single mail was sent: each finding comes with the record that mends it."""

from __future__ import annotations

import pytest

from engine.doctor.answers import DnsAway, Given
from engine.doctor.domains import domains
from engine.doctor.finding import Finding
from tests.doctor.probes import CONFIG

WELL = """
news.optica.pl. IN TXT "v=spf1 include:_spf.relay.pl -all"
_spf.relay.pl. IN TXT "v=spf1 ip4:203.0.113.7 -all"
_dmarc.optica.pl. IN TXT "v=DMARC1; p=none; rua=mailto:dmarc@optica.pl"
news.optica.pl. IN MX 10 mx.optica.pl.
"""


def found_in(zone: str) -> list[Finding]:
    return list(domains(CONFIG, Given(zone), True))


def by_about(found: list[Finding]) -> dict[str, Finding]:
    return {each.about: each for each in found}


def test_a_domain_in_order_is_said_to_be_and_signatures_need_a_mail() -> None:
    found = by_about(found_in(WELL))
    assert {about: each.level for about, each in found.items()} == {
        "spf": "ok",
        "dmarc": "ok",
        "dns": "ok",
        "dkim": "note",
    }
    assert "--send-probe" in found["dkim"].remedy


def test_a_bare_domain_gets_three_records_to_add() -> None:
    found = by_about(found_in(""))
    remedies = [found[about].remedy for about in ("spf", "dmarc", "dns")]
    assert [found[about].level for about in ("spf", "dmarc", "dns")] == ["problem"] * 3
    assert remedies[0].startswith('add news.optica.pl. IN TXT "v=spf1 ')
    assert remedies[1].startswith('add _dmarc.news.optica.pl. IN TXT "v=DMARC1; p=none; rua=')
    assert remedies[2] == "add news.optica.pl. IN MX 10 mail.news.optica.pl."


@pytest.mark.parametrize(
    ("old", "new", "level", "words"),
    [
        ("-all", "+all", "problem", "lets every machine send"),
        ("include:_spf.relay.pl -all", "include:_spf.relay.pl", "warning", "says nothing of strangers"),
        ("include:_spf.relay.pl", "include:_spf.gone.pl", "problem", "has no SPF record"),
        ("include:_spf.relay.pl", "ip4:x", "problem", "no network"),
    ],
)
def test_a_record_that_can_not_protect_is_told(old: str, new: str, level: str, words: str) -> None:
    finding = by_about(list(domains(CONFIG, Given(WELL.replace(old, new, 1)), True)))["spf"]
    assert (finding.level, words in finding.said) == (level, True)


@pytest.mark.parametrize(
    ("record", "level", "words"),
    [
        ('TXT "v=DMARC1; p=none"', "note", "nobody gets its reports"),
        ('TXT "v=DMARC1; p=maybe; rua=mailto:x@optica.pl"', "problem", "'maybe'"),
        ('TXT "hello"', "problem", "no DMARC record"),
        ('TXT "v=DMARC1; p=none"\n_dmarc.news.optica.pl. IN TXT "v=DMARC1; p=none"\n'
         '_dmarc.news.optica.pl. IN TXT "v=DMARC1; p=reject"', "note", "nobody gets"),
    ],
)  # fmt: skip
def test_a_dmarc_record_is_read_as_receivers_read_it(record: str, level: str, words: str) -> None:
    zone = WELL.replace('TXT "v=DMARC1; p=none; rua=mailto:dmarc@optica.pl"', record)
    finding = by_about(list(domains(CONFIG, Given(zone), True)))["dmarc"]
    assert (finding.level, words in finding.said) == (level, True)


def test_a_domain_that_takes_no_mail_says_so() -> None:
    zone = WELL.replace("MX 10 mx.optica.pl.", "MX 0 .")
    assert "null MX" in by_about(list(domains(CONFIG, Given(zone), True)))["dns"].said


def test_silence_is_a_warning_that_says_how_to_give_the_answers() -> None:
    class Silent:
        def ask(self, name: str, kind: str) -> list[str]:
            raise DnsAway("no name server answers")

    [finding] = domains(CONFIG, Silent(), False)
    assert (finding.level, "--dns FILE" in finding.remedy) == ("warning", True)


def test_a_made_up_domain_is_never_asked_for() -> None:
    made_up = CONFIG.shops[0].sender.model_copy(update={"address": "sklep@optica.example"})
    shop = CONFIG.shops[0].model_copy(update={"sender": made_up})
    config = CONFIG.model_copy(update={"shops": (shop,)})
    finding = next(domains(config, Given(""), False))
    assert (finding.level, finding.about, "made-up" in finding.said) == ("problem", "config", True)


def test_spf_is_asked_of_the_return_path_and_dmarc_of_the_sender() -> None:
    sender = CONFIG.shops[0].sender.model_copy(update={"bounces": "b@bounce.optica.pl"})
    config = CONFIG.model_copy(update={"shops": (CONFIG.shops[0].model_copy(update={"sender": sender}),)})
    found = list(domains(config, Given(WELL), True))
    assert [(each.level, each.about, "bounce.optica.pl" in each.said) for each in found[:4]] == [
        ("problem", "spf", True), ("problem", "dns", True), ("ok", "dmarc", False), ("ok", "dns", False),
    ]  # fmt: skip
