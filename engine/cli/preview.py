"""`server.py preview RULE`: how many and who falls due soon, with the mails, and what an edit would change."""

from __future__ import annotations

import argparse
import json
from typing import Any

from engine.cli.home import Home, used_home
from engine.cli.moments import moment_of
from engine.cli.words import Words, words_of
from engine.delivery.context import context_of
from engine.delivery.render import Rendered, render
from engine.delivery.templates import Templates
from engine.errors import TemplateFault, UsageError
from engine.matching.view import View
from engine.rehearsal.preview import SPANS, Preview, compare, drafts, local_day, preview
from engine.rulebook.ast import Rule, Rulebook
from engine.rulebook.load import load_text
from engine.rulebook.nearest import meant
from models import Customer, RulebookVersion, Shop

HELP = "say whom a rule would concern in the next 1, 7 and 30 days, and show the mails"
SHOWN = 10


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `preview`."""
    parser.add_argument("rule", metavar="RULE")
    parser.add_argument("--at", metavar="T", help="as of this moment instead of now")
    parser.add_argument("--mails", metavar="N", type=int, default=1, help="show so many mails (default 1)")


def run(args: argparse.Namespace) -> int:
    """Prints what would fall due if nobody did anything; the policy is not asked, and nothing is written."""
    words = words_of(args)
    rule = words.rulebook.rules.get(args.rule)
    if rule is None:
        broken = (
            " (it is broken: see check)"
            if args.rule in words.rulebook.broken
            else meant(args.rule, words.rulebook.rules)
        )
        raise UsageError(f"unknown rule {args.rule!r}{broken}", remedy="see server.py check")
    with used_home(args) as home:
        at = moment_of(args.at, home.config) if args.at else home.clock.now()
        shops = [shop for shop in Shop.select().order_by(Shop.id) if rule.in_shop(shop.key)]
        found = [_of_shop(home, words, rule, shop, at, args.mails) for shop in shops]
    print(
        json.dumps(found, ensure_ascii=False, indent=1)
        if args.json
        else "\n\n".join(_said(rule, each) for each in found)
    )
    return 0


def _view(home: Home, rulebook: Rulebook, shop: Shop, at: int) -> View:
    return View(home.config, home.config.shop(shop.key), shop.id, rulebook, at, {}, home.store.postgresql)


def _of_shop(home: Home, words: Words, rule: Rule, shop: Shop, at: int, mails: int) -> dict[str, Any]:
    view = _view(home, words.rulebook, shop, at)
    found = preview(view, rule)
    gained, lost = compare(_published(home, words, rule, shop, at), found)
    names = _names(found)
    return {
        "shop": shop.key, "rule": rule.id,
        "due": {f"{days} days" if days > 1 else "today": _counted(found, days) for days in SPANS},
        "first": [{"customer": names[due.customer_id], "due": local_day(due)} for due in found.dues[:SHOWN]],
        "against_published": {"gained": len(gained), "lost": len(lost)},
        "mails": _mails(home, view, found, mails),
    }  # fmt: skip


def _counted(found: Preview, days: int) -> dict[str, int]:
    due = found.within(days)
    return {"anchors": len(due), "customers": len({one.customer_id for one in due})}


def _published(home: Home, words: Words, rule: Rule, shop: Shop, at: int) -> Preview | None:
    """Asks the wording that was published last, if this one differs from it; else there is nothing to compare."""
    version = RulebookVersion.select().order_by(RulebookVersion.id.desc()).first()
    before = load_text(version.text, words.vocabulary) if version else None
    published = before.rules.get(rule.id) if before else None
    if before is None or published is None:
        return None
    return preview(_view(home, before, shop, at), published)


def _names(found: Preview) -> dict[int, str]:
    ids = sorted({due.customer_id for due in found.dues[:SHOWN]})
    rows = Customer.select(Customer.id, Customer.external_id, Customer.email).where(Customer.id.in_(ids))
    return {key: external or email or str(key) for key, external, email in rows.tuples()}


def _mails(home: Home, view: View, found: Preview, most: int) -> list[dict[str, str]]:
    templates = Templates(home.templates / "email")
    shown = []
    for draft in drafts(view, found, most):
        try:
            mail: Rendered = render(context_of(draft, home.config, view.now), templates)
            shown.append({"language": mail.language, "subject": mail.subject, "text": mail.text})
        except TemplateFault as fault:
            shown.append({"error": str(fault)})
    return shown


def _said(rule: Rule, found: dict[str, Any]) -> str:
    lines = [f"{rule.id} in {found['shop']}, if nobody does anything (the policy is not asked):"]
    lines += [
        f"  {span:8} {n['customers']} customers, {n['anchors']} anchors" for span, n in found["due"].items()
    ]
    change = found["against_published"]
    lines.append(f"  against the published rule: {change['gained']} customers gained, {change['lost']} lost")
    lines += [f"  {each['due']}  {each['customer']}" for each in found["first"]]
    for mail in found["mails"]:
        lines += (
            ["", mail["error"]]
            if "error" in mail
            else ["", f"Subject: {mail['subject']}", "", mail["text"].rstrip()]
        )
    return "\n".join(lines)
