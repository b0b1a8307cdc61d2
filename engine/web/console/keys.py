"""/keys: the API keys of a shop and its test shop: made, replaced and revoked; only admins see it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request
from flask_security import current_user
from werkzeug.wrappers import Response

from engine.audit import write_down
from engine.clock import DAY, HOUR
from engine.config_testing import is_test, key_of_test, shop_of
from engine.errors import UsageError
from engine.intake.emptying import empty_test_shop
from engine.intake.shops import make_test_shop
from engine.web.api.issuing import family_of, is_over, new_key, replace_key, shown_of
from engine.web.api.scopes import GROUPS, READ, SCOPES, SENT, USUAL, granted
from engine.web.app import served
from engine.web.console.room import room, shop
from models import ApiKey, Shop

OVERLAPS = {"0": 0, "1h": HOUR, "24h": DAY, "7d": 7 * DAY}
LONGEST_NAME = 100
RECENT = 30 * DAY  # what is over is shown so long


@room.get("/keys")
def keys() -> str:
    """Lists the keys that work, and those that ended lately."""
    return _page()


@room.post("/keys")
def make_key() -> str | tuple[str, int]:
    """Makes a key and shows its secret, this once."""
    here, name = served(), " ".join(request.form.get("name", "").split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        return _page(wrong="keys.name_wrong"), 422
    scopes = [scope for scope in SCOPES if scope in request.form.getlist("scope")]
    if not scopes:
        return _page(wrong="keys.scope_wrong"), 422
    now, base, test = here.clock.now(), shop_of(shop().shop), request.form.get("kind") == "test"
    row = make_test_shop(here.store, here.config, base, now) if test else Shop.get(Shop.key == base)
    with here.store.transaction():
        key = new_key(row.id, name, now, scopes)
        write_down(current_user.email, "key made", shown_of(key), now, shop=row.key, scopes=" ".join(scopes))
    return _page(secret=key, name=name)


@room.post("/keys/<row:number>/rotate")
def rotate_key(number: int) -> str | tuple[str, int]:
    """Makes a new secret for a key and shows it; the old one works on for as long as was chosen."""
    old, here = _mine(number), served()
    now, overlap = here.clock.now(), request.form.get("overlap", "24h")
    try:
        with here.store.transaction():
            key = replace_key(old, now, OVERLAPS.get(overlap, DAY))
            write_down(
                current_user.email, "key replaced", shown_of(key), now, instead_of=old.prefix, overlap=overlap
            )
    except UsageError:
        return _page(wrong="keys.over_already"), 422
    return _page(secret=key, name=old.name)


@room.post("/keys/<row:number>/revoke")
def revoke_key(number: int) -> Response:
    """Ends one secret at once."""
    key, here = _mine(number), served()
    with here.store.transaction():
        ended = (
            ApiKey.update(revoked_at=here.clock.now())
            .where(ApiKey.id == key.id, ApiKey.revoked_at.is_null())
            .execute()
        )
        if ended:
            write_down(current_user.email, "key revoked", key.prefix, here.clock.now())
    flash("keys.revoked")
    return redirect("/keys")


@room.post("/keys/empty")
def empty_tests() -> Response:
    """Deletes all that test keys have sent, and what came of it."""
    here, row = served(), Shop.get_or_none(Shop.key == key_of_test(shop().shop))
    if row is None:
        abort(404)
    rows = sum(empty_test_shop(here.store, row).values())
    write_down(current_user.email, "test data emptied", row.key, here.clock.now(), rows=rows)
    flash(("keys.emptied", {"rows": rows}))  # type: ignore[arg-type]
    return redirect("/keys")


def _mine(number: int) -> ApiKey:
    """Returns a key of the shop that is looked at, or of its test shop."""
    found: ApiKey | None = (
        ApiKey.select(ApiKey, Shop).join(Shop).where(ApiKey.id == number, Shop.key << _shops()).first()
    )
    return found or abort(404)


def _shops() -> tuple[str, str]:
    return shop_of(shop().shop), key_of_test(shop().shop)


def _page(**more: Any) -> str:
    now = served().clock.now()
    lately = (ApiKey.revoked_at.is_null() | (ApiKey.revoked_at > now - RECENT)) & (
        ApiKey.expires_at.is_null() | (ApiKey.expires_at > now - RECENT)
    )
    mine = (
        ApiKey.select(ApiKey, Shop).join(Shop).where(Shop.key << _shops(), lately).order_by(ApiKey.id.desc())
    )
    shown = sorted((_shown(key, now) for key in mine), key=lambda each: each["over"])
    tests = Shop.select().where(Shop.key == key_of_test(shop().shop)).exists()
    return render_template(
        "console/keys.html", page="keys", keys=shown, tests=tests, sent=SENT, read=READ, scopes=SCOPES, usual=USUAL,
        overlaps=OVERLAPS, **{"wrong": "", "secret": "", "name": "", **more},
    )  # fmt: skip


def _shown(key: Any, now: int) -> dict[str, Any]:
    """Returns what a row of the page tells of a key; its scopes as one word where a group is meant."""
    mine = granted(key.scopes)
    group = next((name for name, scopes in GROUPS.items() if set(scopes) == mine), None)
    return {
        "row": key, "test": is_test(key.shop.key), "over": is_over(key.revoked_at, key.expires_at, now), "group": group,
        "scopes": [scope for scope in SCOPES if scope in mine], "family": family_of(key),
    }  # fmt: skip
