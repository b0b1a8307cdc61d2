"""Grants that are kept and not used: unproven ones, those not confirmed yet, and sales where the law does not let them do."""

from __future__ import annotations

from typing import Any

import pytest

from engine.clock import DAY
from engine.config import Config, ShopConfig, read_config
from engine.consent import granted, withdraw
from engine.consent.standing import NOTHING_SAID, Standing, standings
from engine.errors import ConfigError, IntakeError
from engine.store import Store
from models import ConsentChange, Customer
from tests.intake.optica import CONFIG, OPTICA, Optica, at, order, the_customer

THEN = "2026-03-01T10:00:00Z"


def shop(**consent: Any) -> Config:
    """Returns the optician's configuration with these settings of consent."""
    settings = {name: tuple(value) if isinstance(value, list) else value for name, value in consent.items()}
    changed = ShopConfig.model_validate(OPTICA.model_dump() | {"consent": settings})
    return CONFIG.model_copy(update={"shops": (changed,)})


def said(name: str = "anna", now: int | None = None) -> Standing:
    customer = the_customer(name).id
    return standings([customer], now or at("2026-06-05T00:00:00")).get(customer, NOTHING_SAID)


def kept() -> list[tuple[str, bool, str | None]]:
    return [
        (line.purpose, line.granted, line.detail)
        for line in ConsentChange.select().order_by(ConsentChange.id)
    ]


# --- proof ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "proven"),
    [
        ({}, False), ({"at": THEN}, False), ({"source": "checkout"}, False), ({"at": THEN, "source": ""}, False),
        ({"at": THEN, "source": "checkout"}, True), ({"proof": "forms of 2019, box 3"}, True),
    ],
)  # fmt: skip
def test_history_without_proof_is_kept_and_not_used(store: Store, more: dict[str, str], proven: bool) -> None:
    optica = Optica(store)
    optica.customers({"id": "anna", "email": "anna@example.com"})
    optica.consents({"customer": "anna", "purpose": "marketing", "granted": True, **more}, history=True)
    assert granted(the_customer().id, "marketing", optica.now) is proven
    assert kept() == [("marketing", True, None) if proven else ("unproven:marketing", True, "no_proof")]


def test_what_was_unproven_counts_once_it_comes_with_its_proof(store: Store) -> None:
    optica = Optica(store)
    optica.customers({"id": "anna", "consent": {"marketing": {"granted": True}}}, history=True)
    assert not granted(the_customer().id, "marketing", optica.now)
    optica.customers(
        {"id": "anna", "consent": {"marketing": {"granted": True, "proof": "form 12"}}}, history=True
    )
    assert granted(the_customer().id, "marketing", optica.now)
    assert ConsentChange.get(ConsentChange.purpose == "marketing").proof == "form 12"


def test_a_shop_that_says_so_now_vouches_for_it(store: Store) -> None:
    optica = Optica(store)
    optica.customers(
        {"id": "anna", "consent": {"marketing": {"granted": True, "ip": "2001:DB8::7", "version": "3"}}}
    )
    line = ConsentChange.get()
    assert (line.purpose, line.basis, line.request_address, line.version) == (
        "marketing",
        "explicit",
        "2001:db8::7",
        "3",
    )


@pytest.mark.parametrize("ip", ["somewhere", "1.2.3", 7, "203.0.113.7, 10.0.0.1"])
def test_an_address_of_request_that_is_none_is_refused_with_its_place(store: Store, ip: Any) -> None:
    with pytest.raises(IntakeError, match="consent/marketing/ip"):
        Optica(store).customers({"id": "anna", "consent": {"marketing": {"granted": True, "ip": ip}}})


# --- double opt-in --------------------------------------------------------------------------------------


@pytest.fixture
def careful(store: Store) -> Optica:
    """A shop that confirms each consent to marketing."""
    optica = Optica(store, shop(double_opt_in=["marketing"]))
    optica.customers({"id": "anna", "email": "anna@example.com", "consent": {"marketing": {"granted": True}}})
    return optica


def test_a_consent_that_waits_to_be_confirmed_is_none(careful: Optica) -> None:
    assert not granted(the_customer().id, "marketing", careful.now)
    assert said(now=careful.now).pending == {"marketing"}
    assert kept() == [("pending:marketing", True, "2026-06-08T12:00:00+00:00")]
    assert said(now=careful.now + 8 * DAY).pending == frozenset()  # too late


def test_who_ticks_the_box_with_every_order_is_asked_once_until_it_is_too_late(careful: Optica) -> None:
    ticked = {"id": "anna", "consent": {"marketing": {"granted": True}}}
    careful.orders(order("1", customer=ticked, placed_at="2026-06-01T12:30:00Z", updated_at=None))
    careful.now += DAY
    careful.customers(ticked)
    assert len(kept()) == 1
    careful.now += 8 * DAY
    careful.customers(ticked)
    assert len(kept()) == 2


def test_what_the_shop_has_confirmed_itself_holds_at_once_and_shows_both_moments(careful: Optica) -> None:
    confirmed = {"granted": True, "at": THEN, "confirmed_at": "2026-03-01T10:04:00Z"}
    careful.customers({"id": "borys", "consent": {"marketing": confirmed, "newsletter": {"granted": True}}})
    assert said("borys").consents == {"marketing", "newsletter"}  # the newsletter needs no confirmation here
    line = ConsentChange.get(ConsentChange.purpose == "marketing")
    assert (line.confirmed_at - line.asked_at) // 60_000_000 == 4


def test_a_withdrawal_ends_what_waits_and_a_box_without_a_moment_does_not_ask_again(careful: Optica) -> None:
    withdraw(careful.store, careful.row.id, the_customer().address_id, ["marketing"], careful.now + 1, "link")
    assert said().pending == frozenset()
    careful.now += DAY
    careful.customers({"id": "anna", "consent": {"marketing": {"granted": True}}})
    assert said(now=careful.now).pending == frozenset()
    careful.customers(
        {"id": "anna", "consent": {"marketing": {"granted": True, "at": "2026-06-02T11:00:00Z"}}}
    )
    assert said(now=careful.now).pending == {"marketing"}


def test_whoever_has_agreed_already_is_not_asked(store: Store) -> None:
    before = Optica(store)
    before.customers({"id": "anna", "consent": {"marketing": {"granted": True, "at": THEN}}})
    careful = Optica(store, shop(double_opt_in=["marketing"]))
    careful.customers({"id": "anna", "consent": {"marketing": {"granted": True}}})
    assert kept() == [("marketing", True, None)]


# --- soft opt-in ----------------------------------------------------------------------------------------

SOLD = {"granted": True, "basis": "soft_opt_in", "opt_out_offered": True}


@pytest.mark.parametrize(
    ("country", "mark", "purpose", "why"),
    [
        ("CZ", SOLD, "marketing", None), ("PL", SOLD, "marketing", "country"), (None, SOLD, "marketing", "country"),
        ("CZ", SOLD | {"opt_out_offered": False}, "marketing", "no_opt_out"), ("CZ", SOLD, "newsletter", "purpose"),
    ],
)  # fmt: skip
def test_a_sale_is_enough_only_where_law_purpose_and_offer_allow_it(
    store: Store, country: str | None, mark: dict[str, Any], purpose: str, why: str | None
) -> None:
    optica = Optica(store, shop(soft_opt_in=["CZ"]))
    optica.orders(order("1", customer={"id": "anna", "country": country, "consent": {purpose: mark}}))
    assert kept() == [(f"soft:{purpose}", True, None) if why is None else (f"unproven:{purpose}", True, why)]
    assert not granted(the_customer().id, purpose, optica.now)  # it is no consent
    assert said().soft == (frozenset() if why else {purpose})


def test_without_a_sale_nothing_is_soft_and_a_withdrawal_ends_it(store: Store) -> None:
    optica = Optica(store, shop(soft_opt_in=["CZ"]))
    anna = {"id": "anna", "email": "anna@example.com", "country": "CZ"}
    optica.customers(anna | {"consent": {"marketing": SOLD}})
    assert kept() == [("unproven:marketing", True, "no_sale")]
    optica.orders(order("1", customer=anna))
    optica.consents({"customer": "anna", "purpose": "marketing", **SOLD})
    assert said().soft == {"marketing"}
    withdraw(store, optica.row.id, the_customer().address_id, ["marketing"], optica.now + 1, "link")
    assert (said().soft, said().consents) == (frozenset(), frozenset())


def test_a_soft_opt_in_lets_a_mail_go_that_is_about_what_was_bought_and_no_other() -> None:
    standing = Standing(soft=frozenset({"marketing"}))
    assert standing.agrees("marketing", ["bought"])
    assert not standing.agrees("marketing", ["every"])
    assert not standing.agrees("marketing", [])
    assert not standing.agrees("newsletter", ["bought"])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"soft_opt_in": ["PL"]}, "Polish law"), ({"soft_opt_in": ["UA"]}, "Ukrainian law"),
        ({"soft_opt_in": ["US"]}, "not known"), ({"double_opt_in": ["nonesuch"]}, "no purpose is called"),
        ({"confirm_within_days": 0}, "confirm_within_days"), ({"double_optin": ["marketing"]}, "did you mean"),
    ],
)  # fmt: skip
def test_settings_that_no_law_or_purpose_bears_are_refused(settings: dict[str, Any], words: str) -> None:
    one = {
        "shop": "s",
        "name": "S",
        "postal": "S, Kraków",
        "sender": {"name": "S", "address": "s@example.com"},
    }
    with pytest.raises(ConfigError, match=words):
        read_config({"shops": [one | {"consent": settings}]})


def test_no_purpose_may_be_called_as_an_objection_is() -> None:
    one = {
        "shop": "s",
        "name": "S",
        "postal": "S, Kraków",
        "sender": {"name": "S", "address": "s@example.com"},
    }
    with pytest.raises(ConfigError, match="an objection"):
        read_config({"shops": [one], "purposes": ["profiling"]})


def test_an_objection_is_told_like_a_purpose_and_is_no_withdrawal(store: Store) -> None:
    optica = Optica(store)
    optica.customers({"id": "anna", "consent": {"marketing": {"granted": True, "at": THEN}}})
    optica.consents({"customer": "anna", "purpose": "profiling", "granted": False})
    assert (said().objects, said().consents) == (True, {"marketing"})
    assert kept()[1:] == [("about:profiling", False, None)]
    optica.now += DAY
    optica.consents({"customer": "anna", "purpose": "profiling", "granted": True})
    assert not said().objects
    assert Customer.select().count() == 1
