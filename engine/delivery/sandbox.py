"""Jinja2 with nearly everything taken out: templates see plain values, call nothing, and end soon.

What bounds a rendering is counted, not timed, so that it ends alike on every machine: the size of the source,
the number and depth of loops, the length of lists, the length of what filters take, the steps and the output.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.delivery.filters import FILTERS
from engine.delivery.vocabulary import DATE_PARTS, LOOP
from engine.errors import TemplateFault

MOST_SOURCE = 300_000
MOST_LOOPS, DEEPEST_LOOP = 20, 2
MOST_ITEMS = 100
MOST_STEPS = 50_000
MOST_OUTPUT = 500_000
COUNTED_AT_ONCE = 64  # steps
LARGEST_NUMBER = Decimal(10) ** 15

TESTS = (
    "defined",
    "undefined",
    "none",
    "odd",
    "even",
    "divisibleby",
    "in",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "number",
    "string",
)
ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.CondExpr, nodes.For, nodes.Assign, nodes.Name,
    nodes.Const, nodes.List, nodes.Tuple, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div,
    nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos, nodes.Keyword,
)  # fmt: skip


class Missing(StrictUndefined):
    """A variable that is not there: using it is an error that says its name."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return f"there is no {self._undefined_name!r} here"


def _number(value: Any) -> Decimal | int:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TemplateFault(f"{value!r:.40} is not a number", remedy="calculate with numbers only")
    return Decimal(str(value)) if isinstance(value, float) else value


class MailEnvironment(ImmutableSandboxedEnvironment):
    """Reads fields of mappings, items of lists and parts of dates; no attribute of anything else, and no call."""

    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def __init__(self, *, html: bool) -> None:
        super().__init__(undefined=Missing, autoescape=html, trim_blocks=not html, lstrip_blocks=not html,
                         finalize=lambda value: "" if value is None else value, cache_size=0)  # fmt: skip
        self.globals.clear()
        self.filters = dict(FILTERS)
        self.tests = {name: self.tests[name] for name in TESTS}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Reads a field of a mapping, a part of a date or of `loop`."""
        # nearly always, and ten times as fast as to ask for a Mapping
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        if isinstance(obj, Mapping):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        if (isinstance(obj, date) and attribute in DATE_PARTS) or (
            isinstance(obj, LoopContext) and attribute in LOOP
        ):
            return getattr(obj, attribute, None)
        return self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Reads an item or a slice of a list, or a field of a mapping."""
        if isinstance(obj, Mapping):
            return self.getattr(obj, argument)
        if isinstance(obj, list | tuple | str) and isinstance(argument, int | slice):
            try:
                return obj[argument]
            except IndexError:
                return self.undefined(obj=obj, name=str(argument))
        return self.undefined(obj=obj, name=str(argument))

    def is_safe_callable(self, obj: Any) -> bool:
        """Lets nothing be called."""
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Calculates with numbers of ordinary size."""
        if operator == "**":
            raise TemplateFault("powers are not calculated in a mail", remedy="multiply")
        first, second = _number(left), _number(right)
        if operator in ("/", "//", "%") and second == 0:
            raise TemplateFault("division by zero", remedy="ask with if before")
        if operator == "/":
            first = Decimal(first)
        found = self.binop_table[operator](first, second)
        if abs(found) > LARGEST_NUMBER:
            raise TemplateFault(f"{found} is too large a number", remedy="calculate with smaller ones")
        return found


HTML = MailEnvironment(html=True)
TEXT = MailEnvironment(html=False)


def parse(source: str, *, html: bool) -> nodes.Template:
    """Returns the tree of a template that keeps to what is allowed; raises TemplateSyntaxError with the line."""
    if len(source) > MOST_SOURCE:
        raise TemplateSyntaxError(f"the template has {len(source)} characters, more than {MOST_SOURCE}", 1)
    tree = (HTML if html else TEXT).parse(source)
    for node in _walk(tree):
        _allow(node)
    _bound_loops(tree, 0)
    loops = len(list(tree.find_all(nodes.For)))
    if loops > MOST_LOOPS:
        raise TemplateSyntaxError(f"{loops} loops, more than {MOST_LOOPS}", 1)
    return tree


def _walk(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _walk(child)


def _allow(node: nodes.Node) -> None:
    kind = type(node).__name__.lower()
    if not isinstance(node, ALLOWED):
        raise TemplateSyntaxError(f"{kind!r} is not allowed in a mail", node.lineno)
    if isinstance(node, nodes.Name) and node.name in ("self", "super", "caller"):
        raise TemplateSyntaxError(f"{node.name!r} is not allowed in a mail", node.lineno)
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        raise TemplateSyntaxError(f"unknown test {node.name!r}; known: {', '.join(TESTS)}", node.lineno)
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        from engine.rulebook.nearest import meant

        raise TemplateSyntaxError(f"unknown filter {node.name!r}{meant(node.name, FILTERS)}", node.lineno)
    if isinstance(node, nodes.For) and node.recursive:
        raise TemplateSyntaxError("recursive loops are not allowed in a mail", node.lineno)


def _bound_loops(node: nodes.Node, depth: int) -> None:
    if isinstance(node, nodes.For):
        depth += 1
        if depth > DEEPEST_LOOP:
            raise TemplateSyntaxError(f"loops deeper than {DEEPEST_LOOP}", node.lineno)
        if isinstance(node.iter, nodes.List) and len(node.iter.items) > MOST_ITEMS:
            raise TemplateSyntaxError(f"a list of more than {MOST_ITEMS}", node.lineno)
    for child in node.iter_child_nodes():
        _bound_loops(child, depth)


def bounded_output(chunks: Iterator[str]) -> list[str]:
    """Lists what a template yields; raises TemplateFault as soon as it is too much."""
    parts: list[str] = []
    size = 0
    while some := list(islice(chunks, COUNTED_AT_ONCE)):
        size += sum(map(len, some))
        parts += some
        if size > MOST_OUTPUT or len(parts) > MOST_STEPS:
            raise TemplateFault(
                f"the mail grows beyond {MOST_OUTPUT} characters or {MOST_STEPS} steps",
                remedy="shorten the template",
            )
    return parts
