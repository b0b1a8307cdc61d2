"""Which variables a template relies on without asking whether they are there: what some customer's mail would lack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import nodes

Known = frozenset[str]  # what was asked for above: inside {% if customer.city %} it is there
Aliases = dict[str, str | None]  # what {% set %} calls it; None: something else


@dataclass(frozen=True, slots=True)
class Use:
    """One place where a template relies on a variable, as `customer.first_name`; printed, or looped over or looked into."""

    line: int
    name: str
    printed: bool
    asked: bool = (
        False  # whether an `if` above asks for what it belongs to: for `order`, where this is order.total
    )


def uses(tree: nodes.Template) -> Iterator[Use]:
    """Yields every use of a variable that no `if`, `default` or `or` provides for, in the order written."""
    yield from _body(tree.body, frozenset(), {})


def _body(body: list[nodes.Node], known: Known, aliases: Aliases) -> Iterator[Use]:
    for node in body:
        yield from _node(node, known, aliases)


def _node(node: nodes.Node, known: Known, aliases: Aliases) -> Iterator[Use]:
    if isinstance(node, nodes.Output):
        for part in node.nodes:
            yield from _read(part, known, aliases, printed=True)
    elif isinstance(node, nodes.If):
        yield from _if(node, known, aliases)
    elif isinstance(node, nodes.For):
        yield from _read(node.iter, known, aliases, printed=False)
        inner = {**aliases, **dict.fromkeys(_targets(node.target))}
        asked = known | (_asserted(node.test, inner) if node.test is not None else frozenset())
        yield from _body(node.body, asked, inner)
        yield from _body(node.else_, known, aliases)
    elif isinstance(node, nodes.Assign) and isinstance(node.target, nodes.Name):
        aliases[node.target.name] = _name(node.node, aliases)
        if aliases[node.target.name] is None:
            yield from _read(node.node, known, aliases, printed=False)
    else:
        for child in node.iter_child_nodes():
            yield from _node(child, known, aliases)


def _targets(target: nodes.Node) -> list[str]:
    """Lists the names that a loop gives its items: they are not the customer's."""
    return [target.name] if isinstance(target, nodes.Name) else [n.name for n in target.find_all(nodes.Name)]


def _if(node: nodes.If, known: Known, aliases: Aliases) -> Iterator[Use]:
    yield from _body(node.body, known | _asserted(node.test, aliases), aliases)
    after = known | _denied(node.test, aliases)
    for branch in node.elif_:
        yield from _body(branch.body, after | _asserted(branch.test, aliases), aliases)
        after |= _denied(branch.test, aliases)
    yield from _body(node.else_, after, aliases)


def _read(node: nodes.Node, known: Known, aliases: Aliases, *, printed: bool) -> Iterator[Use]:
    """Follows an expression to the variables that its value is made of."""
    if isinstance(node, nodes.Filter) and node.name == "default":
        return
    if isinstance(node, nodes.Or):
        yield from _read(node.right, known, aliases, printed=printed)
    elif isinstance(node, nodes.And):
        yield from _read(node.right, known | _asserted(node.left, aliases), aliases, printed=printed)
    elif isinstance(node, nodes.CondExpr):
        yield from _read(node.expr1, known | _asserted(node.test, aliases), aliases, printed=printed)
        if node.expr2 is not None:
            yield from _read(node.expr2, known | _denied(node.test, aliases), aliases, printed=printed)
    elif isinstance(node, nodes.Test | nodes.Compare):
        return
    elif (name := _name(node, aliases)) is not None:
        if not _provided(name, known):
            yield Use(node.lineno, name, printed, asked=name.partition(".")[0] in known)
    else:
        for child in node.iter_child_nodes():
            yield from _read(child, known, aliases, printed=printed)


def _provided(name: str, known: Known) -> bool:
    return any(each == name or each.startswith(f"{name}.") for each in known)


def _name(node: nodes.Node, aliases: Aliases) -> str | None:
    """Writes a variable with its fields, as `customer.attributes.size`; None for anything else."""
    if isinstance(node, nodes.Name):
        return aliases.get(node.name, node.name)
    if isinstance(node, nodes.Getattr):
        below = _name(node.node, aliases)
        return None if below is None else f"{below}.{node.attr}"
    return None


def _asserted(test: nodes.Node, aliases: Aliases) -> Known:
    """Returns what is surely there where a test is true."""
    if isinstance(test, nodes.And):
        return _asserted(test.left, aliases) | _asserted(test.right, aliases)
    if isinstance(test, nodes.Or):
        return _asserted(test.left, aliases) & _asserted(test.right, aliases)
    if isinstance(test, nodes.Not):
        return _denied(test.node, aliases)
    if isinstance(test, nodes.Test):
        return frozenset() if test.name in ("none", "undefined") else _asserted(test.node, aliases)
    if isinstance(test, nodes.Compare):
        positive = all(each.op in ("eq", "gt", "gteq", "in") for each in test.ops)
        return _asserted(test.expr, aliases) if positive else frozenset()
    if isinstance(test, nodes.Filter) and test.node is not None and test.name != "default":
        return _asserted(test.node, aliases)
    name = _name(test, aliases)
    return frozenset() if name is None else frozenset({name})


def _denied(test: nodes.Node, aliases: Aliases) -> Known:
    """Returns what is surely there where a test is false."""
    if isinstance(test, nodes.Not):
        return _asserted(test.node, aliases)
    if isinstance(test, nodes.Test) and test.name in ("none", "undefined"):
        return _asserted(test.node, aliases)
    if isinstance(test, nodes.Or):
        return _denied(test.left, aliases) | _denied(test.right, aliases)
    return frozenset()
