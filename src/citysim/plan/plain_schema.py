"""JSON Schemas of pydantic as a config needs them: types written out, no null, which TOML has not."""

from typing import Any

type Schema = dict[str, Any]


def table_schema(keys: dict[str, Schema], required: list[str] | None = None) -> Schema:
    """A table of exactly these keys."""
    needed = {"required": required} if required else {}
    return {"type": "object", "properties": keys, "additionalProperties": False, **needed}


def plain_schema(schema: Schema, named: Schema) -> Schema:
    """One of pydantic's schemas with the types it names written out, and without null."""
    if "$ref" in schema:
        return plain_schema(named[schema["$ref"].removeprefix("#/$defs/")], named)
    schema = {name: value for name, value in schema.items() if name not in ("default", "title")}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            schema[key] = plain_schema(schema[key], named)
    if "prefixItems" in schema:
        schema["prefixItems"] = [plain_schema(item, named) for item in schema["prefixItems"]]
    if "properties" in schema:
        schema["properties"] = {
            key: plain_schema(value, named) for key, value in schema["properties"].items()
        }
    if "anyOf" not in schema:
        return schema
    rest = [plain_schema(part, named) for part in schema.pop("anyOf") if part != {"type": "null"}]
    return {**schema, **(rest[0] if len(rest) == 1 else {"anyOf": rest})}
