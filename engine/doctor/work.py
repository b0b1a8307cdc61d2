"""What the server does at present: rules, letters, ticks, mail that is late or uncertain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.clock import moment
from engine.config import Config
from engine.delivery.check import check_templates
from engine.doctor.endpoints import endpoints
from engine.doctor.finding import Finding, ok
from engine.doctor.told import told
from engine.intake.pulling.baselinker import NO_JOURNAL
from engine.intake.sources import silent_too_long
from engine.policy.compiled import engine_name
from engine.reports.troubles import troubles
from engine.rulebook.load import load_rulebook
from engine.rulebook.server_words import vocabulary_of
from models import Pull, Shop, Source


def work(config: Config, rules: Path, templates: Path, now: int) -> Iterator[Finding]:
    """Looks at the marketer's files and at what the last ticks and mails have left."""
    yield from _files(config, rules, templates)
    for shop in Shop.select().order_by(Shop.id):
        found = [told(trouble) for trouble in troubles(shop.id, now, config)]
        yield from found or [ok("mail", f"{shop.key}: ticks and mails are on time")]
        yield from _sources(shop, now)
        yield from endpoints(shop, config)
        yield from _asked(shop)
    yield _policy()


def _sources(shop: Shop, now: int) -> Iterator[Finding]:
    """Says of each shop system when it was last heard of, and what was wrong last, if that was the last word."""
    for source in Source.select().where(Source.shop == shop.id).order_by(Source.name):
        name = f"{source.name} of {shop.key}"
        if source.error_at is not None and source.error_at >= (source.last_at or 0):
            said = f"{name} was refused at {moment(source.error_at):%Y-%m-%d %H:%M} UTC: {source.error}"
            yield Finding("warning", "source", said, "see docs/shops.md; what it sends again is kept")
        elif silent_too_long(source, now):
            said = f"{name} has been silent since {moment(source.last_at):%Y-%m-%d %H:%M} UTC, longer than ever before"
            yield Finding(
                "warning", "source", said, "look at the webhooks in the shop: it may have switched them off"
            )
        elif source.last_at is not None:
            yield ok("source", f"{name} was last heard of at {moment(source.last_at):%Y-%m-%d %H:%M} UTC")


def _asked(shop: Shop) -> Iterator[Finding]:
    """Says of each system that is asked whether it answers, and of a shop that has left what is going to happen."""
    for pull in Pull.select().where(Pull.shop == shop.id).order_by(Pull.name):
        name = f"{pull.name} of {shop.key}"
        if pull.failures:
            said = f"{name} could not be asked, {pull.failures} time(s) in a row: {pull.error}"
            yield Finding("warning", "source", said, f"mend that, then run server.py pull --shop {shop.key}")
        elif pull.note == NO_JOURNAL:
            said = f"{name} has an empty journal, though there are new orders"
            yield Finding("warning", "source", said, "ask BaseLinker's support to switch on getJournalList")
        elif pull.asked_at is not None:
            yield ok("source", f"{name} was asked at {moment(pull.asked_at):%Y-%m-%d %H:%M} UTC")
    for source in Source.select().where(Source.shop == shop.id, Source.redact_at.is_null(False)):
        said = f"{shop.key} has left {source.name}: its customers are erased at {moment(source.redact_at):%Y-%m-%d %H:%M} UTC"
        yield Finding(
            "warning",
            "source",
            said,
            "connect the shop again, or take the system out of config.yaml, to keep them",
        )


def _files(config: Config, rules: Path, templates: Path) -> Iterator[Finding]:
    book = load_rulebook(rules, vocabulary_of(config, templates if templates.is_dir() else None))
    for problem in book.errors:
        yield Finding("problem", "rules", str(problem), "server.py check shows all of them")
    if not book.errors:
        yield ok("rules", f"{len(book.rules)} rules can be read")
    faults = [fault for fault in check_templates(templates / "email") if fault.level == "error"]
    for fault in faults:
        yield Finding("problem", "templates", str(fault), "mend the letter; until then nobody gets it")
    if not faults:
        yield ok("templates", "all letters can be made")


def _policy() -> Finding:
    name = engine_name()
    if name == "plain":
        return Finding(
            "note",
            "policy",
            "durable-rules cannot be imported here: the plain evaluator decides, alike but slower",
        )
    return ok("policy", f"{name} decides")
