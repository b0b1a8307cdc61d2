"""The shapes of what is read, made from the shapes of what is sent: every key is there, and says nothing as null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.reports.readback.messages import STATES
from engine.web.api.described.refusals import ref

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
MAYBE: Schema = {"type": ["string", "null"]}
AT: Schema = {"type": "string", "format": "date-time"}
MAYBE_AT: Schema = {"type": ["string", "null"], "format": "date-time"}
YES: Schema = {"type": "boolean"}
NOT_READ = {"visitor"}  # what only ties things together, and is not kept with the item
NEVER_NULL = {
    "Order": ("updated_at", "currency", "total"), "Customer": ("tags", "attributes", "signed_up_at", "updated_at"),
    "Event": ("at",), "Refund": ("at",), "ConsentLine": ("at",), "ConsentMark": ("at",),
}  # fmt: skip
# name of the read shape: the shape as it is sent, what `kept` says, what it is.
READ: dict[str, tuple[str, Schema | None, str]] = {
    "ConsentMark": ("Consent", None, "What holds of one purpose, and what shows it."),
    "Customer": ("CustomerIn", {"recorded_at": AT, "zone": TEXT}, "A customer as known now. `kept` is null in an order."),
    "OrderLine": ("LineIn", None, "So many pieces of one product; lines of one product are one."),
    "Order": (
        "OrderIn", {"recorded_at": AT, "void_at": MAYBE_AT, "currency": TEXT, "total": TEXT},
        "An order as its versions and refunds have settled it. From `kept.void_at` on it counts as never placed.",
    ),
    "Product": ("ProductIn", {"recorded_at": AT, "from_a_line": YES}, "A product as known now."),
    "Event": (
        "EventIn", {"recorded_at": AT, "customer_known": YES, "order_known": {"type": ["boolean", "null"]}},
        "An event. `id` is null where it came without an id and without `at`: sent again, it would be another one.",
    ),
    "ConsentLine": (
        "ConsentIn",
        {"recorded_at": AT, "customer_known": YES,
         "state": {"type": "string", "enum": ["counts", "counts_for_similar_goods", "waits_to_be_confirmed"]}},
        "A line of the consent ledger, and how it counts.",
    ),
    "Refund": (
        "RefundIn", {"recorded_at": AT, "order_known": YES, "currency": TEXT, "amount": MAYBE},
        "A refund; `kept.amount` is what it came to, in the shop's currency.",
    ),
}  # fmt: skip
INNER = {
    "Consent": "ConsentMark",
    "CustomerIn": "Customer",
    "LineIn": "OrderLine",
    "RefundLineIn": "RefundLine",
    "Who": "Named",
}


def read_shapes(sent: Mapping[str, Schema]) -> dict[str, Schema]:
    """Returns the shapes of everything that can be read."""
    shapes = {name: _read(name, sent[of], kept, said) for name, (of, kept, said) in READ.items()}
    return shapes | {"Named": NAMED, "RefundLine": REFUND_LINE, "Message": MESSAGE}


def list_of(name: str, item: str) -> Schema:
    """Returns the shape of one page."""
    cursor = {**MAYBE, "description": "of the next page; null: this is the last"}
    following = {
        **MAYBE,
        "format": "uri-reference",
        "description": "the address of the next page, as in `Link`",
    }
    properties = {name: {"type": "array", "items": ref(item)}, "cursor": cursor, "next": following}
    return {"type": "object", "required": list(properties), "properties": properties}


def _read(name: str, sent: Schema, kept: Schema | None, said: str) -> Schema:
    always = {*sent.get("required", ()), *NEVER_NULL.get(name, ())}
    properties = {
        key: _field(field, key not in always) for key, field in sent["properties"].items()
        if key not in NOT_READ and key != "kept"
    }  # fmt: skip
    if kept is not None:
        shape: Schema = {
            "type": "object",
            "required": list(kept),
            "properties": kept,
            "description": "what the server says",
        }
        properties["kept"] = {"anyOf": [shape, {"type": "null"}]} if name == "Customer" else shape
    if name == "Event":
        properties["customer"] = {"anyOf": [ref("Named"), {"type": "null"}]}
    return {"type": "object", "description": said, "required": list(properties), "properties": properties}


def _field(field: Schema, maybe: bool) -> Schema:
    """Turns what a field takes into what it tells: amounts are texts, nothing is left out, and limits do not matter."""
    told = _told(field)
    takes_null = {"type": "null"} in told.get("anyOf", ())
    if takes_null and not maybe:
        left = [one for one in told["anyOf"] if one != {"type": "null"}]
        return left[0] if len(left) == 1 else {"anyOf": left}
    return told


def _told(field: Schema) -> Schema:
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[-1]
        return ref(INNER.get(name, name))
    if "anyOf" in field:
        kinds: Sequence[Schema] = [_told(one) for one in field["anyOf"]]
        numbers = [one for one in kinds if one.get("type") not in ("number", "null")]
        kinds = [one for one in kinds if one.get("type") != "number" or not numbers]
        unique = [one for i, one in enumerate(kinds) if one not in kinds[:i]]
        return unique[0] if len(unique) == 1 else {"anyOf": unique}
    told: Schema = {key: field[key] for key in ("type", "enum") if key in field}
    if field.get("format") in ("date-time", "date"):
        told["format"] = field["format"]
    for key in ("items", "additionalProperties"):
        if isinstance(field.get(key), dict):
            told[key] = _told(field[key])
    if "patternProperties" in field:
        told["additionalProperties"] = next(iter(field["patternProperties"].values()))
    return told


NAMED: Schema = {
    "type": "object", "description": "Who is meant: by the shop's id, by address, or by both.",
    "required": ["id", "email"], "properties": {"id": MAYBE, "email": MAYBE},
}  # fmt: skip
REFUND_LINE: Schema = {
    "type": "object", "description": "So many pieces of one product came back.", "required": ["product", "quantity"],
    "properties": {"product": TEXT, "quantity": {"type": "integer"}},
}  # fmt: skip
_MESSAGE: Schema = {
    "id": {"type": "integer", "description": "our own number"},
    "customer": {"anyOf": [ref("Named"), {"type": "null"}]},
    "to": {**MAYBE, "description": "the mailbox; null once it is erased"},
    "rule": TEXT, "purpose": TEXT, "template": TEXT, "variant": MAYBE, "subject": MAYBE,
    "state": {"type": "string", "enum": list(STATES)},
    "reason": {**MAYBE, "description": "why it was cancelled, refused, or let expire"},
    "reply": {**MAYBE, "description": "the relay's own words"}, "attempts": {"type": "integer"},
    "decided_at": AT, "due_at": AT, "expires_at": AT,
    "settled_at": {**MAYBE_AT, "description": "when it was sent or ended otherwise; null while it is open"},
    "returned": {**MAYBE, "description": "what came back: hard, soft, policy, spam_report"}, "returned_at": MAYBE_AT,
    "message_id": {**TEXT, "description": "the Message-ID of the mail"},
}  # fmt: skip
MESSAGE: Schema = {
    "type": "object", "description": "A mail of the outbox.", "required": list(_MESSAGE), "properties": _MESSAGE,
}  # fmt: skip
