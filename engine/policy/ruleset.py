"""The only importer of durable-rules: its C module, wrapped so that none of its traps can be stepped into.

The C module is driven directly, without the package's Host: that starts threads which never end, swallows what an
action raises, and asks a clock in a way that newer Pythons warn of. What is left is small: one live state at a time,
events that the first rule in order consumes, facts that stay until the state is deleted. docs/decisions/0004 says why.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from typing import Any

from engine.errors import PolicyFault

try:
    import durable_rules_engine as engine
except ImportError as error:  # no compiler, or a Python that it cannot be loaded into
    engine = None
    missing: str | None = str(error)
else:
    missing = None

LARGEST = 2**53  # beyond it the C module's numbers saturate or become text
UNHANDLED, OBSERVED, DEFERRED = 1, 2, 3  # its answers to a message, beside 0
BUDGET = 2000  # firings in one state; the module itself would chain without end
TIMEOUT_S = 20
RESERVED = ("id", "sid", "$s")

FIRST = "first"  # the rule that fires once in every new ruleset

Actions = Mapping[str, Callable[[], None]]

_names = count()
_plain: set[tuple[str, ...]] = set()  # names that were looked at; a policy has only a few such lists


def _nothing() -> None:
    """The action of a rule that only has to fire."""


class Ruleset:
    """A compiled ruleset that decides within one state at a time, for any thread that asks."""

    def __init__(self, definition: Mapping[str, Any], actions: Actions) -> None:
        if engine is None:
            raise PolicyFault(f"durable-rules cannot be imported: {missing}")
        if set(definition) != set(actions):
            raise PolicyFault("every rule of a ruleset needs its action")
        self._actions = {**actions, FIRST: _nothing}
        self._lock = threading.Lock()
        self._states = count()
        text = json.dumps({**definition, FIRST: {"all": [{FIRST: {FIRST: 1}}]}})
        self._handle: int = engine.create_ruleset(f"policy{next(_names)}", text)
        weakref.finalize(self, engine.delete_ruleset, self._handle)
        self._fire_once()

    @contextmanager
    def state(self) -> Iterator[State]:
        """Gives a fresh, empty state, and deletes it whatever happens; another thread waits for its turn."""
        with self._lock:
            state = State(self._handle, str(next(self._states)), self._actions)
            try:
                yield state
            finally:
                state.delete()

    def _fire_once(self) -> None:
        """Makes the only state's memory safe to free: the C module sets it up at its first firing, not before.

        Deleting a state in which nothing ever fired would free whatever stood there; later states take its place.
        """
        with self.state() as state:
            state.ask({FIRST: 1})


class State:
    """The facts of one customer in one minute, and the rules that fire on them."""

    def __init__(self, handle: int, sid: str, actions: Actions) -> None:
        self._handle, self._sid, self._actions = handle, sid, actions
        self._numbers = count(1)
        self._left = BUDGET
        self._alive = False

    def tell(self, fact: Mapping[str, int]) -> str:
        """Adds a fact, lets every rule fire that it completes, and returns the fact as `forget` wants it."""
        text = self._written(fact)
        self._fire(self._said(engine.assert_fact(self._handle, text), text))
        return text

    def forget(self, fact: str) -> None:
        """Takes a fact back; called by an action, so that what fires next no longer sees it."""
        engine.retract_fact(self._handle, fact)

    def ask(self, event: Mapping[str, int]) -> None:
        """Posts an event: the first rule in order of priority that it fits consumes it; raises where none does."""
        text = self._written(event)
        state = self._said(engine.assert_event(self._handle, text), text)
        if state is None:
            raise PolicyFault(f"no rule of the policy decides {text}")
        self._fire(state)

    def delete(self) -> None:
        """Forgets everything, so that nothing of this customer can reach the next."""
        if self._alive:
            engine.delete_state(self._handle, self._sid)

    def _written(self, values: Mapping[str, int]) -> str:
        """Numbers each message, because the module takes two of equal content for one."""
        values = checked(values)
        members = ",".join([f'"{name}":{value}' for name, value in values.items()])
        return f'{{"id":{next(self._numbers)},"sid":"{self._sid}",{members}}}'

    def _said(self, answer: tuple[int, int], text: str) -> int | None:
        self._alive = True
        code, state = answer
        if code in (OBSERVED, DEFERRED):
            raise PolicyFault(f"the rule engine takes {text} for one it has seen")
        return None if code == UNHANDLED else state

    def _fire(self, state: int | None) -> None:
        if state is None:
            return
        started = engine.start_action_for_state(self._handle, state)
        found = started[1] if started else None
        while found:
            self._left -= 1
            if self._left < 0:
                raise PolicyFault(f"the policy's rules fired more than {BUDGET} times for one customer")
            # `{"RULE":{...}}`: one rule with the messages that it matched, of which nobody asks
            self._actions[found.split('"', 2)[1]]()
            found = engine.complete_and_start_action(self._handle, state)


def checked(values: Mapping[str, int]) -> Mapping[str, int]:
    """Lets through only what the C module reads exactly: whole numbers up to 2**53 under plain names."""
    for name, value in values.items():
        if type(value) is not int or not -LARGEST <= value <= LARGEST:
            raise PolicyFault(f"{name} is {value!r}: the rule engine is only given whole numbers up to 2**53")
    names = tuple(values)
    if names not in _plain:
        bad = [name for name in names if name in RESERVED or not (name.isidentifier() and name.isascii())]
        if bad:
            raise PolicyFault(f"{bad} cannot name a fact's values")
        _plain.add(names)
    return values


def compiles_in_time(definition: Mapping[str, Any], timeout_s: float = TIMEOUT_S) -> bool:
    """Says whether the C module can build a ruleset at all, tried in a throw-away process because it can hang."""
    program = "import durable_rules_engine as e, sys; e.create_ruleset('trial', sys.stdin.read())"
    try:
        trial = subprocess.run(
            [sys.executable, "-c", program],
            input=json.dumps(definition).encode(),
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return trial.returncode == 0
