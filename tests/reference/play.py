"""Goes through every minute of a story in which anything could happen, and writes down what RULES.md says of it."""

from __future__ import annotations

from engine.rulebook.ast import Every, OnDate, Rule, Rulebook
from tests.reference.due import anchors, due_at, named_category, occurrences, unless_since
from tests.reference.edges import edges
from tests.reference.facts import Fact, learned_at, reaches
from tests.reference.known import Known
from tests.reference.moments import DAY, HOUR, MINUTE, add, whole
from tests.reference.moments import Seen as Met
from tests.reference.patterns import fits
from tests.reference.people import Knowledge
from tests.reference.policy import Candidate, Message, Place, decide
from tests.reference.story import Seen, Story

Key = tuple[str, str, tuple]
REACH = 40 * DAY
CHAIN = 20


class Reference(Known):
    """A story being told by the book."""

    def __init__(self, story: Story) -> None:
        super().__init__(story)
        self.final: set[Key] = set()
        self.held: dict[Key, Candidate] = {}
        self.messages: list[Message] = []
        self.seen: list[Seen] = []
        self.met: set[str] = set()
        self._dues: dict[tuple[str, int, str], int] = {}
        self.changed_rules: set[str] = set()

    # --- the minutes ----------------------------------------------------------------------------------

    def tell(self) -> list[Seen]:
        """Plays the story from its start to its end."""
        Met.words = set()
        books = list(self.story.books)
        self._publish(books.pop(0)[1], self.story.start, self.story.start - 1)
        now: int | None = self.story.start
        while now is not None and now <= self.story.until:
            while books and books[0][0] <= now:
                self._publish(books.pop(0)[1], now, now)
            self._minute(now)
            now = self._next(now, books)
        self.met |= Met.words
        return sorted(self.seen)

    def _publish(self, book: Rulebook, now: int, members_at: int) -> None:
        """What is new or changed acts from now on; what the rest had stays."""
        before, self.book, self.segments = self.book, book, dict(book.segments)
        acting = {rule.id: rule for rule in book.for_shop(self.shop.shop)}
        self.changed_rules = {id_ for id_ in self.since if id_ not in acting}
        for id_, rule in acting.items():
            if id_ not in self.since or before.rules[id_].digest != rule.digest:
                self.changed_rules.add(id_)
                self.since[id_] = now
        for id_ in [id_ for id_ in self.since if id_ not in acting]:
            del self.since[id_]
        if before.policy != book.policy:
            self.changed_rules |= {key[0] for key in self.held}
        self._watch(before, members_at)

    def _minute(self, now: int) -> None:
        learned = {name: min(reaches(i) for i in items if learned_at(i) == now)
                   for name, items in self.items.items() if any(learned_at(i) == now for i in items)}  # fmt: skip
        for _ in range(CHAIN):
            self._enter(now)
            for transactional in (True, False):
                self._decide(now, learned, transactional)
            self.changed_rules = set()
            told, ended = self._hand_over(now)
            learned = told | ended
            if not ended and not (told and self._asks_mails()):
                return
        raise RecursionError("mails cause mails without end")

    def _next(self, now: int, books: list[tuple[int, Rulebook]]) -> int | None:
        found = {at for at, _ in books} | {end for _, end in self.story.outages}
        for name, items in self.items.items():
            found |= {learned_at(item) for item in items}
            for rule in self._rules():
                found |= set(self._dues_of(rule, name, now))
            holds_back = any(c.customer == name and c.reason == "house_rule" for c in self.held.values())
            for condition in self._watched(name, holds_back):
                found |= {
                    whole(at) for at in edges(self._question(name, now, now), condition, self.story.until)
                }
        for one in self.held.values():
            found |= {whole(one.expires), whole(one.until or now)}
        return min((at for at in found if at > now), default=None)

    def _dues_of(self, rule: Rule, name: str, now: int) -> list[int]:
        known = self._knowledge(name, now)
        if isinstance(rule.trigger, Every | OnDate):
            zone = known.zone(now)
            end = self.story.until if isinstance(rule.trigger, OnDate) else now + 63 * DAY
            found = [due_at(rule, at, zone) for at, _ in occurrences(rule.trigger, now - 2 * DAY, end, zone)]
            return [at for at in found if at > now][:1]
        return [
            self._due(rule, fact, known.zone(now))
            for fact in anchors(rule, known, now, (now, self.story.until))
        ]

    def _due(self, rule: Rule, anchor: Fact, zone: str) -> int:
        key = rule.digest, anchor.at, zone
        if key not in self._dues:
            before, Met.words = Met.words, set()
            self._dues[key] = due_at(rule, anchor.at, zone)
            if self.story.start <= self._dues[key] <= self.story.until:
                self.met |= Met.words
            Met.words = before
        return self._dues[key]

    # --- candidates -----------------------------------------------------------------------------------

    def _decide(self, now: int, learned: dict[str, int], transactional: bool) -> None:
        for name in self.items:
            if not self._is_known(name, now):
                continue
            fresh = [c for rule in self._rules() if (rule.purpose == "transactional") == transactional
                     for c in self._candidates(rule, name, now, learned.get(name, now))]  # fmt: skip
            waiting = [c for c in self.held.values()
                       if c.customer == name and (c.rule.purpose == "transactional") == transactional]  # fmt: skip
            woken = [c for c in waiting if self._wakes(c, now, name in learned)]
            if fresh or woken:
                woken += [c for c in waiting if c not in woken and self._asks_due()]
                self._ask_policy(name, fresh + [self._again(c, now) for c in woken], now)

    def _candidates(self, rule: Rule, name: str, now: int, late: int) -> list[Candidate]:
        known, found = self._knowledge(name, now), []
        zone = known.zone(now)
        for anchor in anchors(rule, known, now, (now - REACH if late < now else now, now)):
            due = self._due(rule, anchor, zone)
            key = rule.id, name, anchor.source
            if due > now or due < self.since[rule.id] or key in self.final or key in self.held:
                continue
            expires = add(due, rule.expires, zone)
            if due < now and (due < late or now > expires):
                continue
            if self._says_yes(rule, name, anchor, now, now) and self._said_yes(rule, name, anchor, due, now):
                found.append(Candidate(rule, name, anchor, due, expires))
                found[-1].refused = self._refusal(found[-1], now)
        return found

    def _said_yes(self, rule: Rule, name: str, anchor: Fact, due: int, now: int) -> bool:
        """An anchor is asked when it falls due, or when it becomes known after that; later only what has been learned of
        that minute since may change the answer."""
        asked = due
        if isinstance(rule.trigger, Every | OnDate):
            if self._knowledge(name, now).signed_up_at > due:
                return False
        else:
            asked = max(due, whole(anchor.known_at))
        return asked == now or self._says_yes(rule, name, anchor, asked, now)

    def _says_yes(self, rule: Rule, name: str, anchor: Fact, asof: int, now: int) -> bool:
        question = self._question(name, asof, now)
        since, named = unless_since(rule, anchor, question.zone), named_category(rule)
        for pattern in rule.unless:
            for fact in question.facts():
                own = fact.kind == "bought" and anchor.order is not None and fact.order == anchor.order
                if fact.at > since and not own and fits(pattern, fact, anchor, named):
                    return False
        return question.holds(rule.who) is True

    def _asks_due(self) -> bool:
        return "DueIs" in repr(self.book.policy.house_rules)

    def _wakes(self, one: Candidate, now: int, learned: bool) -> bool:
        if one.rule.id in self.changed_rules or learned or one.reason == "house_rule":
            return True
        return now >= min(one.until or now, one.expires // MINUTE * MINUTE)

    def _again(self, one: Candidate, now: int) -> Candidate:
        """Asks everything but the delay once more."""
        rule = self.book.rules.get(one.rule.id)
        one.held_for, one.held_until = one.reason, one.until
        if rule is None or rule.id not in self.since:
            one.refused = "cancelled"
            return one
        one.rule = rule
        known = self._knowledge(one.customer, now)
        found = [
            a
            for a in anchors(rule, known, now, (one.due - 2 * DAY, one.due + 2 * DAY))
            if a.source == one.anchor.source
        ]
        if not found:
            one.refused = "cancelled"
        elif not self._says_yes(rule, one.customer, found[0], now, now):
            one.refused = "no_longer_matches"
        else:
            one.anchor, one.refused = found[0], self._refusal(one, now)
        return one

    def _refusal(self, one: Candidate, now: int) -> str | None:
        known, purpose = self._knowledge(one.customer, now), one.rule.purpose
        if self._once(one, known, now):
            return "once"
        if known.email is None:
            return "no_address"
        return None if purpose == "transactional" or known.consented(purpose, now) else "no_consent"

    def _once(self, one: Candidate, known: Knowledge, now: int) -> bool:
        once = one.rule.once
        mine = [m for m in self.messages if m.rule.id == one.rule.id and m.customer == one.customer
                and m.state in ("queued", "sent")]  # fmt: skip
        if once.kind == "window":
            assert once.window is not None
            return any(m.counted > add(now, once.window, known.zone(now), -1) for m in mine)
        told = [anchor for m in mine for anchor in m.anchors]
        if once.kind == "product":
            product = one.anchor.values.get("product")
            return product is not None and any(a.values.get("product") == product for a in told)
        if once.kind == "order":
            return one.anchor.order is not None and any(a.order == one.anchor.order for a in told)
        return once.kind == "ever" and bool(mine)

    # --- decisions ------------------------------------------------------------------------------------

    def _ask_policy(self, name: str, candidates: list[Candidate], now: int) -> None:
        known = self._knowledge(name, now)
        country = known.fields(now).get("country") or self.shop.country
        counted = [m for m in self.messages if m.address == known.email and m.state in ("queued", "sent")]
        place = Place(self.book.policy, known.zone(now), country)

        def holds(condition, due):
            return self._question(name, now, now, due).holds(condition)

        going = decide(self.book.policy, candidates, place, counted, holds, now)
        for one in candidates:
            self._write(one, now)
        for together in going:
            rule, expires = together[0].rule, max(one.expires for one in together)
            facts = [one.anchor for one in together]
            self.messages.append(Message(rule, name, known.email or "", now, now, facts, expires))

    def _write(self, one: Candidate, now: int) -> None:
        key = one.rule.id, one.customer, one.anchor.source
        first = key not in self.held
        if one.outcome == "hold":
            self.held[key] = one
        else:
            self.final.add(key)
            if self.held.pop(key, None) is not None and one.outcome == "send":
                self.met.add("held release")
        if one.outcome != "hold" or first:
            self.seen.append(
                Seen(now, one.outcome, one.rule.id, one.customer, one.anchor.at, one.reason or "")
            )

    def _hand_over(self, now: int) -> tuple[dict[str, int], dict[str, int]]:
        """Sends what is decided, unless the server is silent; returns who was sent something, and whose mail ended unsent."""
        told: dict[str, int] = {}
        ended: dict[str, int] = {}
        if any(start <= now < end for start, end in self.story.outages):
            return told, ended
        for message in self.messages:
            if message.state == "queued":
                message.state = self._last_look(message, now)
                if message.state != "sent":
                    ended[message.customer] = now
                    continue
                message.sent = now
                if now - message.decided > HOUR:
                    message.counted = now
                told[message.customer] = now
                number, fact = len(self.moved[message.customer]), {"rule": message.rule.id}
                self.moved[message.customer].append(Fact("was_sent", now, now, ("message", number), fact))
                newest = max(anchor.at for anchor in message.anchors)
                self.seen.append(
                    Seen(now, "sent", message.rule.id, message.customer, newest, str(len(message.anchors)))
                )
        return told, ended

    def _last_look(self, message: Message, now: int) -> str:
        """What came late is asked once more: is it still wanted, and worth sending."""
        if now == message.decided:
            return "sent"
        known = self._knowledge(message.customer, now)
        facts = {fact.source for fact in known.facts}
        gone = [
            a
            for a in message.anchors
            if a.source[0] in ("order", "line", "delivered") and a.source not in facts
        ]
        consented = message.rule.purpose == "transactional" or known.consented(message.rule.purpose, now)
        if not consented or message.rule.id not in self.since or len(gone) == len(message.anchors):
            return "cancelled"
        return "expired" if now > message.expires else "sent"


def tell(story: Story) -> list[Seen]:
    """What RULES.md says becomes of a story: decisions, first holds and mails, in order."""
    return Reference(story).tell()
