"""Schemathesis over every operation and every link of the API's document, against the application with a real store.

    python -m bench.contract [--examples 200] [--seed 7] [--database postgresql://…]

Each answer is held against the document: its status, its type, its shape, its headers; bodies that fit the document must
not be called malformed, bodies that do not must be refused; nobody gets in without a key; and no request whatever breaks
the server. Prints a table, and every failure with the request that brings it about; exits 1 where there is one.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.transport.wsgi import WSGI_TRANSPORT, WSGITransport

from engine.clock import DAY, Clock
from engine.config import Config, read_config
from engine.intake import sync_shops
from engine.store import Store, open_store
from engine.web.api.described.examples import SENT
from engine.web.api.document import DOCUMENT
from engine.web.app import create_app
from models import Coupon, Customer, Message
from models.migrations import migrate

SHOP = {
    "shop": "optica", "name": "Optica", "sender": {"name": "Optica", "address": "sklep@optica.example"},
    "postal": "Optica, ul. Długa 1, Kraków", "pages": {"origins": ["https://optica.example"]},
    "webhooks": {"woocommerce": {"secrets": ["a-secret-of-sixteen"]}, "shopify": {"secrets": ["a-secret-of-sixteen"]}},
}  # fmt: skip
CONFIG = {"shops": [SHOP], "rates": {"EUR": "4.30"}}
# What a request may be answered that fits the document: a shop may still have said what makes no sense (422: a day in the
# future, an unknown currency) or too much (413). Never that it is malformed.
FITTING = ["2xx", "304", "401", "403", "404", "409", "413", "422", "429"]


@dataclass(slots=True)
class Outcome:
    """What a run has seen: cases by phase, operations reached, statuses, links followed, and all that was wrong."""

    cases: Counter[str] = field(default_factory=Counter)
    operations: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    links: set[str] = field(default_factory=set)
    wrong: dict[str, str] = field(default_factory=dict)  # by a title: the first request that shows it

    def see(self, event: events.ScenarioFinished) -> None:
        """Takes in one scenario."""
        recorder = event.recorder
        for key, node in recorder.cases.items():
            self.cases[event.phase.value] += 1
            self.operations.add(node.value.operation.label)
            if node.transition is not None:
                self.links.add(str(node.transition.id))
            if key in recorder.interactions and recorder.interactions[key].response is not None:
                self.statuses[recorder.interactions[key].response.status_code] += 1
            for check in recorder.checks.get(key, ()):
                self.checks[check.name] += 1
                if check.status == Status.FAILURE and check.failure_info is not None:
                    failure = check.failure_info.failure
                    self._add(
                        f"{node.value.operation.label}: {check.name}: {failure.title}", node.value, failure
                    )

    def _add(self, title: str, case: Any, failure: Any) -> None:
        body = "" if case.body is None else f" {case.body!r}"[:400]
        path = f"{case.method} {case.formatted_path} {dict(case.query or {})}"
        self.wrong.setdefault(title, f"{path}{body}\n      {failure.message}"[:900])


def run(store: Store, examples: int, walks: int, edges: bool = True, seed: int = 7) -> Outcome:
    """Runs all phases over the application.

    `examples` is how many requests are made up for each operation, `walks` how many chains of them follow links;
    `edges` tries every edge of every field with wrong values too, some four thousand requests.
    """
    config = read_config(CONFIG)
    with _served(store, config) as (app, key):
        schema = schemathesis.openapi.from_dict(
            app.extensions[DOCUMENT](),
            config=SchemathesisConfig.from_dict(_settings(key, examples, walks, edges) | {"seed": seed}),
        )
        schema.app, schema.location = app, "/openapi.json"
        WSGI_TRANSPORT.__class__ = InProcess
        outcome = Outcome()
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                outcome.see(event)
            elif isinstance(event, events.NonFatalError):
                outcome.wrong.setdefault(f"{event.label}: {event.info.title}", str(event.info.message)[:600])
            elif isinstance(event, events.FatalError):
                raise event.exception
    return outcome


@contextmanager
def _served(store: Store, config: Config) -> Iterator[tuple[Any, str]]:
    from engine.web.api.credentials import new_key

    clock = Clock()
    shop = sync_shops(store, config, clock.now())["optica"]
    key = new_key(shop.id, "contract", clock.now(), ["all"])
    app = create_app(config, store, clock)
    for name in ("products", "customers", "orders", "events", "consents", "refunds"):
        sent = app.test_client().post(
            f"/api/v1/{name}", json=SENT[name], headers={"Authorization": f"Bearer {key}"}
        )
        assert sent.status_code == 201, sent.text
    for number in range(3):
        _mail(shop.id, number, clock.now())
    yield app, key


def _mail(shop: int, number: int, now: int) -> None:
    """Puts a mail with a coupon where the lists of both find it."""
    address = Customer.get(Customer.external_id == "c1").address_id
    moments = dict.fromkeys(("decided_at", "counted_at", "due_at", "not_before_at"), now)
    mail = Message.create(
        shop=shop, customer=Customer.get(Customer.external_id == "c1").id, address=address, rule="win-back",
        purpose="marketing", template="plain", state="sent", message_id=f"<{number}@optica.example>", token=f"t{number}",
        expires_at=now + DAY, settled_at=now, **moments,
    )  # fmt: skip
    Coupon.create(
        shop=shop, code=f"CODE-{number}", folded=f"CODE{number}", rule="win-back", message=mail, customer=mail.customer,
        percent=10, valid_until="2027-01-01", expires_at=now + DAY, issued_at=now,
    )  # fmt: skip


def _settings(key: str, examples: int, walks: int, edges: bool) -> dict[str, Any]:
    return {
        "continue-on-failure": True,
        "headers": {"Authorization": f"Bearer {key}"},
        "generation": {"max-examples": examples, "no-shrink": True, "database": "none", "deterministic": True},
        "phases": {
            "coverage": {"generation": {"mode": "all" if edges else "positive"}},
            "stateful": {"max-steps": 5, "generation": {"max-examples": walks}},
        },
        "checks": {"positive_data_acceptance": {"expected-statuses": FITTING}},
        "operations": [
            {"include-path-regex": "^/api/v1/[a-z]+$", "include-method": "GET", "checks": {
                "positive_data_acceptance": {"expected-statuses": [*FITTING, "400"]}}},  # a cursor is no word to make up
        ],
    }  # fmt: skip


@schemathesis.serializer("application/x-ndjson")
def _ndjson(_context: Any, value: Any) -> Any:
    """Sends a text of lines as it is, and anything else as the one line that it is."""
    if isinstance(value, bytes):
        return {"data": value}
    return {"data": (value if isinstance(value, str) else json.dumps(value)).encode("utf-8", "replace")}


class InProcess(WSGITransport):
    """Calls the application in process, and does not hand it what only a socket understands.

    In its stateful phase Schemathesis 4.32 forgets to leave that out, and its own test client refuses it.
    """

    def send(self, case: Any, *, session: Any = None, **options: Any) -> Any:
        for name in ("max_redirects", "verify", "cert", "proxies"):
            options.pop(name, None)
        return super().send(case, session=session, **options)


def show(outcome: Outcome) -> Iterator[str]:
    """Yields the lines of the summary."""
    cases = ", ".join(f"{name} {outcome.cases[name]:,}" for name in sorted(outcome.cases))
    yield f"{sum(outcome.cases.values()):,} requests over {len(outcome.operations)} operations: {cases}"
    own = sum(
        " it ->" in link or "its_" in link or " next ->" in link or " first ->" in link
        for link in outcome.links
    )
    yield f"{own} links of the document followed, and {len(outcome.links) - own} that were guessed"
    yield f"{sum(outcome.checks.values()):,} checks: {', '.join(sorted(outcome.checks))}"
    yield "answers: " + ", ".join(
        f"{status}: {count:,}" for status, count in sorted(outcome.statuses.items())
    )
    yield f"failures: {len(outcome.wrong)}"
    for title, how in sorted(outcome.wrong.items()):
        yield f"  {title}\n      {how}"


def main() -> int:
    """Runs it on a new store and prints what came of it."""
    parser = argparse.ArgumentParser(prog="python -m bench.contract")
    parser.add_argument("--examples", type=int, default=200, help="made-up bodies for each operation")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--database", help="the address of an empty database; else a new one of SQLite")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(args.database or f"sqlite:///{folder}/contract.db")
        store.serve_by_default()
        with store.use():
            migrate(store.database)
            outcome = run(store, args.examples, 5 * args.examples, seed=args.seed)
        store.close()
    for line in show(outcome):
        print(line)
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
