"""A client of the HTTP API of Regulars 1.0.0: one file, only the standard library, typed.

Made by `python -m clients.generate` from the API's own document.

    from regulars_client import Client, Invalid

    with Client("https://mail.shop.example", "rk_…") as regulars:
        try:
            regulars.send_orders({"id": "1001", "placed_at": "2026-03-01T10:00:00+01:00", …})
        except Invalid as refusal:
            for place in refusal.places:
                print(place.pointer, place.detail)
        for order in regulars.list_orders(updated_since="2026-03-01T00:00:00Z"):
            print(order["id"], order["status"])

A request whose connection is lost is sent again with the same Idempotency-Key, so nothing is done twice; one that the
server asks to wait (409, 429, 503) is sent again after that time. Everything else that is refused is a `Refusal`.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Required, TypedDict, cast
from urllib.parse import quote, urlencode, urlsplit

# ruff: noqa: E501

JSON, NDJSON = "application/json", "application/x-ndjson"
LONGEST_WAIT = 60.0  # seconds; whoever is told to wait longer is told so, and not kept waiting
KEPT_ANSWERS = 256


class RegularsError(Exception):
    """Whatever went wrong between this program and Regulars."""


class Unreachable(RegularsError):
    """No answer came, however often it was tried; whether the request was done is not known, so it may be sent again."""


@dataclass(frozen=True)
class Place:
    """One place of a request that is wrong: a JSON pointer (or /NAME of a query), and what is wrong there.

    An empty pointer means the request as a whole.
    """

    pointer: str
    detail: str


class Refusal(RegularsError):
    """An answer that says what is wrong, as RFC 9457 has it."""

    def __init__(
        self, status: int, title: str, detail: str, places: tuple[Place, ...], retry_after: float | None
    ) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status, self.title, self.detail = status, title, detail
        self.places, self.retry_after = places, retry_after


class Malformed(Refusal):
    """400: not JSON, or a cursor or header that is none."""


class NotLetIn(Refusal):
    """401: no key, an unknown one, or a revoked one."""


class NotAllowed(Refusal):
    """403: the key lacks the scope."""


class NotThere(Refusal):
    """404: there is nothing of that name."""


class UnderWay(Refusal):
    """409: a request with this Idempotency-Key is being worked on."""


class TooLarge(Refusal):
    """413: more bytes or items than the server takes at once."""


class Invalid(Refusal):
    """422: refused, and nothing was kept; `places` names every field that is wrong, or an empty pointer for the whole."""


class TooMany(Refusal):
    """429: more than this key may ask; `retry_after` says how many seconds to wait."""


class Away(Refusal):
    """503: the server cannot serve now; it may be sent again."""


KINDS: dict[int, type[Refusal]] = {
    400: Malformed, 401: NotLetIn, 403: NotAllowed, 404: NotThere, 409: UnderWay, 413: TooLarge, 422: Invalid,
    429: TooMany, 503: Away,
}  # fmt: skip
WORTH_WAITING = (409, 429, 503)
LOST = (ConnectionError, TimeoutError, http.client.HTTPException, OSError)


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the body as it is, and the headers by their names in small letters."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Connection:
    """Sends requests with the key, again where the connection is lost or the server asks to wait; not for several threads."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        attempts: int = 5,
        timeout: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._url, self._key = urlsplit(url), key
        self._attempts, self._timeout, self._sleep, self._context = attempts, timeout, sleep, context
        self._open: http.client.HTTPConnection | None = None
        self._kept: dict[str, tuple[str, Any]] = {}

    def close(self) -> None:
        """Lets go of the connection; the next request opens another."""
        if self._open is not None:
            self._open.close()
            self._open = None

    def _get(self, path: str, query: Mapping[str, object] | None = None) -> Any:
        """Asks for JSON; what has not changed since it was asked last is not sent again."""
        said = urlencode({name: value for name, value in (query or {}).items() if value is not None})
        address = f"{path}?{said}" if said else path
        tag, known = self._kept.get(address, ("", None))
        answer = self._call("GET", address, None, {"If-None-Match": tag} if tag else {})
        if answer.status == 304:
            return json.loads(known)
        if tag := answer.headers.get("etag", ""):
            if len(self._kept) >= KEPT_ANSWERS:
                self._kept.pop(next(iter(self._kept)))
            self._kept[address] = tag, answer.body
        return json.loads(answer.body)

    def _walk(
        self, path: str, query: Mapping[str, object], items: str, parameter: str, following: str
    ) -> Iterator[Any]:
        """Goes from page to page and yields their items."""
        asked = dict(query)
        while True:
            page = self._get(path, asked)
            yield from page[items]
            if page[following] is None:
                return
            asked[parameter] = page[following]

    def _send(self, path: str, body: bytes, kind: str, key: str | None) -> Answer:
        """Posts; each request has an Idempotency-Key, so that one whose answer was lost can be sent again."""
        return self._call(
            "POST", path, body, {"Content-Type": kind, "Idempotency-Key": key or str(uuid.uuid4())}
        )

    def _call(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        sent = {"Authorization": f"Bearer {self._key}", "Accept": JSON, **headers}
        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts
            try:
                answer = self._once(method, address, body, sent)
            except LOST as error:
                self.close()
                if last:
                    raise Unreachable(f"{method} {address}: {error!r} after {attempt} attempts") from error
                self._sleep(_pause(attempt))
                continue
            if answer.status < 400:
                return answer
            refusal = _refusal(answer)
            wait = _pause(attempt) if refusal.retry_after is None else refusal.retry_after
            tells = refusal.status != 429 or refusal.retry_after is not None  # else waiting does not help
            if last or refusal.status not in WORTH_WAITING or not tells or wait > LONGEST_WAIT:
                raise refusal
            self._sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        if self._open is None:
            self._open = self._connect()
        self._open.request(method, self._url.path.rstrip("/") + address, body, headers)
        with self._open.getresponse() as response:
            told = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, response.read(), told)

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._context)
        return http.client.HTTPConnection(host, port, timeout=self._timeout)


def _pause(attempt: int) -> float:
    """Returns how long to wait after so many attempts, in seconds: half of one, then twice that each time, at most 8."""
    return float(min(0.5 * 2 ** (attempt - 1), 8.0))


def _refusal(answer: Answer) -> Refusal:
    try:
        said = json.loads(answer.body)
    except ValueError:
        said = {}
    said = said if isinstance(said, dict) else {}
    places = tuple(Place(one["pointer"], one["detail"]) for one in said.get("errors", ()))
    wait = answer.headers.get("retry-after", "")
    kind = KINDS.get(answer.status, Refusal)
    title, detail = str(said.get("title", "")), str(said.get("detail", answer.body[:200]))
    return kind(answer.status, title, detail, places, float(wait) if wait.isdigit() else None)


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _lines(items: Any) -> bytes:
    return b"".join(_json(item) + b"\n" for item in items)


def _part(value: object) -> str:
    """Writes an id as a part of an address."""
    return quote(str(value), safe="")


class Consent(TypedDict, total=False):
    """What the customer said about one purpose, as part of a customer, and what shows that they did."""

    granted: Required[bool]
    at: str | None
    source: str | None
    wording: str | None
    version: str | None
    basis: Literal["explicit", "soft_opt_in"] | None
    opt_out_offered: bool | None
    ip: str | None
    proof: str | None
    confirmed_at: str | None


class ConsentIn(TypedDict, total=False):
    """A line of the consent ledger."""

    granted: Required[bool]
    at: str | None
    source: str | None
    wording: str | None
    version: str | None
    basis: Literal["explicit", "soft_opt_in"] | None
    opt_out_offered: bool | None
    ip: str | None
    proof: str | None
    confirmed_at: str | None
    customer: Required[Who]
    purpose: Required[str]
    kept: Any


class ConsentLineKept(TypedDict):
    """`kept` of ConsentLine: what the server says."""

    recorded_at: str
    customer_known: bool
    state: Literal["counts", "counts_for_similar_goods", "waits_to_be_confirmed"]


class ConsentLine(TypedDict):
    """A line of the consent ledger, and how it counts."""

    granted: bool
    at: str
    source: str | None
    wording: str | None
    version: str | None
    basis: Literal["explicit", "soft_opt_in"] | None
    opt_out_offered: bool | None
    ip: str | None
    proof: str | None
    confirmed_at: str | None
    customer: Named
    purpose: str
    kept: ConsentLineKept


class ConsentMark(TypedDict):
    """What holds of one purpose, and what shows it."""

    granted: bool
    at: str
    source: str | None
    wording: str | None
    version: str | None
    basis: Literal["explicit", "soft_opt_in"] | None
    opt_out_offered: bool | None
    ip: str | None
    proof: str | None
    confirmed_at: str | None


class Counts(TypedDict):
    """How many items changed something, and how many were known already."""

    accepted: int
    unchanged: int


class Coupon(TypedDict, total=False):
    """A coupon that a mail carries."""

    id: Required[int]
    code: Required[str]
    status: Required[Literal["active", "redeemed", "revoked", "expired"]]
    percent: Required[int]
    valid_until: Required[str]
    expires_at: Required[str]
    rule: Required[str]
    pool: str | None
    customer: str | None
    issued_at: Required[str]
    order: str | None
    redeemed_at: str | None


class CustomerKept(TypedDict):
    """`kept` of Customer: what the server says."""

    recorded_at: str
    zone: str


class Customer(TypedDict):
    """A customer as known now. `kept` is null in an order."""

    id: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    gender: Literal["female", "male", "other"] | None
    birthday: str | None
    phone: str | None
    city: str | None
    region: str | None
    country: str | None
    language: str | None
    timezone: str | None
    tags: list[str]
    attributes: dict[str, str | float | bool | None]
    consent: dict[str, ConsentMark]
    source: str | None
    signed_up_at: str
    updated_at: str
    kept: CustomerKept | None


class CustomerIn(TypedDict, total=False):
    """A customer of the shop, or a guest who is known by address alone."""

    id: str | None
    email: str | None
    first_name: str | None
    last_name: str | None
    gender: Literal["female", "male", "other"] | None
    birthday: str | None
    phone: str | None
    city: str | None
    region: str | None
    country: str | None
    language: str | None
    timezone: str | None
    tags: list[str] | None
    attributes: dict[str, str | float | bool | None] | None
    consent: dict[str, Consent]
    source: str | None
    signed_up_at: str | None
    updated_at: str | None
    kept: Any


class EventKept(TypedDict):
    """`kept` of Event: what the server says."""

    recorded_at: str
    customer_known: bool
    order_known: bool | None


class Event(TypedDict):
    """An event. `id` is null where it came without an id and without `at`: sent again, it would be another one."""

    id: str | None
    kind: Literal["viewed", "added_to_cart", "searched", "asked", "answered_question", "reviewed", "answered", "complained", "complaint_closed", "earned_points", "points_expire", "reached_tier", "event"]
    name: str | None
    customer: Named | None
    at: str
    product: str | None
    category: str | None
    brand: str | None
    price: str | None
    currency: str | None
    quantity: int | None
    order: str | None
    topic: str | None
    complaint: str | None
    properties: dict[str, str | float | bool | None]
    kept: EventKept


class EventIn(TypedDict, total=False):
    """Anything else that happened to a customer."""

    id: str | None
    kind: Literal["viewed", "added_to_cart", "searched", "asked", "answered_question", "reviewed", "answered", "complained", "complaint_closed", "earned_points", "points_expire", "reached_tier", "event"]
    name: str | None
    customer: Required[Who]
    at: str | None
    product: str | None
    category: str | None
    brand: str | None
    price: str | float | None
    currency: str | None
    quantity: int | None
    order: str | None
    topic: str | None
    complaint: str | None
    properties: dict[str, str | float | bool | None]
    kept: Any


class LineIn(TypedDict, total=False):
    """So many pieces of one product."""

    product: Required[str]
    name: str | None
    category: str | None
    brand: str | None
    quantity: int
    price: Required[str | float]
    url: str | None
    image: str | None


class LineResultErrors(TypedDict):
    """`errors` of LineResult: an object."""

    pointer: str
    detail: str


class LineResult(TypedDict, total=False):
    """What became of one line of NDJSON."""

    line: Required[int]
    status: Required[Literal["accepted", "unchanged", "refused"]]
    errors: list[LineResultErrors]


class Message(TypedDict):
    """A mail of the outbox."""

    id: int
    customer: Named | None
    to: str | None
    rule: str
    purpose: str
    template: str
    variant: str | None
    subject: str | None
    state: Literal["queued", "claimed", "sending", "deferred", "sent", "refused", "unknown", "cancelled", "expired"]
    reason: str | None
    reply: str | None
    attempts: int
    decided_at: str
    due_at: str
    expires_at: str
    settled_at: str | None
    returned: str | None
    returned_at: str | None
    message_id: str


class Named(TypedDict):
    """Who is meant: by the shop's id, by address, or by both."""

    id: str | None
    email: str | None


class OrderKept(TypedDict):
    """`kept` of Order: what the server says."""

    recorded_at: str
    void_at: str | None
    currency: str
    total: str


class Order(TypedDict):
    """An order as its versions and refunds have settled it. From `kept.void_at` on it counts as never placed."""

    id: str
    placed_at: str
    updated_at: str
    status: Literal["pending", "paid", "shipped", "delivered", "cancelled", "failed"]
    currency: str
    total: str
    coupon: str | None
    channel: str | None
    shipped_at: str | None
    delivered_at: str | None
    cancelled_at: str | None
    customer: Customer
    lines: list[OrderLine]
    kept: OrderKept


class OrderIn(TypedDict, total=False):
    """One version of an order."""

    id: Required[str]
    placed_at: Required[str]
    updated_at: str | None
    status: Literal["pending", "paid", "shipped", "delivered", "cancelled", "failed"]
    currency: str | None
    total: str | float | None
    coupon: str | None
    channel: str | None
    shipped_at: str | None
    delivered_at: str | None
    cancelled_at: str | None
    visitor: str | None
    customer: Required[CustomerIn]
    lines: list[LineIn]
    kept: Any


class OrderLine(TypedDict):
    """So many pieces of one product; lines of one product are one."""

    product: str
    name: str | None
    category: str | None
    brand: str | None
    quantity: int
    price: str
    url: str | None
    image: str | None


class ProblemErrors(TypedDict):
    """`errors` of Problem: an object."""

    pointer: str
    detail: str


class Problem(TypedDict):
    """What is wrong with a request, as RFC 9457 says."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemErrors]


class ProductKept(TypedDict):
    """`kept` of Product: what the server says."""

    recorded_at: str
    from_a_line: bool


class Product(TypedDict):
    """A product as known now."""

    id: str
    name: str | None
    category: str | None
    brand: str | None
    price: str | None
    currency: str | None
    stock: int | None
    lasts_days: int | None
    url: str | None
    image: str | None
    updated_at: str | None
    kept: ProductKept


class ProductIn(TypedDict, total=False):
    """Something that the shop sells."""

    id: Required[str]
    name: str | None
    category: str | None
    brand: str | None
    price: str | float | None
    currency: str | None
    stock: int | None
    lasts_days: int | None
    url: str | None
    image: str | None
    updated_at: str | None
    kept: Any


class RefundKept(TypedDict):
    """`kept` of Refund: what the server says."""

    recorded_at: str
    order_known: bool
    currency: str
    amount: str | None


class Refund(TypedDict):
    """A refund; `kept.amount` is what it came to, in the shop's currency."""

    id: str
    order: str
    at: str
    amount: str | None
    currency: str | None
    lines: list[RefundLine] | None
    kept: RefundKept


class RefundIn(TypedDict, total=False):
    """Money given back: an amount, lines, both, or neither for the whole order."""

    id: Required[str]
    order: Required[str]
    at: str | None
    amount: str | float | None
    currency: str | None
    lines: list[RefundLineIn] | None
    kept: Any


class RefundLine(TypedDict):
    """So many pieces of one product came back."""

    product: str
    quantity: int


class RefundLineIn(TypedDict, total=False):
    """So many pieces of one product came back."""

    product: Required[str]
    quantity: int


class Who(TypedDict, total=False):
    """Names a customer by the shop's id or by address, of both the id first; a bare text is an address if it has an @."""

    id: str | None
    email: str | None


class Client(Connection):
    """Everything that can be sent to Regulars and read from it; `key` is one of `server.py keys create`."""

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send_orders(
        self, items: OrderIn | Order | Sequence[OrderIn | Order], *, idempotency_key: str | None = None
    ) -> Counts:
        """Keep versions of orders: new ones, changed ones, repeats: one, or a list of which all or nothing is kept.

        What was read may be sent as it is. Raises Invalid with every place that is wrong.
        """
        return cast("Counts", json.loads(self._send("/api/v1/orders", _json(items), JSON, idempotency_key).body))

    def send_orders_by_line(
        self, items: Iterable[OrderIn | Order], *, idempotency_key: str | None = None
    ) -> list[LineResult]:
        """Keep versions of orders: new ones, changed ones, repeats: each for itself; returns what became of each, in order."""
        answer = self._send("/api/v1/orders", _lines(items), NDJSON, idempotency_key)
        return [json.loads(line) for line in answer.body.splitlines()]

    def list_orders(
        self,
        *,
        updated_since: str | None = None,
        customer: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Order]:
        """List orders as they stand, all pages one after the other.

        updated_since: only what the shop changed then or later
        customer: only of this customer: the shop's id, or an address
        limit: how many items a page has at most
        """
        query = {
            "updated_since": updated_since,
            "customer": customer,
            "limit": limit,
        }
        return self._walk("/api/v1/orders", query, "orders", "cursor", "cursor")

    def send_customers(
        self, items: CustomerIn | Customer | Sequence[CustomerIn | Customer], *, idempotency_key: str | None = None
    ) -> Counts:
        """Keep what the shop says of its customers: one, or a list of which all or nothing is kept.

        What was read may be sent as it is. Raises Invalid with every place that is wrong.
        """
        return cast("Counts", json.loads(self._send("/api/v1/customers", _json(items), JSON, idempotency_key).body))

    def send_customers_by_line(
        self, items: Iterable[CustomerIn | Customer], *, idempotency_key: str | None = None
    ) -> list[LineResult]:
        """Keep what the shop says of its customers: each for itself; returns what became of each, in order."""
        answer = self._send("/api/v1/customers", _lines(items), NDJSON, idempotency_key)
        return [json.loads(line) for line in answer.body.splitlines()]

    def list_customers(
        self,
        *,
        updated_since: str | None = None,
        email: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Customer]:
        """List customers as they are known, all pages one after the other.

        updated_since: only what the shop changed then or later
        email: only those of this mailbox, guests too
        limit: how many items a page has at most
        """
        query = {
            "updated_since": updated_since,
            "email": email,
            "limit": limit,
        }
        return self._walk("/api/v1/customers", query, "customers", "cursor", "cursor")

    def send_products(
        self, items: ProductIn | Product | Sequence[ProductIn | Product], *, idempotency_key: str | None = None
    ) -> Counts:
        """Keep what the shop says of its products: one, or a list of which all or nothing is kept.

        What was read may be sent as it is. Raises Invalid with every place that is wrong.
        """
        return cast("Counts", json.loads(self._send("/api/v1/products", _json(items), JSON, idempotency_key).body))

    def send_products_by_line(
        self, items: Iterable[ProductIn | Product], *, idempotency_key: str | None = None
    ) -> list[LineResult]:
        """Keep what the shop says of its products: each for itself; returns what became of each, in order."""
        answer = self._send("/api/v1/products", _lines(items), NDJSON, idempotency_key)
        return [json.loads(line) for line in answer.body.splitlines()]

    def list_products(
        self,
        *,
        updated_since: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Product]:
        """List products as they are known, all pages one after the other.

        updated_since: only what the shop changed then or later
        limit: how many items a page has at most
        """
        query = {
            "updated_since": updated_since,
            "limit": limit,
        }
        return self._walk("/api/v1/products", query, "products", "cursor", "cursor")

    def send_events(
        self, items: EventIn | Event | Sequence[EventIn | Event], *, idempotency_key: str | None = None
    ) -> Counts:
        """Keep anything else that happened to customers: one, or a list of which all or nothing is kept.

        What was read may be sent as it is. Raises Invalid with every place that is wrong.
        """
        return cast("Counts", json.loads(self._send("/api/v1/events", _json(items), JSON, idempotency_key).body))

    def send_events_by_line(
        self, items: Iterable[EventIn | Event], *, idempotency_key: str | None = None
    ) -> list[LineResult]:
        """Keep anything else that happened to customers: each for itself; returns what became of each, in order."""
        answer = self._send("/api/v1/events", _lines(items), NDJSON, idempotency_key)
        return [json.loads(line) for line in answer.body.splitlines()]

    def list_events(
        self,
        *,
        since: str | None = None,
        kind: Literal["viewed", "added_to_cart", "searched", "asked", "answered_question", "reviewed", "answered", "complained", "complaint_closed", "earned_points", "points_expire", "reached_tier", "event"] | None = None,
        customer: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Event]:
        """List events, all pages one after the other.

        since: only what happened then or later
        kind: only events of this kind
        customer: only of this customer: the shop's id, or an address
        limit: how many items a page has at most
        """
        query = {
            "since": since,
            "kind": kind,
            "customer": customer,
            "limit": limit,
        }
        return self._walk("/api/v1/events", query, "events", "cursor", "cursor")

    def send_consents(
        self, items: ConsentIn | ConsentLine | Sequence[ConsentIn | ConsentLine], *, idempotency_key: str | None = None
    ) -> Counts:
        """Enter consents and withdrawals into the ledger: one, or a list of which all or nothing is kept.

        What was read may be sent as it is. Raises Invalid with every place that is wrong.
        """
        return cast("Counts", json.loads(self._send("/api/v1/consents", _json(items), JSON, idempotency_key).body))

    def send_consents_by_line(
        self, items: Iterable[ConsentIn | ConsentLine], *, idempotency_key: str | None = None
    ) -> list[LineResult]:
        """Enter consents and withdrawals into the ledger: each for itself; returns what became of each, in order."""
        answer = self._send("/api/v1/consents", _lines(items), NDJSON, idempotency_key)
        return [json.loads(line) for line in answer.body.splitlines()]

    def list_consents(
        self,
        *,
        since: str | None = None,
        customer: str | None = None,
        limit: int | None = None,
    ) -> Iterator[ConsentLine]:
        """List lines of the consent ledger, all pages one after the other.

        since: only what happened then or later
        customer: only of this customer: the shop's id, or an address
        limit: how many items a page has at most
        """
        query = {
            "since": since,
            "customer": customer,
            "limit": limit,
        }
        return self._walk("/api/v1/consents", query, "consents", "cursor", "cursor")

    def send_refunds(
        self, items: RefundIn | Refund | Sequence[RefundIn | Refund], *, idempotency_key: str | None = None
    ) -> Counts:
        """Keep refunds of amounts, lines or whole orders: one, or a list of which all or nothing is kept.

        What was read may be sent as it is. Raises Invalid with every place that is wrong.
        """
        return cast("Counts", json.loads(self._send("/api/v1/refunds", _json(items), JSON, idempotency_key).body))

    def send_refunds_by_line(
        self, items: Iterable[RefundIn | Refund], *, idempotency_key: str | None = None
    ) -> list[LineResult]:
        """Keep refunds of amounts, lines or whole orders: each for itself; returns what became of each, in order."""
        answer = self._send("/api/v1/refunds", _lines(items), NDJSON, idempotency_key)
        return [json.loads(line) for line in answer.body.splitlines()]

    def list_refunds(
        self,
        *,
        since: str | None = None,
        order: str | None = None,
        limit: int | None = None,
    ) -> Iterator[Refund]:
        """List refunds, all pages one after the other.

        since: only what happened then or later
        order: only of this order
        limit: how many items a page has at most
        """
        query = {
            "since": since,
            "order": order,
            "limit": limit,
        }
        return self._walk("/api/v1/refunds", query, "refunds", "cursor", "cursor")

    def get_order(self, id: str | int) -> Order:
        """Show one order; raises NotThere."""
        return cast("Order", self._get(f"/api/v1/orders/{_part(id)}"))

    def get_customer(self, id: str | int) -> Customer:
        """Show one customer; raises NotThere."""
        return cast("Customer", self._get(f"/api/v1/customers/{_part(id)}"))

    def get_product(self, id: str | int) -> Product:
        """Show one product; raises NotThere."""
        return cast("Product", self._get(f"/api/v1/products/{_part(id)}"))

    def get_event(self, id: str | int) -> Event:
        """Show one event; raises NotThere."""
        return cast("Event", self._get(f"/api/v1/events/{_part(id)}"))

    def get_refund(self, id: str | int) -> Refund:
        """Show one refund; raises NotThere."""
        return cast("Refund", self._get(f"/api/v1/refunds/{_part(id)}"))

    def list_messages(
        self,
        *,
        since: str | None = None,
        customer: str | None = None,
        rule: str | None = None,
        state: Literal["queued", "claimed", "sending", "deferred", "sent", "refused", "unknown", "cancelled", "expired"] | None = None,
        limit: int | None = None,
    ) -> Iterator[Message]:
        """List mails: to whom, why, and what became of them, all pages one after the other.

        since: only mails that are open, or have ended then or later
        customer: only of this customer: the shop's id, or an address
        rule: only mails of this rule
        state: only mails in this state
        limit: how many items a page has at most
        """
        query = {
            "since": since,
            "customer": customer,
            "rule": rule,
            "state": state,
            "limit": limit,
        }
        return self._walk("/api/v1/messages", query, "messages", "cursor", "cursor")

    def get_message(self, id: str | int) -> Message:
        """Show one mail; raises NotThere."""
        return cast("Message", self._get(f"/api/v1/messages/{_part(id)}"))

    def list_coupons(
        self,
        *,
        limit: int | None = None,
        after: int | None = None,
    ) -> Iterator[Coupon]:
        """List issued coupons, page by page, all pages one after the other.

        limit: how many at most
        after: the `next` of the page before
        """
        query = {
            "limit": limit,
            "after": after,
        }
        return self._walk("/api/v1/coupons", query, "coupons", "after", "next")

    def get_coupon(self, code: str | int) -> Coupon:
        """Show one coupon; raises NotThere."""
        return cast("Coupon", self._get(f"/api/v1/coupons/{_part(code)}"))
