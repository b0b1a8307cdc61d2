"""A shop's own code tells in our shapes, signed as Standard Webhooks say; a repetition is answered alike and writes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from standardwebhooks import Webhook
from werkzeug.test import TestResponse

from engine.clock import MINUTE, SECOND, moment
from engine.config import Config, read_config
from engine.config_endpoints import Native
from engine.errors import ConfigError
from engine.intake.sources import rehearse, take_again
from engine.standard_webhooks import sign, wrong_with
from engine.store import Store
from models import TABLES, ConsentChange, Customer, Event, Order, Product, Refund, RefusedMessage, Source
from tests.intake.optica import CONFIG, NOW, OPTICA, the_order
from tests.web.api.serving import Calls
from tests.web.webhooks.shops import WEBHOOKS

NEW, OLD, FOREIGN = (f"whsec_{letter * 32}" for letter in "ABC")
SPEC_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def hooked(*secrets: str) -> Config:
    """The optician, who signs with these secrets."""
    hooks = WEBHOOKS.model_copy(update={"native": Native(secrets=secrets)})
    return CONFIG.model_copy(update={"shops": (OPTICA.model_copy(update={"webhooks": hooks}),)})


class Own:
    """Posts what a shop's own code posts."""

    def __init__(self, store: Store) -> None:
        calls = Calls(store, hooked(NEW, OLD))
        self.store, self.clock, self.shop, self.app = store, calls.clock, calls.shop, calls.app
        self.client = calls.client

    def post(
        self,
        sent: Any,
        number: str = "msg_1",
        secret: str = NEW,
        late: int = 0,
        shop: str = "optica",
        **headers: str,
    ) -> TestResponse:
        body = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        said = sign([secret], number, self.clock.at - late, body.decode("utf-8", "replace"))
        return self.client.post(
            f"/webhooks/{shop}/native", data=body, content_type="application/json", headers=said | headers
        )


@pytest.fixture
def own(store: Store) -> Own:
    return Own(store)


def told(kind: str, data: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": "2026-05-20T12:00:00Z", "data": data}


def order(number: str = "1001", **said: Any) -> dict[str, Any]:
    return {
        "id": number, "placed_at": "2026-05-20T12:00:00+02:00", "updated_at": "2026-05-20T12:05:00+02:00", "status": "paid",
        "customer": {"id": "anna", "email": "anna@example.com"},
        "lines": [{"product": "ACU-30", "name": "Acuvue", "quantity": 2, "price": "64.95"}],
    } | said  # fmt: skip


def everything() -> dict[str, list[str]]:
    return {table._meta.table_name: sorted(map(str, table.select().tuples())) for table in TABLES}


def test_the_specifications_own_example_is_signed_alike() -> None:
    """The header that standardwebhooks.com shows for this secret, number, moment and body."""
    signed = sign(
        [SPEC_SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330 * SECOND, '{"test": 2432232314}'
    )
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_order_is_kept_and_the_clock_is_woken(own: Own) -> None:
    woken: list[int] = []
    own.app.extensions["wake"] = lambda: woken.append(1)
    answer = own.post(told("order.updated", order()))
    assert (answer.status_code, answer.get_json(), woken) == (200, {"accepted": 1, "unchanged": 0}, [1])
    assert (the_order("1001").status, the_order("1001").total_minor) == ("paid", 12990)
    source = Source.get()
    assert (source.name, source.last_topic, source.accepted) == ("native", "order.updated", 1)


def test_each_kind_of_thing_that_a_shop_sends_may_come_so(own: Own) -> None:
    who = {"id": "anna"}
    own.post(told("order.created", [order(), order("1002")]), "1")
    own.post(told("customer.updated", {"id": "borys", "email": "borys@example.com"}), "2")
    own.post(told("product.updated", {"id": "ACU-30", "name": "Acuvue Oasys", "price": "70.00"}), "3")
    own.post(told("event.happened", {"kind": "viewed", "customer": who, "product": "ACU-30"}), "4")
    own.post(told("consent.changed", {"customer": who, "purpose": "newsletter", "granted": True}), "5")
    own.post(told("refund.created", {"id": "77", "order": "1001"}), "6")
    tables = (Order, Customer, Product, Event, ConsentChange, Refund)
    assert [table.select().count() for table in tables] == [2, 2, 1, 1, 1, 1]
    assert own.post(told("order.deleted", {"id": "1002"}), "7").get_json() == {"accepted": 1, "unchanged": 0}
    assert the_order("1002").status == "cancelled"
    assert "ignored" in own.post(told("customer.deleted", who), "8").get_json()
    assert "ignored" in own.post({"type": "ping"}, "9").get_json()


def test_a_repetition_is_answered_alike_and_writes_nothing(own: Own) -> None:
    first = own.post(told("order.updated", order()))
    before = everything()
    own.clock.at += 3 * MINUTE
    again = own.post(told("order.updated", order()))
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert everything() == before


def test_a_number_that_comes_with_another_message_is_refused(own: Own) -> None:
    own.post(told("order.updated", order()))
    answer = own.post(told("order.updated", order(status="cancelled")))
    assert (answer.status_code, "webhook-id" in answer.get_json()["detail"]) == (422, True)
    assert the_order("1001").status == "paid"


def test_a_refused_message_may_come_again_under_its_number_and_be_kept(own: Own) -> None:
    assert own.post(told("order.updated", order(status="w-drodze"))).status_code == 422
    assert own.post(told("order.updated", order())).status_code == 200


@pytest.mark.parametrize("late", [0, 5 * MINUTE, -5 * MINUTE])
def test_five_minutes_on_either_side_are_near_enough(own: Own, late: int) -> None:
    assert own.post(told("order.updated", order()), late=late).status_code == 200


@pytest.mark.parametrize("late", [5 * MINUTE + SECOND, -5 * MINUTE - SECOND, 20_000 * 60 * SECOND])
def test_whoever_replays_an_old_message_or_dates_ahead_is_refused_and_only_counted(
    own: Own, late: int
) -> None:
    answer = own.post(told("order.updated", order()), late=late)
    assert (answer.status_code, "five minutes" in answer.get_json()["detail"]) == (401, True)
    assert_only_counted()


@pytest.mark.parametrize(
    "spoilt",
    [{"webhook-signature": "v1,AAAA"}, {"webhook-signature": ""}, {"webhook-signature": "v1"}, {"webhook-signature": "ąę"},
     {"webhook-timestamp": ""}, {"webhook-timestamp": "soon"}, {"webhook-timestamp": "1e9"}, {"webhook-timestamp": "-1"},
     {"webhook-timestamp": "99999999999"}, {"webhook-id": ""}, {"webhook-id": "msg_2"}],
)  # fmt: skip
def test_whoever_signs_wrongly_or_not_at_all_is_refused_and_only_counted(
    own: Own, spoilt: dict[str, str]
) -> None:
    assert own.post(told("order.updated", order()), **spoilt).status_code == 401
    assert_only_counted()


def test_another_shops_signature_and_a_changed_body_are_refused(own: Own) -> None:
    assert own.post(told("order.updated", order()), secret=FOREIGN).status_code == 401
    signed = sign([NEW], "msg_1", NOW, json.dumps(told("order.updated", order())))
    changed = json.dumps(told("order.updated", order(total="1.00")))
    answer = own.client.post("/webhooks/optica/native", data=changed, headers=signed)
    assert answer.status_code == 401
    assert Source.get().denied == 2
    assert Order.select().count() == 0


def assert_only_counted() -> None:
    source = Source.get()
    assert (source.denied, source.last_at) == (1, None)
    assert [table.select().count() for table in (Order, Customer, RefusedMessage)] == [0, 0, 0]


def test_two_secrets_hold_while_one_is_replaced_and_one_of_several_signatures_is_enough(own: Own) -> None:
    assert own.post(told("order.updated", order()), "1", OLD).status_code == 200
    assert own.post(told("order.updated", order()), "2", NEW).status_code == 200
    body = json.dumps(told("order.updated", order("1003")))
    both = sign([FOREIGN, OLD], "3", NOW, body)
    assert len(both["webhook-signature"].split()) == 2
    assert own.client.post("/webhooks/optica/native", data=body, headers=both).status_code == 200
    unknown = sign([OLD], "4", NOW, body)["webhook-signature"].replace("v1,", "v2,")
    assert own.post(body.encode(), "4", **{"webhook-signature": unknown}).status_code == 401


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [(told("order.updated", order(status="w-drodze")), "/data/status"),
     (told("order.updated", [order(), order("2", lines=[{"product": "A", "quantity": 0}])]), "/data/1/lines/0/quantity"),
     (told("oder.updated", order()), "/type"), (told("order", order()), "/type"), ({"data": order()}, "/type"),
     ({"type": ["order.updated"], "data": {}}, "/type"), (told("order.updated", None), "/data"),
     (told("order.updated", []), "/data"),
     (told("order.updated", "x"), "/data"), (told("order.updated", [1]), "/data/0"),
     (told("order.updated", [{}] * 1001), "/data"),
     (told("order.updated", {}), "/data/id"), (told("order.updated", {"ids": "1"}), "/data/ids"),
     (told("order.deleted", {"id": []}), "/data/id"), ([1], "")],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_with_its_place(own: Own, sent: Any, pointer: str) -> None:
    answer = own.post(sent)
    assert (answer.status_code, pointer in [each["pointer"] for each in answer.get_json()["errors"]]) == (
        422,
        True,
    )
    assert (Order.select().count(), RefusedMessage.select().count(), Source.get().refused) == (0, 1, 1)


def test_what_is_no_json_and_a_number_too_long_are_refused(own: Own) -> None:
    assert own.post(b"{").status_code == 400
    assert own.post(told("order.updated", order()), "x" * 201).status_code == 400
    assert own.post(b"\xff\xfe").status_code == 401
    assert Order.select().count() == 0


def test_an_address_that_config_does_not_name_is_not_there(store: Store) -> None:
    bare = Calls(store, CONFIG)
    assert bare.client.post("/webhooks/optica/native", data=b"{}").status_code == 404
    assert bare.client.post("/webhooks/nobody/native", data=b"{}").status_code == 404


def test_a_refused_message_is_taken_again_and_a_test_event_goes_the_whole_way(own: Own) -> None:
    own.post(told("order.updated", order(currency="CHF")))
    message = RefusedMessage.get()
    assert message.topic == "order.updated"
    assert "/data/currency" in (take_again(own.store, hooked(NEW), own.shop, message, NOW) or "")
    mended = hooked(NEW).model_copy(update={"rates": {"CHF": 4}})
    assert take_again(own.store, mended, own.shop, message, NOW) is None
    assert (Order.select().count(), RefusedMessage.select().count()) == (1, 0)
    assert rehearse(own.store, hooked(NEW), own.shop, "native", NOW) is None
    assert Order.select().count() == 1


@pytest.mark.parametrize(
    "secret", ["my-secret-phrase", "whsec_", "whsec_c2hvcnQ=", "whsec_ąę", "whsec_" + "A" * 31, "A" * 32]
)
def test_a_secret_that_anybody_could_guess_is_no_secret(secret: str) -> None:
    shop = {
        "shop": "optyk",
        "name": "Optyk",
        "postal": "ul. Szeroka 14",
        "sender": {"name": "O", "address": "o@optyk.pl"},
    }
    with pytest.raises(
        ConfigError, match=r"webhooks\.native\.secrets\.0: .*whsec_ and 24 to 64 random bytes"
    ):
        read_config({"shops": [shop | {"webhooks": {"native": {"secrets": [secret]}}}]})


def test_the_library_of_the_standard_believes_what_we_sign_and_we_what_it_signs() -> None:
    from datetime import UTC, datetime

    moment_ = datetime.now(tz=UTC).replace(microsecond=0)
    at = int(moment_.timestamp()) * SECOND
    assert moment(at) == moment_
    body = '{"type": "ping", "name": "Łódź"}'
    assert Webhook(OLD).verify(body, sign([NEW, OLD], "m", at, body)) == json.loads(body)
    signed = {
        "webhook-id": "m",
        "webhook-timestamp": str(at // SECOND),
        "webhook-signature": Webhook(NEW).sign("m", moment_, body),
    }
    assert wrong_with(signed, body.encode(), [OLD, NEW], at) is None
