"""A shop whose every table has rows, the application over it, and people of each role."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from engine.audit import write_down
from engine.clock import DAY, MINUTE
from engine.consent.confirmation import KIND, RULE, TEMPLATE
from engine.consent.kinds import PENDING
from engine.delivery.clicks import link_ids
from engine.store import Store
from engine.web.api.issuing import new_key
from engine.web.app import create_app
from models import (
    Address,
    Click,
    ConsentChange,
    Customer,
    Endpoint,
    Feedback,
    GoalLook,
    Message,
    Notice,
    RefusedMessage,
    Source,
    Suppression,
    Visit,
    Visitor,
    VisitPage,
)
from tests.web.console.conftest import Login, login  # noqa: F401 - a fixture
from tests.web.shopful import NOW, Shopful, Still, config
from tests.web.whole_shop import whole_shop

KEY = b"a secret of the home"


def full_shop(words: str = "") -> Shopful:
    """The small shop with something for every page to show."""
    shop = whole_shop(words)
    anna = Customer.get(Customer.external_id == "anna")
    (link,) = link_ids(shop.shop.id, anna.id, ["https://optyk.example/acuvue"], NOW).values()
    Message.update(extra={"clicks": True}).execute()
    mail = Message.select().first()
    Click.create(shop=shop.shop, message=mail, customer=mail.customer_id, link=link, at=NOW, judged_at=NOW)
    _asked(shop, Customer.get(Customer.external_id == "borys"))
    _suppressed(Customer.get(Customer.external_id == "celina"))
    _came_back(shop, mail)
    source = Source.create(
        shop=shop.shop, name="woocommerce", last_at=NOW, last_topic="order.updated", refused=1
    )
    RefusedMessage.create(
        source=source, at=NOW, topic="order.updated", body="{}", error=shop.said("a word is missing")
    )
    _visited(shop, anna)
    _told(shop, anna)
    new_key(shop.shop.id, shop.said("the till"), NOW, ["orders:write", "customers:read"])
    write_down("jolanta", "pause", "lens-refill", NOW, channel="command", customer=anna.id, note="why")
    return shop


def _asked(shop: Shopful, borys: Any) -> None:
    """Borys was asked to confirm his consent, and has not yet."""
    said = {"source": shop.said("checkout"), "wording": shop.said("Yes, offers")}
    purpose = f"{PENDING}newsletter"
    line = ConsentChange.create(
        shop=shop.shop,
        customer=borys,
        purpose=purpose,
        granted=True,
        at=NOW - DAY,
        recorded_at=NOW - DAY,
        **said,
    )
    anchor = {"kind": KIND, "at": NOW - DAY, "line": line.id, "name": "newsletter"}
    shop.message(borys, RULE, purpose="transactional", template=TEMPLATE, anchors=[anchor])


def _suppressed(celina: Any) -> None:
    """Celina's mailbox is gone."""
    Address.update(suppressed_at=NOW - DAY, suppressed_reason="hard_bounce").where(
        Address.id == celina.address_id
    ).execute()


def _came_back(shop: Shopful, mail: Any) -> None:
    """A mail came back once with a server's own words, and an operator has written why mail may go there again."""
    fields = {"customer": mail.customer_id, "address": mail.address_id, "source": "dsn", "at": NOW}
    Feedback.create(shop=shop.shop, message=mail, kind="soft", said=shop.said("552 mailbox full"), **fields)
    Message.update(returned="soft", returned_at=NOW).where(Message.id == mail.id).execute()
    line = {"reason": "soft_bounces", "author": "jolanta", "note": shop.said("She has room again")}
    Suppression.create(address=mail.address_id, at=NOW, act="lifted", **line)


def _told(shop: Shopful, anna: Any) -> None:
    """An endpoint was told of Anna, in vain."""
    Endpoint.create(
        shop=shop.shop, name="crm", error=shop.said("HTTP 500"), error_at=NOW, failing_since_at=NOW
    )
    Notice.create(
        shop=shop.shop, endpoint="crm", customer=anna, number="msg_1", kind="message.clicked", at=NOW, recorded_at=NOW,
        next_at=NOW, attempts=1, error=shop.said("HTTP 500"), facts={"rule": "lens-refill"},
    )  # fmt: skip
    GoalLook.create(shop=shop.shop, customer=anna, recorded_at=NOW)


def _visited(shop: Shopful, anna: Any) -> None:
    """Anna was on the shop's pages yesterday, and somebody whom nobody knows."""
    for number, whose in ((1, anna), (2, None)):
        at = {"at": NOW - DAY, "last_at": NOW - DAY + 7 * MINUTE}
        visitor = Visitor.create(shop=shop.shop, key=f"visitor:{number:064d}", customer=whose, **at)
        page = shop.said("/lenses/acuvue")
        visit = Visit.create(
            shop=shop.shop, visitor=visitor, customer=whose, key=f"visit-{number}", page_at=at["last_at"],
            recorded_at=NOW - DAY, device="phone", source=shop.said("google.com"), first_page=page, last_page=page,
            pages=3, **at,
        )  # fmt: skip
        VisitPage.create(visit=visit, page=page)


@pytest.fixture
def shop(store: Store) -> Shopful:
    """The shop of Anna, Borys and Celina."""
    store.secret = KEY
    return full_shop()


@pytest.fixture
def app(store: Store) -> Flask:
    """The application over the store."""
    return create_app(config(), store, Still(), SECRET_KEY="test", TESTING=True)


@pytest.fixture
def client(app: Flask, shop: Shopful) -> Any:
    """A browser that nobody is logged in with."""
    return app.test_client()
