"""/sources: how each shop system fares, what it sent in vain and can be taken again, and a test event."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from engine.audit import write_down
from engine.intake.connectors.readers import named
from engine.intake.pulling.run import systems
from engine.intake.sources import rehearse, silent_too_long, take_again
from engine.web.app import served, wake
from engine.web.console.room import room, shop, shop_id
from models import ApiKey, Pull, RefusedMessage, Shop, Source

SHOWN = 20  # refused messages of a source


@room.get("/sources")
def sources() -> str:
    """Shows every source that config.yaml names or that has ever spoken, and the keys of the shop's own code."""
    here = served()
    kept = {row.name: row for row in Source.select().where(Source.shop == shop_id())}
    asked = {row.name: row for row in Pull.select().where(Pull.shop == shop_id())}
    refused = {name: _refused(row) for name, row in kept.items()}
    names = [*named(shop()), *sorted(set(kept) - set(named(shop())))]
    now = here.clock.now()
    silent = {name for name, row in kept.items() if silent_too_long(row, now)}
    keys = ApiKey.select().where(ApiKey.shop == shop_id(), ApiKey.revoked_at.is_null()).order_by(ApiKey.name)
    url, hooks = (
        here.config.public_url.rstrip("/"),
        {name for name, told in shop().webhooks if told is not None},
    )
    return render_template(
        "console/sources.html", page="sources", names=names, kept=kept, refused=refused, silent=silent, keys=list(keys),
        asked=asked, asking=set(systems(shop())), hooks=hooks,
        configured=set(named(shop())), url=f"{url}/webhooks/{shop().shop}", api=f"{url}/api/v1/orders",
    )  # fmt: skip


def _refused(source: Source) -> list[RefusedMessage]:
    mine = RefusedMessage.select().where(RefusedMessage.source == source)
    return list(mine.order_by(RefusedMessage.id.desc()).limit(SHOWN))


@room.post("/sources/<name>/test")
def test_source(name: str) -> Response:
    """Sends a test event the whole way, and keeps nothing of it."""
    if name not in named(shop()):
        abort(404)
    here = served()
    wrong = rehearse(here.store, here.config, Shop.get_by_id(shop_id()), name, here.clock.now())
    flash(("sources.test_wrong", {"why": wrong}) if wrong else "sources.test_right")  # type: ignore[arg-type]
    return redirect(url_for("console.sources"))


@room.post("/sources/<name>/ask")
def ask_source(name: str) -> Response:
    """Has a shop system asked at the clock's next minute, whenever its turn would have been."""
    if name not in systems(shop()):
        abort(404)
    here, now = served(), served().clock.now()
    with here.store.transaction():
        Pull.update(next_at=0).where(Pull.shop == shop_id(), Pull.name == name).execute()
        write_down(current_user.email, "ask", shop().shop, now, source=name)
    flash("sources.ask_soon")
    return redirect(url_for("console.sources"))


@room.post("/sources/messages/<row:number>/again")
def take_message_again(number: int) -> Response:
    """Takes one refused message again."""
    found = RefusedMessage.get_or_none(RefusedMessage.id == number)
    if found is None or found.source.shop_id != shop_id():
        abort(404)
    flash(_again([found]))  # type: ignore[arg-type]
    return redirect(url_for("console.sources"))


@room.post("/sources/<name>/again")
def take_all_again(name: str) -> Response:
    """Takes everything again that a source sent in vain, the oldest first."""
    source = Source.get_or_none(Source.shop == shop_id(), Source.name == name)
    if source is None:
        abort(404)
    mine = RefusedMessage.select().where(RefusedMessage.source == source).order_by(RefusedMessage.id)
    flash(_again(list(mine)))  # type: ignore[arg-type]
    return redirect(url_for("console.sources"))


def _again(messages: list[RefusedMessage]) -> tuple[str, dict[str, object]]:
    from flask import current_app

    here, shop_row = served(), Shop.get_by_id(shop_id())
    wrong = [take_again(here.store, here.config, shop_row, each, here.clock.now()) for each in messages]
    left = [each for each in wrong if each is not None]
    kept = len(wrong) - len(left)
    write_down(current_user.email, "take again", shop().shop, here.clock.now(), kept=kept, left=len(left))
    wake(current_app)
    if left:
        return "sources.again_wrong", {
            "kept": kept,
            "left": len(left),
            "why": left[0][:300],
        }
    return "sources.again_right", {"kept": len(wrong)}
