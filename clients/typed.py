"""Python's types for the shapes of the document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
PLAIN = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "null": "None",
    "object": "dict[str, Any]",
}


def definitions(schemas: Mapping[str, Schema]) -> Iterator[str]:
    """Yields a TypedDict for each shape; an object inside another one gets a name of its own first."""
    for name, schema in sorted(schemas.items()):
        for key, field in schema.get("properties", {}).items():
            for inner in _objects(field):
                yield _typed(
                    _inner(name, key), inner, f"`{key}` of {name}: {inner.get('description', 'an object')}."
                )
        yield _typed(name, schema, schema.get("description", name))


def type_of(schema: Schema, name: str = "") -> str:
    """Returns the type of a value; `name` is what an object without a name of its own is called."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(type_of(one, name) for one in schema["anyOf"]))
    if "enum" in schema:
        return f"Literal[{', '.join(repr(value) for value in schema['enum'])}]".replace("'", '"')
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(PLAIN[one] for one in kind)
    if kind == "array":
        return f"list[{type_of(schema.get('items', {}), name)}]"
    if kind == "object" and "properties" in schema:
        return name
    if kind == "object":
        return _mapping(schema)
    return PLAIN.get(str(kind), "Any")


def _mapping(schema: Schema) -> str:
    values = schema.get("additionalProperties")
    if "patternProperties" in schema:
        values = next(iter(schema["patternProperties"].values()))
    return f"dict[str, {type_of(values)}]" if isinstance(values, Mapping) else PLAIN["object"]


def _typed(name: str, schema: Schema, said: str) -> str:
    required = set(schema.get("required", ()))
    fields = schema.get("properties", {})
    whole = required == set(fields)
    lines = [f"class {name}(TypedDict{'' if whole else ', total=False'}):", f'    """{said}"""', ""]
    for key, field in fields.items():
        kind = type_of(field, _inner(name, key))
        lines.append(f"    {key}: {kind if whole or key not in required else f'Required[{kind}]'}")
    return "\n".join(lines) + "\n"


def _objects(field: Schema) -> Iterator[Schema]:
    """Yields the objects with fields of their own that stand in a field."""
    if field.get("type") == "object" and "properties" in field:
        yield field
    for one in (
        *field.get("anyOf", ()),
        *([field["items"]] if isinstance(field.get("items"), Mapping) else []),
    ):
        yield from _objects(one)


def _inner(name: str, key: str) -> str:
    return name + "".join(part.capitalize() for part in key.split("_"))
