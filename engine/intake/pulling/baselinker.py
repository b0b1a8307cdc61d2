"""BaseLinker, asked by its journal, which tells of every change of the last three days, and by the dates of orders.

The journal is empty unless BaseLinker's support has switched it on, and does not say so: where orders come by their dates
that no journal has told of, it is taken for switched off, and orders of the last weeks are read again from time to time.
Source: BaseLinker's API reference, `getJournalList`, `getOrders`, `getOrderStatusList`.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from engine.clock import DAY, HOUR, MINUTE, SECOND
from engine.config_shops import PullBaseLinker
from engine.intake.connectors.baselinker import GONE, STATUS_NAME
from engine.intake.connectors.told import listed, number_of, text, whole
from engine.intake.pulling.asking import NotAnswered, ask
from engine.intake.pulling.turn import Message, Turn

PAGE = 100
MOST_A_MINUTE = 95  # BaseLinker shuts a key out that asks more than 100 times
FIRST = DAY
JOURNAL = 3 * DAY  # how long an entry stays
AGAIN = 6 * HOUR  # between two readings of the last weeks where there is no journal
AT_ONCE = 20  # changed orders between two places
LAST = 10**15  # no number of an entry and no second comes after it
NO_JOURNAL = "no_journal"
# Everything about an order itself; 7 to 10, 15, 17 and above 18 are of invoices, parcels and black lists.
TOLD = (1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 16, 18)
ELSEWHERE = (5, 6)  # merged with, or split into, the order that `object_id` names


class Paced:
    """Lets so many questions pass a minute, and has the next one wait."""

    def __init__(self, wait: Callable[[float], object], ticks: Callable[[], float] = time.monotonic) -> None:
        self.wait, self.ticks = wait, ticks
        self.last: deque[float] = deque(maxlen=MOST_A_MINUTE)

    def __call__(self) -> None:
        """Returns when the next question may be asked."""
        if len(self.last) == MOST_A_MINUTE:
            pause = self.last[0] + 60 - self.ticks()
            if pause > 0:
                self.wait(pause)
        self.last.append(self.ticks())


class Api:
    """BaseLinker's one address, at which every method is asked for."""

    def __init__(self, settings: PullBaseLinker, stop: threading.Event) -> None:
        self.settings, self.paced = settings, Paced(stop.wait)
        self._names: dict[str, str] | None = None

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Returns an answer; raises NotAnswered with BaseLinker's own word where it is an error."""
        self.paced()
        body = urlencode({"method": method, "parameters": json.dumps(parameters)}).encode()
        headers = {"X-BLToken": self.settings.token, "Content-Type": "application/x-www-form-urlencoded"}
        answer = ask(self.settings.url, headers, body)
        if not isinstance(answer, dict) or answer.get("status") != "SUCCESS":
            raise _refusal(answer)
        return answer

    def names(self, turn: Turn) -> dict[str, str]:
        """Returns what the shop calls its statuses, by their numbers; asked for once a turn."""
        if self._names is None:
            turn.spend()
            rows = listed(self.call("getOrderStatusList").get("statuses"), "/statuses")
            self._names = {
                number_of(row.get("id"), "/statuses/*/id"): text(row.get("name")) or "" for row in rows
            }
        return self._names


def _refusal(answer: Any) -> NotAnswered:
    said = answer if isinstance(answer, dict) else {}
    code = text(said.get("error_code"), 80) or "no word of why"
    error = NotAnswered(
        f"BaseLinker answers {code}: {text(said.get('error_message'), 200) or 'nothing more'}",
        remedy="see whether pull.baselinker.token is right and may read orders",
    )
    error.wait = 600 if "LIMIT" in code.upper() or "BLOCKED" in code.upper() else 0
    return error


def pull(turn: Turn, settings: PullBaseLinker) -> None:
    """Asks for everything that has changed since the last time; raises NotAnswered."""
    api = Api(settings, turn.stop)
    changes = _journal(turn, api)
    seen = _by_date(turn, api, settings)
    _changed(turn, api, changes, seen)
    silent = not changes and not _has_spoken(turn)
    turn.note = NO_JOURNAL if silent and _should_have_spoken(turn) else None


def begin_at(place: dict[str, Any], since: int) -> dict[str, Any]:
    """Returns the place from which all orders that were confirmed since a moment are asked for again."""
    return place | {"from": since // SECOND, "until": max(place.get("until", 0), since // SECOND)}


Change = tuple[int, frozenset[str]]  # the entry's number and the orders that it concerns


def _journal(turn: Turn, api: Api) -> list[Change]:
    """Returns what the journal tells since the entry that was looked at last."""
    last, found = int(turn.place.get("log", 0)), list[Change]()
    while turn.may_ask():
        logs = listed(
            api.call("getJournalList", last_log_id=last, logs_types=list(TOLD)).get("logs"), "/logs"
        )
        news = sorted(
            (change for log in logs if (change := _change(log))[0] > last), key=lambda each: each[0]
        )
        if not news:
            break
        found += news
        last = news[-1][0]
    return found


def _change(log: Any) -> Change:
    orders = {number_of(log.get("order_id"), "/logs/*/order_id")}
    if whole(log.get("log_type"), "/logs/*/log_type") in ELSEWHERE and log.get("object_id"):
        orders.add(number_of(log.get("object_id"), "/logs/*/object_id"))
    return whole(log.get("log_id"), "/logs/*/log_id", LAST), frozenset(orders)


def _has_spoken(turn: Turn) -> bool:
    return bool(turn.place.get("log"))


def _should_have_spoken(turn: Turn) -> bool:
    """Says whether an order was confirmed that a journal would still tell of."""
    newest = int(turn.place.get("newest", 0))
    return newest * SECOND > turn.now() - JOURNAL


def _by_date(turn: Turn, api: Api, settings: PullBaseLinker) -> set[str]:
    """Takes the orders that were confirmed since the last time; returns their numbers."""
    place, seen = _dates(turn, settings), set[str]()
    while turn.may_ask():
        answer = api.call("getOrders", date_confirmed_from=place["from"], get_unconfirmed_orders=False)
        orders = listed(answer.get("orders"), "/orders")
        seen |= {number_of(order.get("order_id"), "/orders/*/order_id") for order in orders}
        dates = [
            whole(order.get("date_confirmed") or 0, "/orders/*/date_confirmed", LAST) for order in orders
        ]
        newest, full = max([place["until"], *dates]), len(orders) == PAGE
        # Orders of the last second of a page may continue on the next one; a page of one second alone must be left behind.
        further = max(
            max(dates, default=0), place["from"] + (1 if dates and max(dates) == place["from"] else 0)
        )
        place = {
            "from": further if full else None,
            "until": newest,
            "newest": newest if orders else place.get("newest", 0),
        }
        turn.keep(_messages(turn, api, orders), turn.place | place)
        if not full:
            break
    return seen


def _dates(turn: Turn, settings: PullBaseLinker) -> dict[str, Any]:
    """Returns from when on orders are to be asked for, in seconds, and notes a reading of the last weeks as begun."""
    now, place = turn.now(), turn.place
    until = int(place.get("until") or (now - FIRST) // SECOND)
    begin = place.get("from")
    if begin is None:
        begin = until - settings.overlap_minutes * MINUTE // SECOND
        if place.get("until") and not _has_spoken(turn) and now - int(place.get("swept_at", 0)) >= AGAIN:
            begin = min(begin, (now - settings.look_back_days * DAY) // SECOND)
            turn.place = place | {"swept_at": now}
    return {"from": int(begin), "until": until, "newest": place.get("newest", 0)}


def _changed(turn: Turn, api: Api, changes: list[Change], seen: set[str]) -> None:
    """Takes the orders that the journal names, some at once, and moves behind their entries."""
    waiting: list[Message] = []
    for number, (log, orders) in enumerate(changes, 1):
        for order in sorted(orders - seen):
            if not turn.may_ask():
                return turn.keep(waiting, turn.place)
            waiting += _one(turn, api, order)
            seen.add(order)
        if len(waiting) >= AT_ONCE or number == len(changes):
            turn.keep(waiting, turn.place | {"log": log})
            waiting = []
    return None


def _one(turn: Turn, api: Api, number: str) -> list[Message]:
    answer = api.call("getOrders", order_id=int(number), get_unconfirmed_orders=True)
    found = listed(answer.get("orders"), "/orders")
    return _messages(turn, api, found) if found else [(GONE, {"order_id": number})]


def _messages(turn: Turn, api: Api, orders: Iterable[Any]) -> list[Message]:
    """Puts beside each order what its status is called."""
    rows = list(orders)
    names = api.names(turn) if rows else {}
    return [("order", {**row, STATUS_NAME: names.get(str(row.get("order_status_id")), "")}) for row in rows]
