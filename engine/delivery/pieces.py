"""One file of a template, compiled once and filled in for each customer; its faults name file and line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Template, TemplateError, TemplateSyntaxError, nodes

from engine.delivery.mjml import compile_mjml
from engine.delivery.sandbox import HTML, TEXT, bounded_output, parse
from engine.delivery.splice import Spliced, fixed_pieces
from engine.errors import Place, RegularsError, TemplateFault

FAULTS = (
    TemplateError,
    RegularsError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
)


class Piece:
    """A compiled file: `fill` gives its text for a customer's variables."""

    def __init__(self, source: str, places: tuple[Place, ...], *, html: bool) -> None:
        self.places, self.html = places, html
        environment = HTML if html else TEXT
        try:
            self.tree: nodes.Template = parse(source, html=html)
            code: Any = environment.compile(parse(source, html=html), filename=str(places[0].file))
        except TemplateSyntaxError as error:
            raise TemplateFault(error.message or "syntax", place=self.place_of(error.lineno)) from error
        self.template = Template.from_code(environment, code, {})
        self.fixed = fixed_pieces(code) if html else {}  # what it says to everybody, as it goes over the wire

    def place_of(self, line: int) -> Place:
        """Returns where in the marketer's files a line of the compiled source comes from."""
        return self.places[min(max(line, 1), len(self.places)) - 1]

    def fill(self, variables: Mapping[str, Any], whom: str) -> Spliced:
        """Renders for one customer; raises TemplateFault with file, line, the variable, and for whom."""
        try:
            context = self.template.new_context(dict(variables))
            pieces = bounded_output(self.template.root_render_func(context))
        except FAULTS as error:
            said = error.message if isinstance(error, RegularsError | TemplateError) else str(error)
            raise TemplateFault(
                f"{said or type(error).__name__} (for {whom})", place=self._place(error)
            ) from error
        return Spliced.of(pieces, self.fixed)

    def _place(self, error: BaseException) -> Place:
        """Finds the last line of the template that the error went through."""
        line, trace = 0, error.__traceback__
        while trace is not None:
            if trace.tb_frame.f_globals.get("__jinja_template__") is self.template:
                line = self.template.get_corresponding_lineno(trace.tb_lineno)
            trace = trace.tb_next
        return self.place_of(line)


def text_piece(source: str, file: str) -> Piece:
    """Compiles a text or a subject."""
    return Piece(source, tuple(Place(file, line + 1) for line in range(source.count("\n") + 1)), html=False)


def html_piece(source: str, file: str, include: Callable[[str], tuple[str, str]], blamed: str) -> Piece:
    """Compiles MJML with Jinja in it; `blamed` is the file that a fault without a line is put down to."""
    compiled = compile_mjml(source, file, include, blamed)
    return Piece(compiled.source, compiled.places, html=True)
