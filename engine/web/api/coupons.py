"""GET /api/v1/coupons and /api/v1/coupons/CODE: what a shop's checkout must know of the codes that our mails carry."""

from __future__ import annotations

from typing import Any

from apiflask import APIBlueprint
from flask import Response, request

from engine.clock import moment
from engine.loyalty.standing import Standing, coupon_of_code, issued_after, standings
from engine.store import Store
from engine.web.api.credentials import caller_of_request
from engine.web.api.problems import Problem
from engine.web.api.reading.answering import answer
from engine.web.api.scopes import demand
from engine.web.app import served

USUAL, MOST = 100, 1_000


def coupons() -> Response:
    """Lists issued coupons in the order in which they were issued."""
    here = served()
    now = here.clock.now()
    shop_id = _shop_of_caller(here.store, now)
    after, limit = _number("after", 0, 0, 2**63 - 1), _number("limit", USUAL, 1, MOST)
    rows = issued_after(shop_id, after, limit)
    shown = [as_json(standing) for standing in standings(shop_id, rows, now)]
    return answer({"coupons": shown, "next": rows[-1].id if len(rows) == limit else None})


def coupon(code: str) -> Response:
    """Shows one coupon, however its code is spelt."""
    here = served()
    now = here.clock.now()
    shop_id = _shop_of_caller(here.store, now)
    row = coupon_of_code(shop_id, code)
    if row is None:
        raise Problem(404, "no mail carries such a coupon")
    return answer(as_json(standings(shop_id, [row], now)[0]))


def _shop_of_caller(store: Store, now: int) -> int:
    caller = caller_of_request(store, now)
    demand(caller, "coupons:read")
    return caller.shop_id


def as_json(standing: Standing) -> dict[str, Any]:
    """Returns a coupon as programs read it; moments are UTC."""
    row, used = standing.coupon, standing.redeemed
    return {
        "id": row.id, "code": row.code, "status": standing.status, "percent": row.percent,
        "valid_until": row.valid_until, "expires_at": _iso(row.expires_at), "rule": row.rule, "pool": row.pool,
        "customer": standing.customer, "issued_at": _iso(row.issued_at),
        "order": used.order if used else None, "redeemed_at": _iso(used.at) if used else None,
    }  # fmt: skip


def _iso(at: int) -> str:
    return moment(at).isoformat().replace("+00:00", "Z")


def _number(name: str, usual: int, least: int, most: int) -> int:
    """Reads a number of the query; raises a 422 problem where it is none."""
    written = request.args.get(name)
    if written is None:
        return usual
    if not (written.isascii() and written.isdigit() and len(written) < 20 and least <= int(written) <= most):
        raise Problem(
            422,
            f"{name} takes a whole number from {least} to {most}",
            [(f"/{name}", f"not {written[:40]!r}")],
        )
    return int(written)


def add_coupons(api: APIBlueprint) -> None:
    """Adds both addresses."""
    api.add_url_rule("/coupons", "coupons", coupons, methods=["GET"])
    api.add_url_rule("/coupons/<code>", "coupon", coupon, methods=["GET"])
