"""Whatever the order of arrival, and however often: the same versions and refunds end in the same facts."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.intake.connectors.told import Told
from engine.intake.keeping import keep
from engine.store import Store
from models import Line, Order, OrderVersion, Refund, RefundLine
from tests.intake.optica import Optica, line, order

STATUSES = ("pending", "paid", "shipped", "delivered", "cancelled", "failed")
PRODUCTS = ("ACU-30", "CASE", "DROPS")


def moment(day: int) -> str:
    return f"2026-03-{day:02}T10:00:00Z"


@st.composite
def versions(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Versions of one order; no two with one moment and one status, which only their arrival could part."""
    keys = draw(st.sets(st.tuples(st.integers(1, 9), st.sampled_from(STATUSES)), min_size=1, max_size=6))
    return [draw(version(day, status)) for day, status in sorted(keys)]


@st.composite
def version(draw: st.DrawFn, day: int, status: str) -> dict[str, Any]:
    said = {
        name: moment(draw(st.integers(1, 28)))
        for name in ("shipped_at", "delivered_at", "cancelled_at")
        if draw(st.integers(0, 4)) == 0
    }
    products = draw(st.lists(st.sampled_from(PRODUCTS), min_size=1, max_size=4))
    lines = [line(p, quantity=draw(st.integers(1, 3)), price=draw(st.integers(1, 99))) for p in products]
    customer = {"id": draw(st.sampled_from(("anna", "borys")))}
    total = draw(st.sampled_from((None, "100.00", "0.00")))
    return order(
        placed_at=moment(draw(st.integers(1, 2))), updated_at=moment(day), status=status, lines=lines,
        customer=customer, total=total, **said,
    )  # fmt: skip


@st.composite
def refunds(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = []
    for number in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(("whole", "amount", "lines", "both")))
        refund: dict[str, Any] = {"id": f"r{number}", "order": "1001", "at": moment(draw(st.integers(3, 28)))}
        if kind in ("amount", "both"):
            refund["amount"] = draw(st.integers(0, 120))
        if kind in ("lines", "both"):
            products = draw(st.sets(st.sampled_from(PRODUCTS), min_size=1))
            refund["lines"] = [{"product": p, "quantity": draw(st.integers(1, 3))} for p in sorted(products)]
        found.append(refund)
    return found


@st.composite
def supplies(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """How long products last, as said on several days, and where Anna and Borys live."""
    found = []
    for product, day in sorted(
        draw(st.sets(st.tuples(st.sampled_from(PRODUCTS), st.integers(1, 9)), max_size=4))
    ):
        lasts = draw(st.sampled_from((1, 30, 45)))
        found.append(("products", {"id": product, "updated_at": moment(day), "lasts_days": lasts}))
    for name in draw(st.sets(st.sampled_from(("anna", "borys")))):
        zone = draw(st.sampled_from(("Europe/Warsaw", "America/New_York", "Australia/Lord_Howe")))
        found.append(("customers", {"id": name, "updated_at": moment(1), "timezone": zone}))
    return found


@st.composite
def arrivals(
    draw: st.DrawFn,
) -> tuple[list[tuple[str, dict[str, Any]]], list[list[tuple[str, dict[str, Any]]]]]:
    """The set in order, and the same set shuffled, with repeats, cut into requests."""
    straight = [("orders", one) for one in draw(versions())] + [("refunds", one) for one in draw(refunds())]
    straight = draw(supplies()) + straight
    straight += [("gone", {"id": "1001"})] * draw(st.integers(0, 1))
    repeats = draw(st.lists(st.sampled_from(straight), max_size=4))
    shuffled = draw(st.permutations(straight + repeats))
    cuts = sorted(draw(st.sets(st.integers(1, len(shuffled)), max_size=3)) | {len(shuffled)})
    return straight, [shuffled[a:b] for a, b in zip([0, *cuts], cuts, strict=False)]


def send(optica: Optica, request: list[tuple[str, dict[str, Any]]]) -> None:
    optica.now += 1
    for kind, said in request:
        if kind == "gone":
            keep(optica.store, optica.config, optica.row, Told(gone_order=said["id"]), optica.now)
    for kind in ("refunds", "customers", "orders", "products"):
        items = [item for name, item in request if name == kind]
        if items:
            getattr(optica, kind)(*items)


def facts() -> list[Any]:
    """Everything that rules can see of orders, without ids and without when it was learned."""
    hidden = ("id", "recorded_at", "order", "customer", "refund", "line", "shop")
    found: list[Any] = []
    for table in (Order, Line, Refund, RefundLine, OrderVersion):
        rows = [row.__data__ | {"whose": whose(row)} for row in table.select()]
        found.append(sorted(
            sorted((k, str(v)) for k, v in row.items() if k not in hidden
                   and not k.endswith("_recorded_at"))
            for row in rows
        ))  # fmt: skip
    return found


def whose(row: Any) -> tuple[Any, ...]:
    """Names what a row belongs to by the shop's own ids."""
    customer = row.customer.external_id if getattr(row, "customer_id", None) else None
    belongs = row.order.external_id if getattr(row, "order_id", None) else None
    piece = row.line.product if getattr(row, "line_id", None) else None
    return customer, belongs, piece


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(arrivals())
def test_any_order_of_arrival_ends_in_the_same_facts(store: Store, case: Any) -> None:
    straight, requests = case
    seen = []
    for way in ([straight], requests):
        with store.transaction() as undone:
            optica = Optica(store)
            for request in way:
                send(optica, request)
            seen.append(facts())
            undone.rollback()
    assert seen[0] == seen[1]
