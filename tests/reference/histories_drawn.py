"""Histories drawn at random around one moment at which something of the rules falls due."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from random import Random
from typing import Any

from engine.errors import Place
from engine.rehearsal.cases import Given
from engine.rulebook.ast import Duration
from tests.reference import rules_drawn
from tests.reference.edits_drawn import dated, edited
from tests.reference.moments import DAY, HOUR, MINUTE, add, at_of, instant, wall
from tests.reference.rules_drawn import BRANDS, PRODUCTS, pick
from tests.reference.story import Story, Text, config

KINDS = {"late fact": 3, "cancelled": 3, "refunded": 3, "changed": 3, "outage": 3, "edited": 4, "unknown field": 3,
         "clock change": 6, "end of month": 6, "held release": 8}  # fmt: skip
SHARED = 4  # histories under one rulebook
ZONES = {
    "Europe/Warsaw": 5,
    "Europe/Kyiv": 2,
    "America/New_York": 2,
    "Australia/Lord_Howe": 1,
    "Asia/Tokyo": 1,
}
NIGHTS = {  # around these, clocks change
    "Europe/Warsaw": ("2026-03-29 02:30", "2026-10-25 02:30"), "Europe/Kyiv": ("2026-03-29 03:30", "2026-10-25 03:30"),
    "America/New_York": ("2026-03-08 02:30", "2026-11-01 01:30"), "Australia/Lord_Howe": ("2026-04-05 01:45", "2026-10-04 02:15"),
}  # fmt: skip
ENDS = ("2026-01-31", "2026-02-28", "2028-02-29", "2026-03-31", "2026-04-30", "2026-08-31", "2026-12-31")
NOWHERE = Place("generated")
CITIES = ("Kraków", "Lublin", "Wien")


@dataclass
class Drawing:
    """One history in the making."""

    random: Random
    features: set[str]
    zone: str
    target: int
    pool: list[int]
    given: list[Given] = field(default_factory=list)

    def moment(self, after: int = 0) -> int:
        """One of the moments that matter, or one near it."""
        later = [at for at in self.pool if at > after]
        if not later or self.random.random() < 0.1:
            return (after or self.target) + self.random.choice((MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY))
        return self.random.choice(later)

    def give(self, kind: str, at: int | None, keys: dict[str, Any], late: float = 0.0) -> None:
        """Adds a fact, learned late now and then."""
        recorded = None
        if at is not None and self.random.random() < (late if "late fact" in self.features else late / 10):
            recorded = self.moment(at)
        self.given.append(Given(kind, at, recorded, keys, NOWHERE))


@dataclass(frozen=True)
class Setting:
    """What some stories share: rules, the moment that they are about, and what is to be met."""

    features: frozenset[str]
    zone: str
    target: int
    text: Text
    pool: tuple[int, ...]


@lru_cache(maxsize=4)
def setting(number: int) -> Setting:
    """Draws rules and a moment at which something of them falls due."""
    random = Random(f"rules {number}")
    chosen = {pick(random, KINDS) for _ in range(random.choice((2, 3, 4)))}
    zone = pick(random, ZONES)
    while "clock change" in chosen and zone not in NIGHTS:
        zone = pick(random, ZONES)
    rules, segments, policy = rules_drawn.rulebook(random, chosen)
    target = _target(random, chosen, zone)
    rules = dated(rules, f"{wall(target, zone):%Y-%m-%d %H:%M}")
    pool = tuple(_pool(random, rules, target, zone))
    return Setting(frozenset(chosen), zone, target, Text(rules, segments, policy), pool)


def story(seed: int) -> Story:
    """The case of a seed: a history of its own under rules that it shares with its neighbours."""
    ground, random = setting(seed // SHARED), Random(f"history {seed}")
    drawing = Drawing(random, set(ground.features), ground.zone, ground.target, list(ground.pool))
    for name in ("anna", "borys", "celina")[: random.choice((1, 1, 2, 3))]:
        _customer(drawing, name)
        _life(drawing, name)
    return _told(drawing, ground.text)


def _target(random: Random, features: set[str], zone: str) -> int:
    if "clock change" in features:
        return instant(datetime.fromisoformat(random.choice(NIGHTS[zone])), zone) + random.choice(
            (0, 0, 0, HOUR, -HOUR, DAY)
        )
    if "end of month" in features:
        clock = random.choice(("10:00", "02:30", "23:59"))
        return instant(datetime.fromisoformat(f"{random.choice(ENDS)} {clock}"), zone)
    day = at_of(datetime(2026, random.randint(1, 12), random.randint(1, 28), tzinfo=UTC))
    return day + random.choice((10 * HOUR, 10 * HOUR, 22 * HOUR, random.randrange(1440) * MINUTE))


def _pool(random: Random, rules: list[dict[str, Any]], target: int, zone: str) -> list[int]:
    """The moments that matter: the target, and a delay before it."""
    found = [target, target - DAY]
    for rule in rules:
        when = rule["when"]
        said = when.get("after") or when.get("inactive") or random.choice(("1 day", "5 days"))
        found += [add(target, _span(said), zone, -1)] * 3
        found.append(add(target, _span(rule.get("expires", "7 days")), zone))
    near = (0, 0, 0, 0, MINUTE, -MINUTE, HOUR, -HOUR, DAY, -DAY, 2 * DAY)
    return sorted(at + random.choice(near) for at in found for _ in range(2))


def _span(said: str) -> Duration:
    amount, unit = said.split()
    return Duration(int(amount), unit if unit.endswith("s") else f"{unit}s")  # type: ignore[arg-type]


def _customer(drawing: Drawing, name: str) -> None:
    random = drawing.random
    known = 0.4 if "unknown field" in drawing.features else 0.75
    born = wall(drawing.target + random.choice((0, DAY, 3 * DAY, -3 * DAY, 7 * DAY)), drawing.zone).date()
    leap = (born.month, born.day) == (2, 29)
    year = random.choice((1988, 1996, 2000, 2008)) if leap else born.year - random.choice((18, 29, 30, 40))
    birthday = born.replace(year=year)
    every = {
        "gender": random.choice(("female", "male")), "city": random.choice(CITIES), "birthday": birthday.isoformat(),
        "attributes": {"size": random.choice((36, 38, 40))}, "language": random.choice(("pl", "uk")),
    }  # fmt: skip
    fields = {key: value for key, value in every.items() if random.random() < known}
    if drawing.zone != "Europe/Warsaw" or random.random() < 0.5:
        fields["timezone"] = drawing.zone
    if random.random() < 0.3:
        fields["country"] = random.choice(("PL", "UA", "DE"))
    consent = pick(random, {("marketing",): 5, ("marketing", "newsletter"): 5, (): 1})
    keys = {"id": name, **fields, "consent": list(consent)}
    if random.random() < 0.04:
        keys["email"] = "none"
    drawing.give("customer", None, keys)


def _life(drawing: Drawing, name: str) -> None:
    random = drawing.random
    orders = [
        _order(drawing, name, f"{name}-{number}") for number in range(pick(random, {0: 1, 1: 5, 2: 6, 3: 3}))
    ]
    for kind in random.sample(
        ("viewed", "added_to_cart", "reviewed", "complained", "event"), random.choice((0, 1, 1, 2))
    ):
        _event(drawing, name, kind)
    for id_, at in orders:
        if random.random() < 0.2:
            drawing.give("delivered", drawing.moment(at), {"customer": name, "order": id_}, 0.3)
        if random.random() < (0.5 if "cancelled" in drawing.features else 0.03):
            _cancel(drawing, name, id_, at)
        elif random.random() < (0.6 if "refunded" in drawing.features else 0.03):
            _refund(drawing, name, id_, at)
    if "changed" in drawing.features:
        _change(drawing, name)
    if random.random() < 0.15:
        at = drawing.moment()
        back = (
            random.random() < 0.5
        )  # a withdrawal that is told after a later consent withdraws that too: the safe side
        drawing.give("withdrew", at, {"customer": name, "purpose": "marketing"}, 0.0 if back else 0.3)
        if back:
            drawing.give("consented", drawing.moment(at), {"customer": name, "purpose": "marketing"}, 0.0)


def _order(drawing: Drawing, name: str, id_: str) -> tuple[str, int]:
    random, at = drawing.random, drawing.moment()
    taken = {item.at for item in drawing.given}
    while at in taken:
        at += MINUTE
    lines = []
    for product in random.sample(sorted(PRODUCTS), random.choice((1, 1, 2, 3))):
        line = {
            "product": product,
            "price": random.choice(("10", "49.90", "60")),
            "quantity": random.choice((1, 1, 2)),
        }
        line |= {"category": PRODUCTS[product]} if PRODUCTS[product] else {}
        lines.append(line | ({"brand": BRANDS[product]} if product in BRANDS else {}))
    keys = {"customer": name, "id": id_, "lines": lines}
    for key, value in (("currency", "EUR"), ("coupon", "WELCOME"), ("channel", "web")):
        if random.random() < 0.12:
            keys[key] = value
    drawing.give("ordered", at, keys, 0.5)
    return id_, drawing.given[-1].learned_at or at


def _cancel(drawing: Drawing, name: str, id_: str, known: int) -> None:
    keys, at = {"customer": name, "order": id_}, drawing.moment(known)
    drawing.give("cancelled", at, keys, 0.2)
    again = drawing.given[-1].learned_at or at
    if drawing.random.random() < 0.45:
        drawing.give("reinstated", drawing.moment(again), keys)


def _refund(drawing: Drawing, name: str, id_: str, known: int) -> None:
    random, at = drawing.random, drawing.moment(known)
    order = next(item for item in drawing.given if item.kind == "ordered" and item.keys["id"] == id_)
    line = random.choice(order.keys["lines"])
    how = random.choice((
        {}, {"amount": "5"}, {"amount": "40"}, {"lines": [{"product": line["product"], "quantity": 1}]},
        {"lines": [{"product": line["product"], "quantity": line["quantity"]}]},
    ))  # fmt: skip
    drawing.give("refunded", at, {"customer": name, "order": id_, "id": f"{id_}-refund", **how}, 0.2)


def _event(drawing: Drawing, name: str, kind: str) -> None:
    random = drawing.random
    for number in range(random.choice((1, 1, 2))):
        product = random.choice(("A", "B", "C"))
        goods = {"product": product, "category": PRODUCTS[product], "brand": BRANDS[product]}
        keys = {"customer": name, "id": f"{name}-{kind}-{number}"}
        keys |= {"viewed": goods, "added_to_cart": goods, "reviewed": {**goods, "rating": random.choice((1, 5))},
                 "complained": {"topic": random.choice(("delivery", "price"))},
                 "event": {"name": random.choice(("quiz", "visit")), "score": random.choice((1, 4))}}[kind]  # fmt: skip
        at = drawing.moment()
        drawing.give(kind, at, keys, 0.4)
        if kind == "complained" and random.random() < 0.6:
            closed = {"customer": name, "id": f"{keys['id']}-closed", "complaint": keys["id"]}
            drawing.give("complaint_closed", drawing.moment(at), closed, 0.1)


def _change(drawing: Drawing, name: str) -> None:
    random, at = drawing.random, drawing.moment()
    change = random.choice((
        {"timezone": random.choice(tuple(ZONES))}, {"timezone": "America/New_York"}, {"city": random.choice(CITIES)},
        {"gender": random.choice(("female", "male"))}, {"attributes": {"size": 44}},
        {"birthday": wall(drawing.moment(), drawing.zone).date().replace(year=1992, day=27).isoformat()},
    ))  # fmt: skip
    drawing.give("customer", at, {"id": name, **change})


def _told(drawing: Drawing, text: Text) -> Story:
    random, ats = drawing.random, [item.at for item in drawing.given if item.at is not None]
    start = min([*ats, drawing.target - DAY]) // MINUTE * MINUTE
    late = [item.recorded_at for item in drawing.given if item.recorded_at is not None]
    often = any(rule["when"].get("every", "").startswith("day") for rule in text.rules)
    until = max(*ats, *late, drawing.target, 0) + (2 if often else random.choice((9, 20, 40))) * DAY
    texts, outages = [(start, text)], ()
    if "outage" in drawing.features:
        begin = drawing.moment(start) - random.choice((0, MINUTE, HOUR, 5 * HOUR))
        long = (
            () if "house_rules" in text.policy else (26 * HOUR, 3 * DAY, 9 * DAY)
        )  # those are asked every minute
        length = random.choice((10 * MINUTE, 50 * MINUTE, 5 * HOUR, *long))
        outages = ((max(begin, start + MINUTE), max(begin, start + MINUTE) + length),)
        until = max(until, outages[0][1] + DAY)
        drawing.given = [item for item in drawing.given if not _changes_within(item, *outages[0])]
    elif "edited" in drawing.features:
        texts.append((drawing.moment(start), edited(random, text, _date(drawing), drawing.features)))
    return Story(config().shops[0], tuple(texts), tuple(drawing.given), start, until, outages)


def _changes_within(item: Given, begin: int, end: int) -> bool:
    """Live ticks read the newest fields and orders, also for the minutes that they missed."""
    if item.kind in ("cancelled", "refunded", "customer"):
        return item.learned_at is not None and begin <= item.learned_at <= end
    return item.kind == "reinstated"


def _date(drawing: Drawing) -> str:
    return f"{wall(drawing.target, drawing.zone):%Y-%m-%d %H:%M}"
