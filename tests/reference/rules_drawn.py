"""Rules, segments and policies drawn at random, as a marketer would write them."""

from __future__ import annotations

from random import Random
from typing import Any

CATEGORIES = ("optics", "optics/lenses", "opticsworld", "cosmetics/face")
PRODUCTS = {"A": "optics/lenses", "B": "optics", "C": "cosmetics/face", "D": "opticsworld", "E": None}
BRANDS = {"A": "Acuvue", "B": "Hoya", "C": "Nivea"}
DELAYS = ("30 minutes", "2 hours", "36 hours", "1 day", "2 days", "3 days", "1 week", "30 days", "80 days", "1 month",
          "3 months")  # fmt: skip
MONTHS = ("1 month", "2 months", "6 months", "1 year")
WINDOWS = ("36 hours", "2 days", "7 days", "10 days", "30 days", "8 weeks")
CLOCKS = ("09:00", "02:30", "00:00", "18:15", "23:00")
Rule = dict[str, Any]


def pick(random: Random, weighted: dict[Any, int]) -> Any:
    """One of some things by weight."""
    return random.choices(list(weighted), list(weighted.values()))[0]


def fact(random: Random, kind: str) -> Any:
    """A pattern of a kind: any, or a filter or two."""
    choices: dict[str, list[Any]] = {
        "bought": [{"category": "optics"}, {"category": "optics"}, {"category": "!= optics/lenses"}, {"product": "A"},
                   {"brand": "Acuvue"}, {"brand": "!= Acuvue"}, {"price": ">= 50"}, {"price": "10..50"}, {"quantity": ">= 2"},
                   {"category": ["cosmetics", "optics"], "price": "< 50 EUR"}],
        "ordered": [{"number": 1}, {"number": ">= 2"}, {"total": ">= 100"}, {"total": "< 30 EUR"}, {"coupon": "WELCOME"},
                    {"channel": "!= shop"}, {"currency": "EUR"}],
        "delivered": [{"total": ">= 100"}], "refunded": [{"amount": ">= 50"}, {"product": "A"}],
        "viewed": [{"category": "optics"}, {"product": "A"}], "added_to_cart": [{"product": ["A", "B"]}],
        "reviewed": [{"rating": "<= 2"}], "complained": [{"topic": "delivery"}], "event": [{"name": "quiz"}, {"score": ">= 3"}],
        "consented": [{"purpose": "newsletter"}], "withdrew": [{"purpose": "newsletter"}],
        "birthday": [{"years": ">= 30"}], "anniversary": [{"years": 1}],
    }  # fmt: skip
    filters = choices.get(kind, [])
    return random.choice(filters) if filters and random.random() < 0.6 else "any"


def trigger(random: Random, month_end: bool, ids: list[str], segments: list[str]) -> Rule:
    """What starts a rule."""
    kinds = {"bought": 22, "ordered": 22, "delivered": 5, "viewed": 5, "added_to_cart": 4, "complained": 3, "cancelled": 3,
             "refunded": 3, "event": 3, "reviewed": 2, "consented": 2, "withdrew": 2, "inactive": 8, "birthday": 8,
             "anniversary": 5, "every": 6, "date": 3, "was_sent": 5 if ids else 0, "member": 8 if segments else 0}  # fmt: skip
    kind = pick(random, kinds)
    delay = random.choice(MONTHS if month_end else DELAYS)
    if kind == "inactive":
        return {"inactive": delay}
    if kind == "every":
        if month_end:
            return {
                "every": random.choice(
                    ("month on last at 18:00", "month on 31 at 10:00", "month on 30 at 02:30")
                )
            }
        return {
            "every": random.choice(
                ("monday at 10:00", "month on 5, 15, 25 at 10:00", "sunday at 02:30", "day at 02:30")
            )
        }
    if kind == "date":
        return {"date": "T"}  # the history says when
    if kind == "member":
        return {random.choice(("enters", "enters", "leaves")): random.choice(segments)}
    if kind == "was_sent":
        return {"was_sent": {"rule": random.choice(ids)}} | (
            {"after": delay} if random.random() < 0.8 else {}
        )
    found = {kind: fact(random, kind)}
    if kind in ("birthday", "anniversary"):
        way = random.choice(("before", "before", "after", ""))
        return found | ({way: random.choice(("3 days", "1 week", "1 month", "36 hours"))} if way else {})
    return found | ({"after": delay} if random.random() < 0.85 else {})


def unless(random: Random, when: Rule) -> list[Rule]:
    """One fact or two that would cancel."""
    kinds = {
        "bought": 8,
        "ordered": 8,
        "viewed": 3,
        "complained": 2,
        "reviewed": 1,
        "refunded": 1,
        "event": 1,
    }
    found = []
    for _ in range(random.choice((1, 1, 2))):
        kind = pick(random, kinds)
        asked = fact(random, kind)
        same = [word for word in ("category", "product", "brand") if "bought" in when or "viewed" in when]
        if kind in ("bought", "viewed") and same and random.random() < 0.6:
            asked = {"same": random.choice(same)}
        found.append({kind: asked})
    return found


def leaf(random: Random, segments: list[str], unknown: bool) -> Rule:
    """One question about a customer."""
    fields = [{"gender": "female"}, {"city": ["Kraków", "Lublin"]}, {"city": "!= Kraków"}, {"city": "unknown"}, {"age": ">= 30"},
              {"age": "18..36"}, {"attributes.size": ">= 38"}, {"attributes.size": 38}, {"country": ["PL", "UA"]},
              {"tier": "gold"}, {"region": "Mazowsze"}, {"language": "pl"},
              {"age": "unknown"}, {"signed_up": ">= 2026-01-01"}]  # fmt: skip
    if unknown or random.random() < 0.25:
        return random.choice(fields)
    window = random.choice(WINDOWS)
    kind = random.choice(
        ("bought", "ordered", "viewed", "refunded", "cancelled", "was_sent", "delivered", "birthday", "event")
    )
    asked = fact(random, kind)
    more = random.choice(
        ({}, {"within": window}, {"within": window}, {"within": window, "times": ">= 2"}, {"times": "< 2"})
    )
    if kind == "birthday":
        more = {"within": random.choice(("7 days", "36 hours", "8 weeks"))}
    counted = {kind: ({} if asked == "any" else asked) | more or "any"}
    return random.choice((
        {"orders": random.choice((">= 2", "1", "< 3", "0"))}, {"orders": {"at_least": 1, "within": window}},
        {"spent": random.choice((">= 100", "> 0", "< 25 EUR"))}, {"spent": {"at_least": 100, "within": window}},
        {"average_order": ">= 60"}, {"days_since_order": random.choice((">= 2", "< 10", "1..30"))},
        {"consent": random.choice(("newsletter", "marketing"))}, {"open_complaints": random.choice(("0", ">= 1"))},
        counted, counted, counted, {"segment": random.choice(segments)} if segments else counted,
    ))  # fmt: skip


def condition(random: Random, segments: list[str], unknown: bool, depth: int = 0) -> Rule:
    """A condition, nested now and then."""
    shape = random.random()
    if depth < 2 and shape < 0.15:
        return {"not": condition(random, segments, unknown, depth + 1)}
    if depth < 2 and shape < 0.4:
        parts = [condition(random, segments, unknown and not i, depth + 1) for i in range(2)]
        return {random.choice(("all", "any", "any")): parts}
    return leaf(random, segments, unknown)


def rule(random: Random, name: str, features: set[str], ids: list[str], segments: list[str]) -> Rule:
    """One rule that the loader takes."""
    when = trigger(random, "end of month" in features, ids, segments)
    found: Rule = {"rule": name, "when": when, "send": "plain"}
    scheduled = "every" in when or "date" in when
    if not scheduled and random.random() < 0.35:
        found["unless"] = unless(random, when)
    if ("unknown field" in features and name == "a") or random.random() < (0.6 if scheduled else 0.25):
        found["who"] = condition(random, segments, "unknown field" in features and name == "a")
    if not scheduled and random.random() < 0.3:
        found["at"] = random.choice(CLOCKS)
    apart = Random(repr(found))  # so that the seeds of before still mean what they meant
    if scheduled and apart.random() < 0.4:
        found["at"] = apart.choice(CLOCKS)
    optional = {
        "purpose": pick(random, {"marketing": 8, "newsletter": 1, "transactional": 2}),
        "priority": random.choice((50, 10, 90)), "when_capped": pick(random, {"hold": 4, "drop": 1}),
        "once": pick(random, {"per anchor": 6, "ever": 2, "per 7 days": 2, "per 1 month": 1, "per product": 1, "per order": 1}),
        "expires": random.choice(("7 days", "3 hours", "1 day", "10 days", "2 weeks", "1 month")),
    }  # fmt: skip
    return found | {key: value for key, value in optional.items() if random.random() < 0.3}


def policy(random: Random, ids: list[str], segments: list[str]) -> Rule:
    """What each customer may get."""
    found: Rule = {}
    if random.random() < 0.5:
        caps = [
            "1 per 3 days",
            "1 per 36 hours",
            "2 per 5 days",
            "1 per 1 month",
            {"at_most": "1 per 2 days", "purpose": "newsletter"},
        ]
        found["caps"] = [
            cap if isinstance(cap, dict) else {"at_most": cap}
            for cap in random.sample(caps, random.choice((1, 1, 2)))
        ]
    if random.random() < 0.5:
        start, end = random.choice(
            (("21:00", "08:00"), ("12:00", "14:00"), ("02:00", "03:00"), ("17:00", "02:30"))
        )
        found["quiet_hours"] = {"from": start, "to": end}
    if random.random() < 0.35:
        found["closed"] = {
            "weekdays": [random.choice(("sunday", "monday", "friday"))],
            "holidays": random.random() < 0.5,
        }
    if len(ids) > 1 and random.random() < 0.25:
        found["groups"] = [
            {
                "group": "both",
                "rules": random.sample(ids, 2),
                "at_most": random.choice(("1 per 2 days", "1 per 10 days")),
            }
        ]
    if random.random() < 0.3:
        found["house_rules"] = [
            house(random, number, ids, segments) for number in range(random.choice((1, 1, 2)))
        ]
    return found


def house(random: Random, number: int, ids: list[str], segments: list[str]) -> Rule:
    """One house rule."""
    asked = random.choice((
        {"open_complaints": ">= 1"}, {"due": random.choice(ids)}, leaf(random, segments, False),
        {"not": {"due": random.choice(ids)}}, {"any": [{"due": random.choice(ids)}, leaf(random, segments, False)]},
    ))  # fmt: skip
    whom = random.choice((["marketing"], ["marketing", "newsletter"], {"rules": [random.choice(ids)]}))
    return {"name": f"house {number}", "if": asked, random.choice(("hold", "hold", "refuse")): whom}


def rulebook(random: Random, features: set[str]) -> tuple[list[Rule], dict[str, Any], Rule]:
    """Rules, segments and a policy that fit together."""
    segments: dict[str, Any] = {}
    if random.random() < 0.3:
        segments["keen"] = leaf(random, [], False)
    if segments and random.random() < 0.4:
        segments["keener"] = {"all": [{"segment": "keen"}, leaf(random, [], False)]}
    ids: list[str] = []
    rules = []
    for name in "abc"[: random.choice((1, 2, 2, 3))]:
        rules.append(rule(random, name, features, ids, list(segments)))
        ids.append(name)
    held = "held release" in features
    found = policy(random, ids, list(segments)) if held or random.random() < 0.35 else {}
    if held and not {"quiet_hours", "caps"} & set(found):
        found["caps"] = [{"at_most": "1 per 2 days"}]
    return rules, segments, found
