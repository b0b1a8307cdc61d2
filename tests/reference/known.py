"""What the server knows at each minute of a story: facts, segments and who is in them, rules and since when they act."""

from __future__ import annotations

from engine.rulebook.ast import Condition, Membership, Rule, Rulebook, Segment
from tests.reference.conditions import Question
from tests.reference.facts import Fact, learned_at
from tests.reference.people import Knowledge
from tests.reference.story import Story


class Known:
    """A story's customers, what has been learned of them, and the rules in force."""

    def __init__(self, story: Story) -> None:
        self.story, self.shop = story, story.shop
        self.items = {name: story.of(name) for name in story.names}
        self.moved: dict[str, list[Fact]] = {name: [] for name in story.names}
        self.book, self.segments = Rulebook(), dict[str, Segment]()
        self.since: dict[str, int] = {}
        self.members: dict[str, set[str]] = {}
        self._known: dict[tuple[str, int, int], Knowledge] = {}

    @property
    def moved_by_segment(self) -> dict[str, list[Fact]]:
        """Who has entered or left a segment."""
        return {name: [f for f in facts if f.kind != "was_sent"] for name, facts in self.moved.items()}

    def _rules(self) -> list[Rule]:
        return [self.book.rules[id_] for id_ in sorted(self.since)]

    def _knowledge(self, name: str, now: int) -> Knowledge:
        items = [item for item in self.items[name] if learned_at(item) <= now]
        key = name, len(items), len(self.moved[name])
        if key not in self._known:
            self._known[key] = Knowledge(items, self.shop.timezone, list(self.moved[name]))
        return self._known[key]

    def _is_known(self, name: str, now: int) -> bool:
        return learned_at(self.items[name][0]) <= now

    def _question(self, name: str, asof: int, now: int, due: frozenset[str] = frozenset()) -> Question:
        return Question(self, name, self._knowledge(name, now), asof, now, due)

    def _asks_mails(self) -> bool:
        return "was_sent" in repr(self.book.rules) + repr(self.segments) + repr(self.book.policy)

    # --- segments -------------------------------------------------------------------------------------

    def _memberships(self) -> list[Membership]:
        return [rule.trigger for rule in self._rules() if isinstance(rule.trigger, Membership)]

    def _watched(self, name: str, holds_back: bool) -> list[Condition]:
        """The conditions whose answers must be known as soon as they change; `holds_back`: those of house rules too."""
        found = [self.segments[trigger.segment].condition for trigger in self._memberships()]
        if holds_back:
            found += [house.condition for house in self.book.policy.house_rules]
        return found

    def _members_of(self, segment: str, now: int) -> set[str]:
        condition = self.segments[segment].condition
        known = [name for name in self.items if self._is_known(name, now)]
        return {name for name in known if self._question(name, now, now).holds(condition)}

    def _watch(self, before: Rulebook, now: int) -> None:
        """Being a member when a segment is first looked at, or has changed, is not entering."""
        wanted = {trigger.segment for trigger in self._memberships()}
        kept = {s for s in wanted & set(self.members) if before.segments.get(s) == self.segments[s]}
        self.members = {s: self.members[s] if s in kept else self._members_of(s, now) for s in wanted}

    def _enter(self, now: int) -> None:
        for segment, before in self.members.items():
            after = self._members_of(segment, now)
            for name in self.items:
                if (name in before) != (name in after):
                    kind = "enters" if name in after else "leaves"
                    self.moved[name].append(Fact(kind, now, now, (kind, segment, now), {"segment": segment}))
            self.members[segment] = after
