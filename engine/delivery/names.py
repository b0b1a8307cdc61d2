"""Reads a template's tree for variables that no mail has, before a customer meets them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jinja2 import nodes

from engine.delivery.vocabulary import ANYTHING, DATE_PARTS, LOOP, VALUE, VARIABLES
from engine.rulebook.nearest import meant

Scope = dict[str, Any]
GIVES_ITEM = ("first", "last")
KEEPS_LIST = ("limit", "sort")


def unknown_names(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    """Yields (line, what is wrong) for each variable or field that is not in engine/delivery/vocabulary.py."""
    yield from _body(tree.body, dict(VARIABLES))


def _body(body: list[nodes.Node], scope: Scope) -> Iterator[tuple[int, str]]:
    for node in body:
        yield from _node(node, scope)


def _node(node: nodes.Node, scope: Scope) -> Iterator[tuple[int, str]]:
    if isinstance(node, nodes.For):
        yield from _loop(node, scope)
    elif isinstance(node, nodes.Assign):
        yield from _node(node.node, scope)
        if isinstance(node.target, nodes.Name):
            scope[node.target.name] = _shape(node.node, scope)
    elif isinstance(node, nodes.If):
        yield from _node(node.test, scope)
        for part in (node.body, *(branch.body for branch in node.elif_), node.else_):
            yield from _body(part, scope)
        for branch in node.elif_:
            yield from _node(branch.test, scope)
    elif isinstance(node, nodes.Name | nodes.Getattr):
        yield from _expression(node, scope)
    else:
        for child in node.iter_child_nodes():
            yield from _node(child, scope)


def _loop(node: nodes.For, scope: Scope) -> Iterator[tuple[int, str]]:
    yield from _node(node.iter, scope)
    shape = _shape(node.iter, scope)
    item = shape[0] if isinstance(shape, list) and shape else ANYTHING
    inner = {**scope, "loop": LOOP}
    if isinstance(node.target, nodes.Name):
        inner[node.target.name] = item
    if node.test is not None:
        yield from _node(node.test, inner)
    yield from _body(node.body, inner)
    yield from _body(node.else_, scope)


def _expression(node: nodes.Name | nodes.Getattr, scope: Scope) -> Iterator[tuple[int, str]]:
    if isinstance(node, nodes.Name):
        if node.name not in scope:
            yield node.lineno, f"there is no variable {node.name!r}{meant(node.name, scope)}"
        return
    below = list(_node(node.node, scope))
    yield from below
    shape = _shape(node.node, scope)
    if below or shape == ANYTHING:
        return
    if isinstance(shape, dict) and node.attr not in shape:
        yield node.lineno, f"there is no {_written(node)!r}{meant(node.attr, shape)}"
    elif isinstance(shape, list):
        yield node.lineno, f"{_written(node.node)!r} is a list; loop over it, or write |first"
    elif shape == VALUE and node.attr not in DATE_PARTS:
        yield node.lineno, f"{_written(node.node)!r} has no parts, so no {node.attr!r}"


def _shape(node: nodes.Node, scope: Scope) -> Any:
    """Returns what an expression is: a mapping's fields, a list of something, a value, or anything."""
    if isinstance(node, nodes.Name):
        return scope.get(node.name, ANYTHING)
    if isinstance(node, nodes.Getattr):
        below = _shape(node.node, scope)
        return below.get(node.attr, ANYTHING) if isinstance(below, dict) else ANYTHING
    if isinstance(node, nodes.Getitem):
        below = _shape(node.node, scope)
        return (
            (below if isinstance(node.arg, nodes.Slice) else below[0])
            if isinstance(below, list)
            else ANYTHING
        )
    if isinstance(node, nodes.Filter) and node.node is not None:
        below = _shape(node.node, scope)
        if isinstance(below, list) and node.name in GIVES_ITEM + KEEPS_LIST:
            return below[0] if node.name in GIVES_ITEM else below
    return ANYTHING


def _written(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return f"{_written(node.node)}.{node.attr}"
    return node.name if isinstance(node, nodes.Name) else "…"
