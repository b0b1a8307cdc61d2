"""A home with two shops, mails that have left, keys, links and a console: everything that a request from outside can name.

Keys and tokens are always the same, so that a case that found a fault finds it again.
"""

from __future__ import annotations

import argparse
import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from werkzeug.routing import Map

from engine.cli.home import Home, open_home
from engine.clock import DAY, SECOND
from engine.consent.confirmation import KIND
from engine.consent.tokens import sign
from engine.delivery.clicks import click_token
from engine.intake import sync_shops
from engine.store import Store
from engine.web.api.credentials import digest_of_key, new_key
from engine.web.app import create_app
from engine.web.console.people import create_user
from models import ApiKey, ConsentChange, Coupon, Cursor, Customer, Link, Message, User
from models.base import serve_by_default
from models.migrations import migrate
from tests.certificates import certificate
from tests.feedback.post import BOUNCES, KEY, Post
from tests.fuzz.calls import Call
from tests.intake.optica import at
from tests.web.shopful import NOW as STORY
from tests.web.shopful import Shopful
from tests.web.webhooks.mail_services import AMAZON, CERT, SERVICES, Services, Standing
from tests.web.whole_shop import _mail as mail_story

Address = tuple[
    tuple[bool, str], ...
]  # parts of a path: as it stands, or the name of what is to be filled in
ROOT = Path(__file__).resolve().parents[2]
NOW = at("2026-06-01T12:00:00")
MINE, THEIRS, REVOKED = (f"rk_{name}{'x' * 30}" for name in ("mine", "theirs", "revoked"))
SECRETS = {
    shop: {
        "woocommerce": f"woo-secret-of-{shop}", "shopify": f"shopify-secret-of-{shop}",
        "horoshop": f"horoshop-secret-of-{shop}-01",
        "native": f"whsec_{letter * 32}",
    }
    for shop, letter in (("optyk", "A"), ("drogeria", "B"))
}  # fmt: skip
PASSWORD, USER = "correct horse battery", "ola@example.com"
TOKENS = {"anna": "AnnaAnnaAnnaAnnaAnna01", "borys": "BorysBorysBorysBorys02", "asked": "AskedAskedAskedAsked03",
          "gone": "GoneGoneGoneGoneGone04"}  # fmt: skip


def addresses(maps: list[Map]) -> list[Address]:
    """Lists every address of the applications as its parts."""
    rules = {
        tuple((not dynamic, text) for dynamic, text in rule._trace if text != "|")
        for each in maps
        for rule in each.iter_rules()
    }
    return sorted(rules)


def settings(database: str | None, **more: Any) -> dict[str, Any]:
    """The operator's file: two shops that both take messages of both shop systems, and five mail services."""
    shops = [
        {
            "shop": key, "name": key.title(), "postal": "ul. Szeroka 14, Kraków", "website": f"https://{key}.example",
            "sender": {"name": key.title(), "address": f"sklep@{key}.example", "bounces": BOUNCES},
            "pages": {"origins": [f"https://{key}.example"], "secrets": [own["shopify"]], "visitor_a_minute": 10_000,
                      "address_a_minute": 100_000},
            "webhooks": {
                "woocommerce": {"secrets": [own["woocommerce"]], "statuses": {"wyslane": "shipped"},
                                "consents": {"_optin": "marketing"}},
                "shopify": {"secrets": [own["shopify"]]},
                "native": {"secrets": [own["native"]]}, "horoshop": {"secrets": [own["horoshop"]]},
            },
        }
        for key, own in SECRETS.items()
    ]  # fmt: skip
    return {
        "shops": shops, "rates": {"EUR": "4.30", "USD": "3.90"}, "public_url": "https://optyk.example",
        "feedback": {"webhooks": SERVICES}, "limits": {"body_bytes": 1_000_000, "orders_per_request": 2_000},
        **({"database": database} if database else {}), **more,
    }  # fmt: skip


class World(Services):
    """The home, served in this process. What mail services would post it returns as a Call."""

    def __init__(self, home: Home) -> None:
        home.store.secret = KEY
        Post.__init__(self, home.store, home.config)
        self.home, self.tokens, self.fetched = home, 0, []
        self.certificates = {CERT: certificate(AMAZON, "sns.amazonaws.com")}
        self.app: Flask = create_app(home.config, home.store, Standing(self), SECRET_KEY="fuzz")
        self.app.extensions |= {"fetch": self.fetch, "home": home, "wake": lambda: None}
        sync_shops(home.store, home.config, STORY)
        self._people()
        self.now = NOW
        self.session, self.csrf = self._cookie(), self._csrf()
        self.inside = self._cookie(_user_id="ola", _fresh=True)
        self.addresses = addresses([self.app.url_map, self.app.extensions["api"].url_map])

    def fetch(self, url: str) -> bytes:
        """Answers as Amazon does; where it has no certificate, with a page that is none."""
        return self.certificates.get(url, b"<html>not here</html>")

    def passes(self) -> None:
        """Lets a second pass."""
        self.now += SECOND

    def post_to(self, name: str, body: Any, **more: Any) -> Any:
        """Returns what a mail service would post."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Call(
            "mail services",
            "POST",
            f"/webhooks/mail/{name}",
            raw,
            "application/json",
            more.get("headers", {}),
        )

    def basic(self, name: str, body: Any, user: str = "", password: str = "") -> Any:
        """Returns what a service that signs nothing would post."""
        right = f"{SERVICES[name]['username']}:{SERVICES[name]['password']}"  # type: ignore[index]
        said = base64.b64encode((f"{user}:{password}" if user else right).encode()).decode()
        return self.post_to(name, body, headers={"Authorization": f"Basic {said}"})

    def _cookie(self, **said: Any) -> str:
        """Returns the cookie of a session as the application signs it."""
        signer: Any = SecureCookieSessionInterface().get_signing_serializer(self.app)
        return f"{self.app.config['SESSION_COOKIE_NAME']}={signer.dumps({'csrf_token': 'drawn', **said})}"

    def _csrf(self) -> str:
        """Returns the token that a form of these sessions carries."""
        return str(URLSafeTimedSerializer(str(self.app.secret_key), salt="wtf-csrf-token").dumps("drawn"))

    def _people(self) -> None:
        """Anna, Borys and Celina with their stories, an erased customer, mails with links, a coupon, keys, and Ola."""
        story = Shopful.__new__(Shopful)
        story.words, story.shop = "", self.optician.shop
        Cursor.create(shop=story.shop, ticked_at=STORY)
        story.rules()
        anna, borys, celina = (story.customer(name, name.lower()) for name in ("Anna", "Borys", "Celina"))
        for customer in (anna, borys):
            story.consent(customer, "marketing")
        for number, customer in enumerate((anna, anna, borys, celina)):
            story.order(
                customer, f"100{number}", STORY - (number + 1) * 30 * DAY, "Acuvue Oasys 30", "ReNu 360 ml"
            )
        mail_story(story, anna, borys, celina)
        self._mails(story, anna, borys, celina)
        self._doors(anna)

    def _mails(self, story: Shopful, anna: Any, borys: Any, celina: Any) -> None:
        story.consent(anna, "pending:newsletter")
        asked = [
            {
                "kind": KIND,
                "line": ConsentChange.get(ConsentChange.purpose == "pending:newsletter").id,
                "at": STORY,
            }
        ]
        for name, mail in (
            ("anna", story.message(anna, "lens-refill")),
            ("borys", story.message(borys, "thank-you", purpose="transactional")),
            ("asked", story.message(anna, "double-opt-in", purpose="transactional", anchors=asked)),
            ("gone", story.message(celina, "newsletter")),
        ):
            Message.update(token=TOKENS[name]).where(Message.id == mail.id).execute()
        mail = Message.get(Message.token == TOKENS["anna"])
        link = Link.create(
            shop=story.shop, digest="0" * 64, url="https://optyk.example/lenses", used_at=STORY
        )
        Coupon.create(shop=story.shop, code="LATO-10", folded="LATO-10", rule="lens-refill", message=mail,
            customer=anna,
                      percent=10, valid_until="2026-12-31", expires_at=STORY + 300 * DAY, issued_at=STORY)  # fmt: skip
        self.mail, self.links = mail, [click_token(KEY, mail.id, link.id), click_token(KEY, mail.id, 999)]
        self.readers = [*TOKENS.values(), sign(KEY, anna.id), sign(KEY, 999_999)]

    def _doors(self, anna: Customer) -> None:
        """Keys of the API, known in advance, and a user whose password is hashed cheaply: there are many logins to come."""
        shops = {"optyk": self.optician.shop.id, "drogeria": self.optician.shop.id + 1}
        for key, shop in ((MINE, "optyk"), (THEIRS, "drogeria"), (REVOKED, "optyk")):
            drawn = new_key(shops[shop], "fuzz", STORY)
            change: dict[str, Any] = {"digest": digest_of_key(key), "used_at": NOW}
            ApiKey.update(change | ({"revoked_at": STORY} if key == REVOKED else {})).where(
                ApiKey.digest == digest_of_key(drawn)
            ).execute()
        cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
        self.ola: User = create_user(USER, PASSWORD, "admin", STORY)
        User.update(password=cheap, fs_uniquifier="ola").where(User.id == self.ola.id).execute()


@contextmanager
def world(folder: Path, database: str | None = None, **more: Any) -> Iterator[World]:
    """Makes a home in an empty folder, over SQLite where no other database is named, and gives it in use."""
    config = folder / "config.yaml"
    config.write_text(json.dumps(settings(database, **more)), "utf-8")
    home = open_home(
        argparse.Namespace(
            config=str(config), rules=str(ROOT / "rules"), home=str(folder / "home"), templates=None
        )
    )
    home.store.serve_by_default()
    try:
        with home.store.use():
            migrate(home.store.database)
            yield World(home)
    finally:
        home.store.close()
        serve_by_default(None)


def kind_of(store: Store) -> str:
    """Names the database."""
    return "PostgreSQL" if store.postgresql else "SQLite"
