"""Claims of a lower price in a mail, and whether the lowest price of the 30 days before stands beside them.

Directive 98/6/EC, article 6a: whoever announces a reduction in the European Union shows the lowest price of the 30 days
before it, and a percentage is counted from that (CJEU C-330/23). What a coupon takes off for one customer is no such claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from jinja2 import nodes

from engine.delivery.pieces import Piece

LOWEST = "lowest_30_days"
OLD = frozenset({"old_price", "price_before", "was_price", "regular_price", "former_price"})
STRUCK = re.compile(r"<(?:s|del|strike)\b|text-decoration:\s*line-through", re.IGNORECASE)
LESS = "off|taniej|tańsz|rabat|zniż|obniż|знижк|дешевше|скидк|дешевле"
PER_CENT = re.compile(
    rf"(?<![\w.,])[-−–]\s?\d{{1,2}}\s?%|\b\d{{1,2}}\s?%\s*(?:{LESS})|(?:{LESS})\w*\s+(?:o|до|на)?\s*\d{{1,2}}\s?%", re.IGNORECASE
)  # fmt: skip
MARKUP = re.compile(r"<style.*?</style>|<[^>]*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)


def shows_lowest(piece: Piece) -> bool:
    """Says whether a file prints the lowest price of the 30 days before; to ask whether it is there is not enough."""
    printed = piece.tree.find_all((nodes.Output, nodes.Assign))
    return any(node.attr == LOWEST for part in printed for node in part.find_all(nodes.Getattr))


def claims(piece: Piece) -> Iterator[tuple[int, str]]:
    """Yields (line, what) for each claim of a lower price that a file makes."""
    for node in piece.tree.find_all(nodes.Getattr):
        of_coupon = isinstance(node.node, nodes.Name) and node.node.name == "coupon"
        if node.attr in OLD:
            yield node.lineno, f"a former price, {node.attr}"
        elif node.attr == "percent" and not of_coupon:
            yield node.lineno, "per cent off"
    with_coupon = any(node.name == "coupon" for node in piece.tree.find_all(nodes.Name))
    for part in piece.tree.find_all(nodes.TemplateData):
        if struck := STRUCK.search(part.data):
            yield part.lineno + part.data.count("\n", 0, struck.start()), "a price struck through"
        less = None if with_coupon else PER_CENT.search(MARKUP.sub(_blank, part.data))
        if less:
            yield part.lineno + part.data.count("\n", 0, less.start()), f"per cent off, {less[0].strip()!r}"


def _blank(found: re.Match[str]) -> str:
    """Keeps the length and the lines of what is taken out, so that places stay."""
    return re.sub(r"[^\n]", " ", found[0])
