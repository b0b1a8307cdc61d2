"""`server.py preview RULE`: how many and who falls due soon, with the mails, and what an edit would change."""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from engine.cli.home import Home, used_home
from engine.cli.moments import moment_of
from engine.cli.send import catcher_port
from engine.cli.whose import customers_called
from engine.cli.words import Words, words_of
from engine.delivery.colleague import send_to_colleague
from engine.delivery.pool import Pool
from engine.delivery.templates import Templates
from engine.errors import UsageError
from engine.matching.view import View
from engine.rehearsal.difference import Changed, changed_rule
from engine.rehearsal.letters import Written, letters, names_of
from engine.rehearsal.preview import MOST_FIRST, SPANS, Preview, local_day, preview
from engine.rulebook.ast import Rule, Rulebook
from engine.rulebook.load import load_text
from engine.rulebook.nearest import meant
from engine.rulebook.publication import in_force
from engine.rulebook.versions import newest, text_of
from models import Shop

HELP = "say whom a rule would concern in the next 1, 7 and 30 days, and show the mails"
SHOWN = 10
LONGEST = 400  # days


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the options of `preview`."""
    parser.add_argument("rule", metavar="RULE")
    parser.add_argument("--at", metavar="T", help="as of this moment instead of now")
    parser.add_argument("--days", metavar="N", type=int, default=SPANS[-1], help="look so far (default 30)")
    parser.add_argument("--customer", metavar="C", help="only this customer: the shop's id, or an address")
    parser.add_argument("--mails", metavar="N", type=int, default=1, help="show so many mails (default 1)")
    parser.add_argument("--to", metavar="ADDRESS", help="send the first mail shown to a colleague")
    parser.add_argument("--html", metavar="FILE", help="write the HTML of the first mail shown to a file")


def run(args: argparse.Namespace) -> int:
    """Prints what would fall due if nobody did anything; the policy is not asked, and nothing is written."""
    if not 1 <= args.days <= LONGEST:
        raise UsageError(f"--days {args.days} cannot be looked at", remedy=f"from 1 to {LONGEST}")
    words = words_of(args)
    rule = _rule_called(args.rule, words)
    with used_home(args) as home:
        found = _Found(home, words, rule, args)
        code, told = found.sent()
        print(json.dumps(found.said, ensure_ascii=False, indent=1) if args.json else found.text() + told)
        return code


def _rule_called(name: str, words: Words) -> Rule:
    rule = words.rulebook.rules.get(name)
    if rule is not None:
        return rule
    broken = name in words.rulebook.broken
    why = " (it is broken: see check)" if broken else meant(name, words.rulebook.rules)
    raise UsageError(f"unknown rule {name!r}{why}", remedy="see server.py check")


class _Found:
    """What a preview finds in each shop of the rule, and the first of its mails."""

    def __init__(self, home: Home, words: Words, rule: Rule, args: argparse.Namespace) -> None:
        self.home, self.words, self.rule, self.args = home, words, rule, args
        self.at = moment_of(args.at, home.config) if args.at else home.clock.now()
        self.templates = Templates(home.templates / "email")
        self.first: tuple[str, Written] | None = None
        known = {shop.shop for shop in home.config.shops}
        shops = [s for s in Shop.select().order_by(Shop.id) if s.key in known and rule.in_shop(s.key)]
        self.published = self._published()
        self.said = [self._of_shop(shop) for shop in shops]

    def _published(self) -> Rulebook:
        last, vocabulary = newest(), self.words.vocabulary
        return in_force(load_text(text_of(last.digest), vocabulary), vocabulary) if last else Rulebook()

    def _of_shop(self, shop: Shop) -> dict[str, Any]:
        view = self._view(shop, self.words.rulebook)
        found = preview(view, self.rule, self.args.days, self._customers(shop))
        if self.args.customer and not found.dues:
            raise UsageError(
                f"{self.rule.id} does not concern {self.args.customer} in the next {self.args.days} days",
                remedy=f"server.py explain {self.args.customer} --rule {self.rule.id} says why",
            )
        wanted = max(self.args.mails, bool(self.args.to or self.args.html))
        mails = letters(view, found, self.templates, min(wanted, MOST_FIRST), self.home.key)
        if mails and self.first is None:
            self.first = shop.key, mails[0]
        names = names_of(due.customer_id for due in found.dues[:SHOWN])
        return {
            "shop": shop.key, "rule": self.rule.id, "due": self._due(found),
            "first": [{"customer": names[due.customer_id], "due": local_day(due)} for due in found.dues[:SHOWN]],
            "against_published": self._against(view, found, shop), "mails": [_mail(each) for each in mails],
        }  # fmt: skip

    def _view(self, shop: Shop, book: Rulebook) -> View:
        settings, postgresql = self.home.config.shop(shop.key), self.home.store.postgresql
        since = dict.fromkeys(book.rules, 0)
        return View(self.home.config, settings, shop.id, book, self.at, since, postgresql)

    def _customers(self, shop: Shop) -> list[int] | None:
        if not self.args.customer:
            return None
        return [each.id for each in customers_called(self.args.customer) if each.shop_id == shop.id]

    def _due(self, found: Preview) -> dict[str, Any]:
        spans = sorted({span for span in (*SPANS[:-1], self.args.days) if span <= self.args.days})
        return {
            "today" if days == 1 else f"{days} days": {
                "anchors": found.anchors(days), "customers": len(found.customers(days))
            }
            for days in spans
        }  # fmt: skip

    def _against(self, view: View, found: Preview, shop: Shop) -> dict[str, Any]:
        """Says what this wording changes against the published one, as long as it looks ahead."""
        if self.args.customer:
            return {}
        was = self.published.rules.get(self.rule.id)
        before = self._view(shop, self.published)
        changed = changed_rule(was, self.rule, before, view, found, (self.args.days,))
        return _change(changed)

    def text(self) -> str:
        """Writes it all for a terminal."""
        return "\n\n".join(_said(self.rule, each) for each in self.said)

    def sent(self) -> tuple[int, str]:
        """Writes the file and sends the mail that were asked for; returns the exit code and what is to be told."""
        if not (self.args.to or self.args.html):
            return 0, ""
        if self.first is None or self.first[1].mail is None:
            why = self.first[1].fault if self.first else f"{self.rule.id} concerns nobody in this time"
            raise UsageError(f"there is no mail to show: {why}", remedy="look further with --days or --at")
        shop, written = self.first
        assert written.mail is not None
        if self.args.html:
            Path(self.args.html).write_text(written.mail.html, "utf-8")
        return self._send(shop, written) if self.args.to else (0, "")

    def _send(self, shop: str, written: Written) -> tuple[int, str]:
        assert written.mail is not None
        settings = self.home.config.shop(shop)
        with ExitStack() as stack:
            pool = Pool(self.home.config.relay, self.home.path, catcher_port(self.home, stack))
            stack.callback(pool.close)
            try:
                answer = send_to_colleague(pool, settings, written.mail, self.args.to, self.home.clock.now())
            except ValueError as error:
                raise UsageError(f"--to: {error}", remedy="write it as name@example.com") from error
        told = f"\n\n{written.customer}'s mail to {self.args.to}: {answer.outcome} {answer.reply}".rstrip()
        return 0 if answer.outcome == "sent" else 1, told


def _mail(written: Written) -> dict[str, str]:
    if written.mail is None:
        return {"customer": written.customer, "error": written.fault}
    mail = written.mail
    return {
        "customer": written.customer,
        "language": mail.language,
        "subject": mail.subject,
        "text": mail.text,
    }


def _change(changed: Changed | None) -> dict[str, Any]:
    if changed is None or not changed.gains:
        return {"change": changed.kind if changed else None, "gained": 0, "lost": 0}
    gain = changed.gains[-1]
    return {
        "change": changed.kind, "gained": gain.gained, "lost": gain.lost,
        "first_gained": list(gain.first_gained), "first_lost": list(gain.first_lost),
    }  # fmt: skip


def _said(rule: Rule, found: dict[str, Any]) -> str:
    lines = [f"{rule.id} in {found['shop']}, if nobody does anything (the policy is not asked):"]
    lines += [
        f"  {span:8} {n['customers']} customers, {n['anchors']} anchors" for span, n in found["due"].items()
    ]
    lines += _against(found["against_published"])
    lines += [f"  {each['due']}  {each['customer']}" for each in found["first"]]
    for mail in found["mails"]:
        head = ["", f"To {mail['customer']}"]
        lines += [*head, mail["error"]] if "error" in mail else [
            *head, f"Subject: {mail['subject']}", "", mail["text"].rstrip()
        ]  # fmt: skip
    return "\n".join(lines)


def _against(change: dict[str, Any]) -> list[str]:
    if not change:
        return []
    if change["change"] in (None, "words"):
        same = "only words differ" if change["change"] else "nothing differs"
        return [f"  against the published rule: {same}"]
    lines = [f"  against the published rule: {change['gained']} customers gained, {change['lost']} lost"]
    for word in ("gained", "lost"):
        if change.get(f"first_{word}"):
            lines.append(f"    {word}: {', '.join(change[f'first_{word}'])}")
    return lines
