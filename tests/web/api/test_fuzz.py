"""Whatever is sent, nothing breaks: no 5xx, and a refused request leaves every table as it was."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.store import Store
from models import TABLES, ApiKey
from tests.intake.optica import line, order
from tests.web.api.serving import Calls

WHO = {"id": "anna"}
SERVED: dict[str, Calls] = {}  # by store: the application is made once for all examples
GOOD: dict[str, dict[str, Any]] = {
    "orders": order(customer={
        "id": "anna", "email": "anna@example.com", "birthday": "1990-04-12", "tags": ["b"], "attributes": {"eye": "L"},
        "consent": {"marketing": {"granted": True, "at": "2026-03-01T10:00:00Z"}},
    }),
    "customers": {"id": "anna", "email": "anna@example.com", "timezone": "Europe/Kyiv"},
    "products": {"id": "ACU-30", "price": "1.00", "stock": 3, "category": "optics/lenses", "lasts_days": 30},
    "events": {"id": "e", "kind": "event", "name": "visit", "customer": WHO, "order": "1001", "properties": {"n": 1}},
    "consents": {"customer": WHO, "purpose": "marketing", "granted": False, "at": "2026-03-01T10:00:00Z"},
    "refunds": {"id": "r", "order": "1001", "amount": 1, "lines": [{"product": "ACU-30", "quantity": 1}]},
}  # fmt: skip
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=20),
    st.sampled_from([
        "", "\0", "\r\nBcc: x", "9" * 40, "-1", "1e9999", "2026-02-30", "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00+14:00",
        "2026-03-01T10:00:00+23:59", "Anna@żółw.pl", "a@b", "@", "ß@ß.de", "a" * 400, "..", "🦄", "\u2028",
        "xn--a@xn--a.pl",
        10**30, -(10**18), [], {}, [[]], {"id": None}, [line()] * 3, "2026-03-01T10:00:00.123456789Z", "2026-W09-1",
    ]),
    st.recursive(
        st.none() | st.text(max_size=3),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Lists every place of a JSON value."""
    children: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path] + [place for key, child in children for place in places(child, (*path, key))]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """Returns the value with another one at a place."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, bytes, str]:
    """A good body with something odd in one or two places, or its bytes damaged."""
    resource = draw(st.sampled_from(sorted(GOOD)))
    body: Any = GOOD[resource]
    for _ in range(draw(st.integers(0, 2))):
        body = replaced(body, draw(st.sampled_from(places(body))), draw(ODD))
    if isinstance(body, dict) and draw(st.booleans()):
        body = body | draw(st.dictionaries(st.text(max_size=5), ODD, max_size=1))
    raw = json.dumps([GOOD[resource], body] if draw(st.booleans()) else body).encode()
    if draw(st.integers(0, 5)) == 0:
        cut = draw(st.integers(0, len(raw)))
        raw = raw[:cut] + draw(st.binary(max_size=4)) + raw[cut + draw(st.integers(0, 2)) :]
    return resource, raw, draw(st.sampled_from(["application/json", "application/x-ndjson"]))


@settings(
    max_examples=250,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(bodies())
def test_no_body_breaks_anything_and_a_refused_one_leaves_no_trace(
    store: Store, case: tuple[str, bytes, str]
) -> None:
    resource, body, kind = case
    if store.url not in SERVED:
        SERVED[store.url] = Calls(store)
        ApiKey.update(used_at=SERVED[store.url].clock.at).execute()
    calls = SERVED[store.url]
    with store.transaction() as undone:
        before = counts()
        answer = calls.post(resource, body, kind)
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.content_type == "application/problem+json"
            assert counts() == before
        undone.rollback()


def counts() -> list[int]:
    return [table.select().count() for table in TABLES]
