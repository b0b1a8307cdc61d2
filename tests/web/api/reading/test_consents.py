"""What is told of consent: how each line counts, nothing that would count more when it is sent again, and nobody erased."""

from __future__ import annotations

from engine.config_consent import Consent
from engine.consent.erasure import erase
from engine.intake import accept_consents
from engine.store import Store
from models import ConsentChange, Customer
from tests.intake.optica import CONFIG, NOW, OPTICA, order
from tests.web.api.reading.reader import Reader
from tests.web.api.reading.test_lists import sent

ASKING = CONFIG.model_copy(
    update={"shops": (OPTICA.model_copy(update={"consent": Consent(double_opt_in=("newsletter",))}),)}
)
ANNA = {"id": "anna", "email": "anna@example.com"}


def grant(**more: object) -> dict[str, object]:
    return {
        "customer": {"id": "anna"},
        "purpose": "newsletter",
        "granted": True,
        "at": "2026-03-04T08:00:00Z",
        **more,
    }


def test_a_grant_that_waits_to_be_confirmed_says_so_and_stays_so_when_it_is_sent_again(store: Store) -> None:
    reader = Reader(store, ASKING)
    reader.post("customers", ANNA)
    reader.post("consents", grant())
    read = reader.all("consents")
    assert [(one["purpose"], one["kept"]["state"]) for one in read] == [
        ("newsletter", "waits_to_be_confirmed")
    ]
    assert reader.one("customers", "anna")["consent"] == {}, "it is none yet"
    assert reader.post("consents", read).json == {"accepted": 0, "unchanged": 1}
    reader.post("consents", grant(at="2026-03-05T08:00:00Z", confirmed_at="2026-03-05T09:00:00Z"))
    assert reader.one("customers", "anna")["consent"]["newsletter"]["granted"] is True
    read = reader.all("consents")
    assert [one["kept"]["state"] for one in read] == ["waits_to_be_confirmed", "counts"]
    assert reader.post("consents", read).json == {"accepted": 0, "unchanged": 2}


def test_an_imported_grant_that_proves_nothing_is_not_listed(store: Store) -> None:
    reader = Reader(store)
    reader.post("customers", ANNA)
    accept_consents(store, CONFIG, reader.shop, [grant()], NOW, history=True)
    assert ConsentChange.select().count() == 1
    assert reader.all("consents") == []


def test_whoever_was_erased_is_in_no_list(store: Store) -> None:
    reader = Reader(store)
    reader.post("orders", order(customer=ANNA))
    reader.post("consents", grant())
    reader.post("events", {"id": "1", "kind": "viewed", "customer": "anna"})
    reader.post("refunds", {"id": "1", "order": "1001"})
    (number,) = sent(reader, "Borys", state="sent", settled_at=NOW)
    for customer in Customer.select():
        erase(store, customer, NOW)
    for name in ("orders", "customers", "events", "consents", "refunds"):
        assert reader.all(name) == [], name
    mail = reader.one("messages", str(number))
    assert (mail["customer"], mail["to"], mail["state"]) == (None, None, "sent")
