"""The grocer's tills as a shop's data: households with addresses, seven in ten with a consent."""

from __future__ import annotations

from bench.tills import customer, household, slug


def test_seven_households_in_ten_consented_in_2016_and_always_the_same_ones() -> None:
    households = [customer(household(number)) for number in range(1, 2501)]
    yes = [one for one in households if one["consent"]]
    assert 0.67 < len(yes) / len(households) < 0.73
    assert all(one["consent"]["marketing"]["at"].startswith("2016-") for one in yes)
    assert customer("household-1") == customer("household-1")


def test_a_category_is_a_path_of_plain_words() -> None:
    assert slug("DIAPERS & DISPOSABLES") == "diapers-disposables"
    assert slug(None) == "other"
