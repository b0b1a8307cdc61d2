"""A customer's variables and a template become subject, HTML and text: for a mail, a preview or a rule test."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inscriptis import get_text
from inscriptis.model.config import ParserConfig

from engine.delivery.context import MailContext
from engine.delivery.templates import Templates

LONGEST_SUBJECT = 250
CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")
TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")  # marks that write what follows backwards
BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the customer reads."""

    subject: str
    html: str
    text: str
    language: str


def render(context: MailContext, templates: Templates) -> Rendered:
    """Renders one mail; raises TemplateFault naming file, line and variable, MissingIssue where there is no content."""
    loaded = templates.load(
        context.template, context.languages, local_date=context.local_date, variant=context.variant
    )
    variables = {**context.variables, "language": loaded.language}
    html = loaded.html.fill(variables, context.whom)
    text = loaded.text.fill(variables, context.whom) if loaded.text else _text_of(html)
    text = BLANK_LINES.sub("\n\n", text.replace("\xa0", " ")).strip() + "\n"
    return Rendered(one_line(loaded.subject.fill(variables, context.whom)), html, text, loaded.language)


def one_line(text: str) -> str:
    """Makes a subject of any text: control characters and line breaks become spaces; at most 250 characters.

    A name may hold marks of direction; in a subject they would turn our own words round.
    """
    return " ".join(CONTROL.sub(" ", TURNING.sub("", text)).split())[:LONGEST_SUBJECT]


def _text_of(html: str) -> str:
    """Reads the HTML as a person without pictures would; links stand in brackets."""
    return str(get_text(html, ParserConfig(display_links=True)))
