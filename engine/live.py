"""What a ticking process needs: the rules in force, and every missed minute gone through, shop by shop."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from peewee import fn

from engine import bulk, calendar
from engine.afterwards import after_commit
from engine.audit import SERVER, write_down
from engine.clock import MINUTE, Clock, whole_minute
from engine.config import Config
from engine.delivery.issues import issues_of
from engine.delivery.templates import Templates
from engine.failpoint import failpoint
from engine.feedback.clicks import judge
from engine.intake.shops import sync_shops
from engine.matching.ask import ask
from engine.matching.due import Question
from engine.matching.edges import edges
from engine.matching.moments import occurrences
from engine.matching.view import View
from engine.outbox.braking import Braking
from engine.outbox.confirming import ask_to_confirm
from engine.outbox.news import count_decisions, rules_standing, tell_rules, telling_new_messages
from engine.policy.compiled import CompiledPolicy, compile_policy
from engine.policy.history import Draw
from engine.rulebook.ast import Every, Membership, OnDate, Rulebook
from engine.rulebook.counting import Fingerprint, fingerprint, folder_or_published, only_published
from engine.rulebook.publication import acting_since, in_force, sync
from engine.rulebook.server_words import vocabulary_of
from engine.rulebook.versions import newest_id
from engine.rulebook.vocabulary import Vocabulary
from engine.store import Store
from engine.tick import Ticked, tick
from models import Change, Cursor, Hold, Shop

Guard = Callable[[], None]


class Place(Protocol):
    """A home: what `engine.cli.home.Home` is."""

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
    def rules(self) -> Path:
        """Returns the marketer's folder."""

    @property
    def templates(self) -> Path:
        """Returns the folder that holds email/."""

    @property
    def key(self) -> bytes:
        """Returns the secret that draws holdouts."""


@dataclass(slots=True)
class Live:
    """The rules of one home, kept in memory and read again when a file or the published version changes."""

    home: Place
    rulebook: Rulebook = field(default_factory=Rulebook)
    policy: CompiledPolicy | None = None
    seen: tuple[Any, ...] = ()  # the files as they were, the act of publishing that counted, and the shops
    letters: Templates = field(
        init=False
    )  # looked through once; whether an issue is there is asked of the disk each time

    def __post_init__(self) -> None:
        self.letters = Templates(self.home.templates / "email")

    def refresh(self, now: int) -> None:
        """Takes the newest rules, publishes those of a changed folder, and writes down which act since when.

        Files are read inside the transaction: whoever rolls the folder back holds its lock until all are written.
        """
        if self.policy is not None and self.seen == (self._files(), newest_id(), _shops()):
            return
        vocabulary = self.vocabulary()
        with self.home.store.transaction():
            bulk.lock_act(self.home.store, bulk.PUBLISHING)
            files, before = self._files(), newest_id()
            written = self._newest(vocabulary, files, now)
            if newest_id() != before:
                write_down(SERVER, "publish", written.digest, now, channel="server")
            book = in_force(written, vocabulary)
            stood = rules_standing()
            for shop in Shop.select():
                sync(shop, book, written.digest, now)
            after_commit(partial(tell_rules, stood, rules_standing()))
            seen = (files, newest_id(), _shops())
            failpoint("publish.written")
        failpoint("publish.committed")
        self.rulebook, self.policy, self.seen = book, compile_policy(book.policy), seen

    def vocabulary(self) -> Vocabulary:
        """Returns what the rules of this home may name."""
        templates = self.home.templates if (self.home.templates / "email").is_dir() else None
        return vocabulary_of(self.home.config, templates)

    @property
    def by_hand(self) -> bool:
        """Says whether only what somebody has published counts, not what stands in the folder."""
        return self.home.config.rules.publish == "by_hand"

    def _files(self) -> Fingerprint:
        return () if self.by_hand else fingerprint(self.home.rules)

    def _newest(self, vocabulary: Vocabulary, files: Fingerprint, now: int) -> Rulebook:
        if self.by_hand:
            return only_published(vocabulary)
        return folder_or_published(self.home.rules, vocabulary, self.seen[:1] != (files,), now)

    def prepare(self, now: int) -> None:
        """Writes down the shops of config.yaml and the rules, so that they act from now on."""
        self.prepare_shops(now)
        self.refresh(now)

    def prepare_shops(self, now: int) -> None:
        """Writes down the shops of config.yaml."""
        sync_shops(self.home.store, self.home.config, now)

    def view(self, shop: Shop, now: int) -> View:
        """Returns one shop as it stands at `now`."""
        home = self.home
        since = acting_since(shop.id)
        return View(
            home.config, home.config.shop(shop.key), shop.id, self.rulebook, now, since, home.store.postgresql
        )

    def shops(self) -> list[Shop]:
        """Lists the shops that config.yaml names, and their test shops, in which the rules act already."""
        named = Shop.key.in_(self.home.config.shop_keys())
        return list(Shop.select().join(Cursor).where(named).order_by(Shop.id))

    def tick_shop(self, shop: Shop, now: int, guard: Guard = lambda: None) -> Ticked:
        """Goes through the minutes of one shop that have passed since its last tick, up to and including `now`."""
        self.refresh(now)
        judge(self.home.store, now)
        assert self.policy is not None
        total, draw, speaks = Ticked(), Draw(self.home.key), issues_of(self.letters)
        braking = Braking(self.home.config.rules.brake)
        for minute in self._minutes(shop, now):
            view = self.view(shop, minute)
            with telling_new_messages(shop.id):
                done = tick(
                    view,
                    self.policy,
                    self.home.store,
                    draw,
                    guard,
                    speaks=speaks,
                    braking=braking,
                    locking=True,
                )
            count_decisions((each.outcome, each.reason) for each in done.decisions)
            total.silent += done.silent
            total.due += done.due
            total.messages += done.messages
            total.decisions += done.decisions
        total.messages += self._ask_to_confirm(shop, now, guard)
        return total

    def _ask_to_confirm(self, shop: Shop, now: int, guard: Guard) -> int:
        """Queues the mails that ask whether a consent was given by the owner of its mailbox."""
        settings = self.home.config.shop(shop.key)
        if not settings.consent.double_opt_in:
            return 0
        with self.home.store.transaction():
            guard()
            return ask_to_confirm(self.home.store, settings, shop.id, now)

    def tick_all(self, now: int) -> dict[str, Ticked]:
        """Ticks every shop, by its key."""
        self.prepare(now)
        return {shop.key: self.tick_shop(shop, now) for shop in self.shops()}

    def _minutes(self, shop: Shop, now: int) -> Iterator[int]:
        """Yields the minutes to tick: all that were missed, but for those in which nothing can happen; `now` last."""
        last = Cursor.get(Cursor.shop == shop).ticked_at
        if (now == last or now - last > MINUTE) and _news(shop, last):
            yield last  # the clock stands still, or the server fell silent, after that minute was ticked
        missed = [] if now - last <= MINUTE else self._interesting(self.view(shop, now), last, now)
        while last < now:
            following = [at for at in missed if at > last][:1] + _wakes(shop, last)
            last = min([now, *(-(-at // MINUTE) * MINUTE for at in following)])
            yield last

    def _interesting(self, view: View, last: int, now: int) -> list[int]:
        """Lists the moments in (last, now] at which a rule may fall due or something became known."""
        found: set[int] = set()
        for rule in view.rules():
            plain = replace(rule, unless=(), who=None)
            for zone in view.zones():
                if isinstance(rule.trigger, Membership):
                    condition = view.rulebook.segments[rule.trigger.segment].condition
                    found |= {moment for _, moment in edges(view, condition, last, now)}
                if isinstance(rule.trigger, Every | OnDate):
                    found |= {each.due for each in occurrences(rule, last, now, zone)}
                else:
                    found |= {due.due_at for due in ask(Question(plain, view.scope(zone), last, now))}
        rows = (
            Change.select(Change.recorded_at)
            .where((Change.shop == view.shop_id) & (Change.recorded_at <= now))
            .distinct()
        )
        found |= {at for (at,) in rows.tuples() if at > last}
        return sorted(found | _clock_times_after(view, found, now))


def _clock_times_after(view: View, moments: Collection[int], now: int) -> set[int]:
    """Returns when whoever enters or leaves a segment at one of the moments falls due, by rules with a clock time."""
    clocks = {
        rule.at for rule in view.rules() if isinstance(rule.trigger, Membership) and rule.at is not None
    }
    asked = ((at, zone) for at in clocks for zone in view.zones())
    dues = {calendar.next_clock_time(moment, at, zone) for at, zone in asked for moment in moments}
    return {due for due in dues if due <= now}


def _shops() -> list[int]:
    """Lists every shop: rules must be made to act in one that was just made, be it for tests."""
    return [key for (key,) in Shop.select(Shop.id).order_by(Shop.id).tuples()]


def _news(shop: Shop, last: int) -> bool:
    """Says whether something was learned by the last tick that it could not see yet."""
    found: bool = (
        Change.select(Change.id).where((Change.shop == shop) & (Change.recorded_at <= last)).exists()
    )
    return found


def _wakes(shop: Shop, last: int) -> list[int]:
    """Returns when something that waits is to be asked again: its time, or each minute where no clock tells."""
    mine = Hold.shop == shop
    if Hold.select(Hold.id).where(mine & (Hold.every_minute == True)).first():  # noqa: E712 - a column
        return [whole_minute(last) + MINUTE]
    wake = Hold.select(fn.MIN(Hold.wake_at)).where(mine & (Hold.wake_at > last)).scalar()
    return [] if wake is None else [wake]
