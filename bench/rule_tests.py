"""A thousand rule tests of one rule each, played by `server.py test` as a marketer plays them."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import perf_counter

from bench.measure import Row

ROOT = Path(__file__).resolve().parents[1]
RUNS = 3
TESTS, SECONDS = 1000, 10.0
FOLDER = ROOT / "var" / "bench" / "rule-tests"
RULES = (
    """\
- rule: refill
  when: {bought: {category: optics/contact-lenses}, after: 80 days}
  unless: {bought: {same: category}}
  at: "10:00"
- rule: cream
  when: {bought: {category: cosmetics, quantity: 1}, after: 55 days}
  unless: {bought: {same: product}}
  once: per 30 days
- rule: win-back
  when: {inactive: 60 days}
  who: {orders: ">= 1"}
  at: "11:00"
- rule: thanks
  purpose: transactional
  when: {ordered: any}
  once: per order
- rule: birthday
  when: {birthday: any, before: 3 days}
  who: {orders: ">= 1"}
  at: "09:30"
- rule: review
  when: {delivered: any, after: 10 days}
  unless: [{refunded: {same: order}}, {complained: any}]
- rule: welcome
  when: {consented: {purpose: marketing}, after: 1 hour}
  unless: {ordered: any}
  once: ever
- rule: vip
  when: {ordered: {total: ">= 100"}, after: 1 day}
  who: {spent: {at_least: 150 PLN, within: 365 days}}
- rule: letter
  when: {every: "month on 5, 15 at 10:00"}
  who: {bought: {category: optics, within: 90 days}}
- rule: basket
  when: {added_to_cart: any, after: 4 hours}
  unless: {bought: {same: product}}
""".replace("\n- rule", "\n  send: plain\n  note: a word\n- rule")
    + "  send: plain\n  note: a word\n"
)
POLICY = """\
caps: [at_most: 3 per 30 days]
quiet_hours: {from: "21:00", to: "08:00"}
house_rules:
  - {name: peace while a complaint is open, if: {open_complaints: ">= 1"}, hold: [marketing]}
"""
# What a test of each rule is given on day D of January, and of February; at most five anchors fall due in each.
LENSES = "lines: [{product: ACU, category: optics/contact-lenses, price: 60}]"
CREAM = "lines: [{product: CRM, category: cosmetics, price: 90}]"
GIVEN = {
    "refill": (
        f"ordered: {{customer: anna, at: 2026-01-D 15:00, {LENSES}}}",
        f"ordered: {{customer: borys, at: 2026-01-D 16:00, {LENSES}}}",
        f"ordered: {{customer: borys, at: 2026-02-D 15:00, {LENSES}}}",
    ),
    "cream": (
        f"ordered: {{customer: anna, at: 2026-01-D 12:00, {CREAM}}}",
        f"ordered: {{customer: anna, at: 2026-01-D 13:00, {LENSES}}}",
    ),
    "win-back": (f"ordered: {{customer: anna, at: 2026-01-D 15:00, {CREAM}}}",),
    "thanks": (
        f"ordered: {{customer: anna, at: 2026-01-D 15:00, {CREAM}}}",
        f"ordered: {{customer: borys, at: 2026-01-D 23:00, {LENSES}}}",
    ),
    "birthday": (
        "customer: {id: anna, birthday: 1990-05-D}",
        f"ordered: {{customer: anna, at: 2026-01-D 15:00, {CREAM}}}",
    ),
    "review": (
        f"ordered: {{customer: anna, id: A, at: 2026-01-D 15:00, {CREAM}}}",
        "delivered: {customer: anna, order: A, at: 2026-02-D 12:00}",
    ),
    "welcome": (
        "customer: {id: anna, consent: none, at: 2026-01-D 09:00}",
        "consented: {customer: anna, purpose: marketing, at: 2026-01-D 12:00}",
    ),
    "vip": (
        f"ordered: {{customer: anna, id: A, at: 2026-01-D 12:00, {CREAM}}}",
        f"ordered: {{customer: anna, id: B, at: 2026-02-D 12:00, total: 120, {CREAM}}}",
    ),
    "letter": (f"ordered: {{customer: anna, at: 2026-01-D 15:00, {LENSES}}}",),
    "basket": ("added_to_cart: {customer: anna, product: ACU, at: 2026-01-D 12:00}",),
}
# Who is sent the mail, so many days after day D of which month, at which clock time.
SENT = {
    "refill": (("anna", 1, 80, "10:00"), ("borys", 2, 80, "10:00")),
    "cream": (("anna", 1, 55, "12:00"),),
    "win-back": (("anna", 1, 60, "11:00"),),
    "thanks": (("anna", 1, 0, "15:00"), ("borys", 1, 0, "23:00")),
    "birthday": (("anna", 5, -3, "09:30"),),
    "review": (("anna", 2, 10, "12:00"),),
    "welcome": (("anna", 1, 0, "13:00"),),
    "vip": (("anna", 2, 1, "12:00"),),
    "letter": (),
    "basket": (("anna", 1, 0, "16:00"),),
}
LETTERS = [(1, 5), (1, 15), (2, 5), (2, 15)]  # to whom ordered before


def rows() -> list[Row]:
    """Returns the one row: seconds of the whole command, held against ten."""
    write(FOLDER, TESTS)
    runs = [_played() for _ in range(RUNS)]
    seconds, processor = median(run[0] for run in runs), median(run[1] for run in runs)
    name = f"`server.py test`: {TESTS:,} tests of one rule each"
    measured = f"{seconds:.1f} s ({processor:.1f} s of a processor)"
    return [Row(name, f"{SECONDS:g} s", measured, seconds / SECONDS, 1.0)]


def _played() -> tuple[float, float]:
    """Runs the command once; returns its seconds by the clock and on a processor."""
    began, before = perf_counter(), getrusage(RUSAGE_CHILDREN)
    command = [sys.executable, str(ROOT / "server.py"), "test", "--rules", str(FOLDER)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds, after = perf_counter() - began, getrusage(RUSAGE_CHILDREN)
    if f"{TESTS} passed, 0 failed" not in done.stdout:
        raise SystemExit(
            f"the rule tests of the bench must pass:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def write(folder: Path, tests: int) -> None:
    """Writes the rulebook and so many tests, in files of a hundred."""
    (folder / "tests").mkdir(parents=True, exist_ok=True)
    (folder / "rules.yaml").write_text(RULES, "utf-8")
    (folder / "policy.yaml").write_text(POLICY, "utf-8")
    names = list(GIVEN)
    texts = [_test(names[number % len(names)], number) for number in range(tests)]
    for start in range(0, tests, 100):
        body = "tests:\n" + "".join(texts[start : start + 100])
        (folder / "tests" / f"part-{start // 100:02}.yaml").write_text(body, "utf-8")


def _test(rule: str, number: int) -> str:
    day = 1 + number // len(GIVEN) % 28
    given = "".join(f"      - {line.replace('-D', f'-{day:02}')}\n" for line in GIVEN[rule])
    expect = "".join(f"      - {{at: {at}, send: {rule}, to: {to}}}\n" for to, at in _sent(rule, day))
    until = "    until: 2026-03-01\n" if rule == "letter" else ""
    head = f"  - test: {rule} {number}\n    rules: [{rule}]\n{until}"
    return f"{head}    given:\n{given}    expect:\n{expect}"


def _sent(rule: str, day: int) -> list[tuple[str, str]]:
    if rule == "letter":
        return [("anna", f"2026-{m:02}-{d:02} 10:00") for m, d in LETTERS if (m, d) > (1, day)]
    base = [
        (to, date(2026, month, day) + timedelta(days=days), clock) for to, month, days, clock in SENT[rule]
    ]
    return [(to, f"{when} {clock}") for to, when, clock in base]
