"""SPF, tried on the examples of RFC 7208's appendix A and on records as they go wrong."""

from __future__ import annotations

import pytest

from engine.doctor.answers import DnsAway, Given
from engine.doctor.spf import judge

APPENDIX = """
$ORIGIN example.com.
@           MX      10 mail-a
            MX      20 mail-b
            A       192.0.2.10
            A       192.0.2.11
amy         A       192.0.2.65
bob         A       192.0.2.66
mail-a      A       192.0.2.129
mail-b      A       192.0.2.130
www         CNAME   example.com.
$ORIGIN example.org.
@           MX      10 mail-c
mail-c      A       192.0.2.140
$ORIGIN 2.0.192.in-addr.arpa.
10          PTR     example.com.
65          PTR     amy.example.com.
129         PTR     mail-a.example.com.
140         PTR     mail-c.example.org.
$ORIGIN example.com.
"""


def result(record: str, ip: str, more: str = "", sender: str = "") -> str:
    quoted = " ".join(f'"{record[i : i + 200]}"' for i in range(0, len(record), 200))
    return judge(Given(f"{APPENDIX}@ TXT {quoted}\n{more}"), ip, "example.com", sender).result


@pytest.mark.parametrize(
    ("record", "passing", "failing"),
    [
        ("v=spf1 +all", "192.0.2.129", None),
        ("v=spf1 a -all", "192.0.2.10", "192.0.2.65"),
        ("v=spf1 a:example.org -all", None, "192.0.2.10"),
        ("v=spf1 mx -all", "192.0.2.130", "192.0.2.10"),
        ("v=spf1 mx:example.org -all", "192.0.2.140", "192.0.2.130"),
        ("v=spf1 mx mx:example.org -all", "192.0.2.140", "192.0.2.10"),
        ("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.131", "192.0.2.132"),
        ("v=spf1 ptr -all", "192.0.2.65", "192.0.2.140"),
        ("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.129", "192.0.2.65"),
        ("v=spf1 A:www.example.com -ALL", "192.0.2.11", "192.0.2.12"),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::1", "2001:db9::1"),
        ("v=spf1 exists:%{ir}.%{l1r+-}._spf.%{d} -all", "192.0.2.1", "192.0.2.3"),
    ],
)
def test_the_examples_of_the_rfc_come_out_as_it_says(
    record: str, passing: str | None, failing: str | None
) -> None:
    more = "1.2.0.192.joel._spf A 127.0.0.2\n"
    if passing:
        assert result(record, passing, more, "joel+list@example.com") == "pass"
    if failing:
        assert result(record, failing, more, "joel+list@example.com") == "fail"


@pytest.mark.parametrize(
    ("record", "more", "expected"),
    [
        ("v=spf1 redirect=_spf.example.com", '_spf TXT "v=spf1 mx -all"', "fail"),
        ("v=spf1 ip4:192.0.2.1 redirect=_spf.example.com", '_spf TXT "v=spf1 ip4:192.0.2.200 -all"', "pass"),
        ("v=spf1 redirect=nowhere.example.com", "", "permerror"),
        ("v=spf1 include:_spf.example.com ?all", '_spf TXT "v=spf1 ip4:192.0.2.200 -all"', "pass"),
        ("v=spf1 include:_spf.example.com ?all", '_spf TXT "v=spf1 -all"', "neutral"),
        ("v=spf1 include:_spf.example.com ~all", "", "permerror"),
        ("v=spf1 ~all", "", "softfail"),
        ("v=spf1 mx", "", "neutral"),
        ("v=spf1 ip4:1.2.3.4 ip4:5.6.7 -all", "", "permerror"),
        ("v=spf1 ipv4:1.2.3.4 -all", "", "permerror"),
        ("v=spf1 include -all", "", "permerror"),
        ("v=spf1 all:x", "", "permerror"),
        ("v=spf1 future=thing -all", "", "fail"),
        ("v=spf10 -all", "", "none"),
        ("v=spf1 a:one.example.com a:two.example.com a:three.example.com -all", "", "permerror"),
        ("v=spf1 include:example.com -all", "", "permerror"),
        ("v=spf1 -all", '@ TXT "v=spf1 +all"', "permerror"),
        ("verify=1", "", "none"),
    ],
)
def test_records_that_lead_elsewhere_or_go_wrong_are_judged_as_receivers_do(
    record: str, more: str, expected: str
) -> None:
    assert result(record, "192.0.2.200", more) == expected


def test_the_eleventh_question_is_one_too_many_and_the_tenth_is_not() -> None:
    def chain(length: int) -> str:
        return "\n".join(f'n{i} TXT "v=spf1 include:n{i + 1}.example.com ?all"' for i in range(length)) + (
            f'\nn{length} TXT "v=spf1 ip4:192.0.2.200 -all"'
        )

    assert result("v=spf1 include:n0.example.com -all", "192.0.2.200", chain(9)) == "pass"
    assert result("v=spf1 include:n0.example.com -all", "192.0.2.200", chain(10)) == "permerror"


def test_silence_is_no_verdict() -> None:
    class Silent:
        def ask(self, name: str, kind: str) -> list[str]:
            raise DnsAway("timed out")

    assert judge(Silent(), "192.0.2.1", "example.com").result == "temperror"
