"""Whose policy counts, and who speaks for whom: the walk up the tree."""

from __future__ import annotations

from engine.doctor.answers import Given
from engine.doctor.dmarc import aligned, organisation, policy_of, record_at

DNS = Given("""
_dmarc.optica.pl. TXT "v=DMARC1; p=reject"
_dmarc.shop.optica.pl. TXT "v=DMARC1; p=none"
_dmarc.own.optica.pl. TXT "v=DMARC1; p=none; psd=n"
_dmarc.com.pl. TXT "v=DMARC1; p=none; psd=y"
_dmarc.twice.pl. TXT "v=DMARC1; p=none"
_dmarc.twice.pl. TXT "v=DMARC1; p=reject"
_dmarc.odd.pl. TXT "v=DMARC2; p=none"
_dmarc.odd.pl. TXT "hello"
""")


def test_the_highest_name_with_a_record_is_the_organisation() -> None:
    assert organisation(DNS, "news.shop.optica.pl") == "optica.pl"
    assert organisation(DNS, "optica.pl") == "optica.pl"
    assert organisation(DNS, "nobody.example") == "nobody.example"


def test_a_mark_ends_the_walk_there_or_one_name_below_a_public_suffix() -> None:
    assert organisation(DNS, "news.own.optica.pl") == "own.optica.pl"
    assert organisation(DNS, "news.lenses.com.pl") == "lenses.com.pl"
    assert not aligned(DNS, "lenses.com.pl", "glasses.com.pl", strict=False)


def test_a_long_name_costs_no_more_than_eight_questions() -> None:
    asked: list[str] = []

    class Counting:
        def ask(self, name: str, kind: str) -> list[str]:
            asked.append(name)
            return []

    organisation(Counting(), "a.b.c.d.e.f.g.h.i.j.optica.pl")
    assert len(asked) == 8
    assert asked[1] == "_dmarc.f.g.h.i.j.optica.pl"


def test_relaxed_alignment_goes_by_organisation_and_strict_by_name() -> None:
    assert aligned(DNS, "news.optica.pl", "OPTICA.pl", strict=False)
    assert not aligned(DNS, "news.optica.pl", "optica.pl", strict=True)
    assert aligned(DNS, "optica.pl", "optica.pl", strict=True)
    assert not aligned(DNS, "optica.pl", "optyka.pl", strict=False)


def test_a_domains_own_policy_counts_before_its_organisations() -> None:
    assert [policy_of(DNS, name).policy for name in ("shop.optica.pl", "news.optica.pl")] == [
        "none",
        "reject",
    ]  # type: ignore[union-attr]


def test_several_records_or_ones_of_another_version_are_none() -> None:
    assert record_at(DNS, "twice.pl") is None
    assert record_at(DNS, "odd.pl") is None
