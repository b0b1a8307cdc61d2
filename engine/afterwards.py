"""What is to be done once a transaction is committed, and not at all where it is rolled back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Act = Callable[[], object]


class _Waiting(threading.local):
    """The acts of this thread, one list for each transaction that is not within another of the same store."""

    def __init__(self) -> None:
        self.lists: list[list[Act]] = []


_waiting = _Waiting()


def after_commit(act: Act) -> None:
    """Does something when the present transaction is committed; at once where there is none."""
    if _waiting.lists:
        _waiting.lists[-1].append(act)
    else:
        act()


@contextmanager
def committing(nested: bool) -> Iterator[None]:
    """Stands around a transaction; what was asked for inside is done when it has ended well.

    What is asked for within a `nested` one is left to the outer, and is forgotten where the nested one is rolled back.
    """
    lists = _waiting.lists
    own = not (nested and lists)
    if own:
        lists.append([])
    mine, begun = lists[-1], len(lists[-1])
    try:
        yield
    except BaseException:
        del mine[begun:]
        if own:
            lists.pop()
        raise
    if own:
        lists.pop()
        for act in mine:
            act()
