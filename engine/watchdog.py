"""Looks for work that is late and says so: in the log, in the store for others to see, and by mail to an operator.

Such a mail is nobody's but the operator's. It never enters the outbox, where it would wait behind the very mail that does
not go; it is handed to the relay directly, and tried again each minute until a relay takes it.
"""

from __future__ import annotations

import html
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import structlog

from engine import bulk
from engine.clock import DAY, HOUR, MINUTE, Clock, moment
from engine.config import Config
from engine.config_sending import Relay
from engine.delivery.compose import full_message_id
from engine.delivery.headers import domain_as_ascii
from engine.delivery.mime import Envelope, mail_bytes
from engine.delivery.pool import Letter, Pool
from engine.delivery.render import Rendered
from engine.doctor.finding import Finding
from engine.doctor.told import told
from engine.reports.late import late, unknown
from engine.reports.troubles import shut_endpoints, stopped_rules
from engine.store import Store
from models import Overdue, Setting, Shop

log = structlog.get_logger()
STATE = "watchdog"
BUSY = 5 * MINUTE  # how long another process waits for one that is sending
SECONDS = {"timeout_seconds": 10, "data_timeout_seconds": 30}  # nothing is lost if such a mail comes twice
SERVER_WIDE = ("relay",)


class Place(Protocol):
    """What the watchdog needs of a home."""

    @property
    def config(self) -> Config:
        """Returns the operator's settings."""

    @property
    def store(self) -> Store:
        """Returns the open store."""

    @property
    def clock(self) -> Clock:
        """Returns what tells the time."""

    @property
    def path(self) -> Path:
        """Returns the home's folder."""


@dataclass(frozen=True, slots=True)
class Report:
    """What one mail tells: what is late, and what was and is not any more."""

    lasting: tuple[Overdue, ...]
    over: tuple[Overdue, ...]


def findings(config: Config, now: int) -> dict[str, Finding]:
    """Returns what is late in all shops, by a name that stays the same while it lasts."""
    found: dict[str, Finding] = {}
    for shop in Shop.select().where(Shop.key << [each.shop for each in config.shops]).order_by(Shop.id):
        troubles = [
            *stopped_rules(shop.id, now, config),
            *late(shop.id, now, config),
            *shut_endpoints(shop.id, config),
            *unknown(shop.id, now, DAY),
        ]
        for trouble in troubles:
            where = "" if trouble.kind in SERVER_WIDE and trouble.what else shop.key
            found[f"{trouble.kind}:{where}:{trouble.what}"[:200]] = told(trouble)
    return found


def watch(place: Place) -> None:
    """Looks once: keeps what is late, logs what begins and what is over, and mails what nobody has been told."""
    now, config = place.clock.now(), place.config
    found = findings(config, now)
    with place.store.transaction():
        bulk.lock_act(place.store, bulk.WATCHING)
        began, ended = _keep(found, now, mails=config.watchdog.to is not None)
        report = _report(config, now)
    for what in began:
        log.error("overdue", what=what, said=found[what].said, remedy=found[what].remedy)
    for what in ended:
        log.info("overdue_no_more", what=what)
    if report:
        _tell(place, report, found, now)


def _keep(found: Mapping[str, Finding], now: int, mails: bool) -> tuple[list[str], list[str]]:
    """Writes down what is late; returns what has begun and what is over. What was told by mail stays until that is told."""
    known = {row.what: row for row in Overdue.select()}
    for what, finding in found.items():
        if what in known:
            Overdue.update(said=finding.said, seen_at=now, over_at=None).where(Overdue.what == what).execute()
        else:
            Overdue.create(what=what, said=finding.said, since_at=now, seen_at=now)
    ended = [what for what, row in known.items() if what not in found and row.over_at is None]
    Overdue.update(over_at=now).where(Overdue.what << ended).execute()
    untold = Overdue.over_at.is_null(False)
    Overdue.delete().where(untold & Overdue.told_at.is_null() if mails else untold).execute()
    return [what for what in found if what not in known], ended


def _report(config: Config, now: int) -> Report | None:
    """Returns what is to be mailed now, and keeps others from mailing it for a while; None where nothing is."""
    limits = config.watchdog
    if limits.to is None:
        return None
    again, over = now - limits.again_hours * HOUR, Overdue.over_at.is_null(False)
    if not Overdue.select().where(over | Overdue.told_at.is_null() | (Overdue.told_at <= again)).exists():
        return None
    state = _state()
    if (
        0 <= now - state["mailed_at"] < limits.every_minutes * MINUTE
        or 0 <= state["busy_at"] + BUSY - now <= BUSY
    ):
        return None
    _write_state(state | {"busy_at": now})
    rows = list(Overdue.select().order_by(Overdue.since_at, Overdue.id))
    return Report(
        tuple(r for r in rows if r.over_at is None), tuple(r for r in rows if r.over_at is not None)
    )


def _tell(place: Place, report: Report, found: Mapping[str, Finding], now: int) -> None:
    """Mails a report; where no relay takes it, it is as if nobody had tried."""
    try:
        failed = send_to_operator(place, _letter(report, found, now), now)
    except ValueError as error:  # an address that no mail can be written to
        failed = str(error)
    with place.store.transaction():
        bulk.lock_act(place.store, bulk.WATCHING)
        if failed:
            _write_state(_state() | {"busy_at": 0})
        else:
            _write_state({"mailed_at": now, "busy_at": 0})
            Overdue.update(told_at=now).where(Overdue.id << [row.id for row in report.lasting]).execute()
            gone = Overdue.over_at.is_null(False) & (Overdue.id << [row.id for row in report.over])
            Overdue.delete().where(gone).execute()
    if failed:
        log.warning("watchdog_mail_failed", reason=failed)
    else:
        log.info("watchdog_mailed", lasting=len(report.lasting), over=len(report.over))


def _letter(report: Report, found: Mapping[str, Finding], now: int) -> Rendered:
    machine, when = socket.gethostname(), f"{moment(now):%Y-%m-%d %H:%M} UTC"
    count = len(report.lasting)
    subject = f"Regulars on {machine}: " + (f"{count} to look at" if count else "all is well again")
    parts = [f"Regulars on {machine} looked at its work at {when}."]
    for row in report.lasting:
        finding = found.get(row.what)
        to_do = f"\n  What to do: {finding.remedy}" if finding and finding.remedy else ""
        parts.append(f"- {row.said}{_of(row)}\n  Found at {_when(row.since_at)}.{to_do}")
    if report.over:
        parts.append("Over:")
        parts += [
            f"- {row.said}{_of(row)}\n  From {_when(row.since_at)} to {_when(row.over_at)}."
            for row in report.over
        ]
    parts.append("server.py doctor looks at everything; docs/operators.md says what each finding means.")
    text = "\n\n".join(parts) + "\n"
    return Rendered(subject, f"<pre>{html.escape(text)}</pre>", text, "en")


def _of(row: Overdue) -> str:
    shop = row.what.split(":", 2)[1]
    return f" (shop {shop})" if shop else ""


def _when(at: Any) -> str:
    return f"{moment(int(at)):%Y-%m-%d %H:%M} UTC"


def send_to_operator(place: Place, rendered: Rendered, now: int) -> str | None:
    """Hands a mail to the operator's relay, or else to the shop's; returns why that failed, None where it was taken.

    Raises ValueError where the address cannot be written to.
    """
    config, shop = place.config, place.config.shops[0]
    to = str(config.watchdog.to)
    envelope = Envelope(
        sender_name=f"Regulars, {shop.name}", sender=shop.sender.address, reply_to=None, to_name=None, to=to,
        message_id=full_message_id(f"watchdog.{secrets.token_hex(8)}", shop), at=now, unsubscribe=None,
        list_name=f"watchdog.{shop.shop}", feedback_id=f"watchdog:operator:{shop.shop}",
    )  # fmt: skip
    letter = Letter(
        0, domain_as_ascii(shop.sender.address), domain_as_ascii(to), mail_bytes(envelope, rendered)
    )
    for relay in _ways(config):
        failed = _carried(relay.model_copy(update=SECONDS), place.path, letter)
        if failed is None:
            return None
    return failed


def _ways(config: Config) -> Sequence[Relay]:
    """Lists the relays to try: the operator's own first, which is there for when the shop's fails."""
    return [each for each in (config.watchdog.relay, config.relay) if each is not None]


def _carried(relay: Relay, home: Path, letter: Letter) -> str | None:
    pool = Pool(relay, home)
    try:
        away = pool.ready()
        if away:
            return away
        answer = pool.carry([letter])[letter.id]
        return None if answer.outcome in ("sent", "unknown") else answer.reply
    finally:
        pool.close()


def _state() -> dict[str, int]:
    row = Setting.get_or_none(Setting.name == STATE)
    return {"mailed_at": 0, "busy_at": 0} | (row.value if row else {})


def _write_state(value: dict[str, int]) -> None:
    Setting.delete().where(Setting.name == STATE).execute()
    Setting.create(name=STATE, value=value)
