"""A probe that arrived, judged by the DNS answers that are given: what is well, and the exact record that mends it."""

from __future__ import annotations

import pytest

from engine.doctor.finding import Finding
from tests.doctor.probes import COVERED, TOP, answers, arrived, judged, signed, told, unsigned


def the(found: list[Finding], level: str, about: str) -> Finding:
    """Returns the one finding of a level about something."""
    [finding] = [each for each in found if (each.level, each.about) == (level, about)]
    return finding


def test_a_mail_that_is_signed_and_sent_as_it_should_be_is_said_to_be() -> None:
    found = judged()
    assert [(each.level, each.about) for each in found] == [
        ("ok", "probe"), ("ok", "dkim"), ("ok", "dkim"), ("ok", "spf"), ("ok", "dmarc"),
    ]  # fmt: skip
    assert "203.0.113.7 may send for news.optica.pl" in the(found, "ok", "spf").said
    assert (
        "DKIM of optica.pl and SPF of news.optica.pl, policy quarantine of optica.pl"
        in the(found, "ok", "dmarc").said
    )


@pytest.mark.parametrize("left_out", [b"list-unsubscribe", b"list-unsubscribe-post"])
def test_a_signature_that_leaves_out_one_header_of_one_click_names_it(left_out: bytes) -> None:
    found = judged(arrived(signed(covered=[name for name in COVERED if name != left_out])))
    finding = the(found, "problem", "dkim")
    assert f"covers {left_out.decode()}: no mailbox shows" in finding.said
    assert "list-unsubscribe:list-unsubscribe-post" in finding.remedy


def test_two_signatures_are_enough_where_one_of_them_covers_both_and_halves_are_not() -> None:
    half = signed(covered=[b"from", b"list-unsubscribe"])
    assert told(judged(arrived(signed(half))), "dkim")[-1][0] == "ok"
    halves = signed(half, covered=[b"from", b"list-unsubscribe-post"])
    assert the(judged(arrived(halves)), "problem", "dkim").said.startswith(
        "no signature that holds covers list-uns"
    )


def test_a_mail_that_nobody_signed_names_the_record_to_add() -> None:
    found = judged(arrived(unsigned()))
    assert "_domainkey.news.optica.pl. IN TXT" in the(found, "problem", "dkim").remedy
    assert the(found, "warning", "dmarc").said.startswith("only SPF speaks for it")


def test_a_key_that_is_not_published_or_revoked_names_its_record() -> None:
    missing = judged(dns=answers(**{"s1._domainkey.optica.pl TXT": None}))
    finding = the(missing, "problem", "dkim")
    assert finding.said == "the signature of optica.pl: its key is not in the DNS"
    assert finding.remedy.startswith('add s1._domainkey.optica.pl. IN TXT "v=DKIM1')
    revoked = judged(dns=answers(**{"s1._domainkey.optica.pl TXT": "v=DKIM1; k=rsa; p="}))
    assert "revoked" in the(revoked, "problem", "dkim").said


def test_a_mail_that_was_changed_after_it_was_signed_is_told_from_one_whose_headers_were() -> None:
    body = arrived(signed().replace(b"--=_", b"added\r\n--=_", 1))
    assert "the body was changed" in the(judged(body), "problem", "dkim").said
    header = arrived(signed().replace(b"Subject: A probe", b"Subject: B probe"))
    assert "changed a header" in the(judged(header), "problem", "dkim").said


def test_weak_keys_and_half_signed_bodies_are_told() -> None:
    weak = (the(judged(arrived(signed(bits=1024)), answers_with(1024)), "warning", "dkim")).said
    assert "a key of 1024 bits" in weak
    too_weak = the(judged(arrived(signed(bits=512)), answers_with(512)), "problem", "dkim")
    assert "512" in too_weak.said
    assert "covers only the beginning" in the(judged(arrived(signed(length=True))), "warning", "dkim").said


def answers_with(bits: int):  # type: ignore[no-untyped-def]
    from tests.doctor.probes import KEYS

    key = (KEYS / f"{bits}.txt").read_text()
    return answers(**{"s1._domainkey.optica.pl TXT": f"v=DKIM1; k=rsa; p={key}"})


def test_an_address_that_may_not_send_gets_the_record_that_lets_it() -> None:
    found = judged(dns=answers(**{"news.optica.pl TXT": "v=spf1 include:_spf.other.pl ~all",
                                  "_spf.other.pl TXT": "v=spf1 ip4:198.51.100.1 -all"}))  # fmt: skip
    finding = the(found, "problem", "spf")
    assert "SPF of news.optica.pl says softfail to 203.0.113.7: ~all" in finding.said
    assert '"v=spf1 include:_spf.other.pl ip4:203.0.113.7 ~all"' in finding.remedy
    none = the(judged(dns=answers(**{"news.optica.pl TXT": None})), "problem", "spf")
    assert none.remedy == 'add news.optica.pl. IN TXT "v=spf1 ip4:203.0.113.7 ~all"'


def test_the_address_can_be_named_where_the_mail_does_not_tell_it() -> None:
    plain = arrived(top="Return-Path: <sklep@news.optica.pl>\r\n")
    assert the(judged(plain), "warning", "spf").remedy == "name it with --sent-from ADDRESS"
    assert the(judged(plain, ip="203.0.113.9"), "ok", "spf")
    assert the(judged(arrived(top="X: y\r\n")), "warning", "spf").said.startswith(
        "the file has no Return-Path"
    )


def test_a_mail_of_which_nothing_that_is_proven_is_its_author_fails_dmarc() -> None:
    key = {
        "s1._domainkey.relay.pl TXT": f"v=DKIM1; p={_key()}",
        "bounce.relay.pl TXT": "v=spf1 ip4:203.0.113.7 -all",
    }
    mail = arrived(signed(domain=b"relay.pl"), TOP.replace("sklep@news.optica.pl", "x@bounce.relay.pl"))
    finding = the(judged(mail, answers(**key)), "problem", "dmarc")
    assert finding.said == "nothing speaks for From: news.optica.pl: proven is bounce.relay.pl, relay.pl"
    assert "d=news.optica.pl" in finding.remedy


def _key() -> str:
    from tests.doctor.probes import KEYS

    return (KEYS / "2048.txt").read_text()


def test_strict_alignment_wants_the_very_same_domain() -> None:
    strict = answers(**{"_dmarc.optica.pl TXT": "v=DMARC1; p=reject; adkim=s; aspf=s"})
    assert "SPF of news.optica.pl, policy" in the(judged(dns=strict), "ok", "dmarc").said
    both = answers(
        **{"_dmarc.optica.pl TXT": "v=DMARC1; p=reject; adkim=s; aspf=s", "news.optica.pl TXT": None}
    )
    assert "wants the very same domain" in the(judged(dns=both), "problem", "dmarc").said


def test_a_domain_without_dmarc_gets_the_record_and_one_with_two_hears_of_it() -> None:
    finding = the(
        judged(dns=answers(**{"_dmarc.optica.pl TXT": None, "_dmarc.news.optica.pl TXT": None})),
        "problem",
        "dmarc",
    )
    assert finding.remedy.startswith('add _dmarc.news.optica.pl. IN TXT "v=DMARC1; p=none')


def test_headers_that_a_relay_has_folded_doubled_or_lost_are_told() -> None:
    whole = unsigned()
    folded = whole.replace(
        b"List-Unsubscribe: <https://r.optica.pl/", b"List-Unsubscribe: <https://r.optica.pl/\r\n "
    )
    assert "folded" in the(judged(arrived(signed(folded))), "problem", "probe").said
    lost = b"\r\n".join(
        line for line in whole.split(b"\r\n") if not line.startswith(b"List-Unsubscribe-Post")
    )
    assert (
        "1 List-Unsubscribe and 0 List-Unsubscribe-Post"
        in the(judged(arrived(signed(lost))), "problem", "probe").said
    )
    plain = whole.replace(b"<https://", b"<http://")
    assert the(judged(arrived(signed(plain))), "problem", "probe").remedy == "serve public_url over https"
    none = b"\r\n".join(line for line in whole.split(b"\r\n") if not line.startswith(b"List-"))
    assert "not like our marketing mail" in the(judged(arrived(signed(none))), "warning", "probe").said


def test_a_mail_that_arrives_before_it_was_written_tells_that_the_clock_is_fast() -> None:
    early = arrived(top=TOP.replace("10:00:05", "09:40:05"))
    assert "19 minutes before its Date" in the(judged(early), "warning", "clock").said
    late = arrived(top=TOP.replace("10:00:05", "10:31:05"))
    assert "31 minutes after its Date" in the(judged(late), "warning", "clock").said


@pytest.mark.parametrize(
    "text",
    [
        b"", b"\x00\xff\xfe", b"From:", b"From: x", b"From: a@b.pl\r\nDKIM-Signature: ;;;=\r\n\r\n",
        b"From: a@b.pl\r\nDKIM-Signature: v=1; a=rsa-sha256; d=b.pl; s=s; h=from; bh=x; b=y\r\n\r\nhello",
        b"From: a@b.pl\r\nDKIM-Signature: v=1; a=rsa-sha256; d=\xff\xfe; s=..; h=from; bh=eA==; b=eA==\r\n\r\nhello",
        b"From: a@b.pl\r\nReturn-Path: <\xff@\xfe>\r\nReceived: from [999.1.1.1] ([::g]) by x; never\r\nDate: 99\r\n\r\n",
        b"From: a@" + b"x." * 200 + b"pl\r\nReturn-Path: <x@" + b"y" * 300 + b">\r\nReceived: from [203.0.113.7] by x\r\n\r\n",
        b"From MAILER Sun\nFrom: a@b.pl\nSubject: x\n\nbody\n",
    ],
)  # fmt: skip
def test_whatever_the_file_holds_there_is_an_answer(text: bytes) -> None:
    found = judged(text or b"\n")
    assert found
    assert any(each.level in ("problem", "warning") for each in found)
    assert all(each.remedy for each in found if each.level == "problem")


def test_a_signature_that_does_not_hold_speaks_for_nobody() -> None:
    changed = arrived(signed().replace(b"Subject: A probe", b"Subject: B probe"))
    found = judged(changed, answers(**{"news.optica.pl TXT": "v=spf1 -all"}))
    assert "proven is nobody" in the(found, "problem", "dmarc").said
