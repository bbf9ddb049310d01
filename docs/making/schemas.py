"""JSON documents as tables, from their schemas; and the server's, from its own description."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

FOLDER = Path(__file__).parent.parent / "reference" / "schemas"
Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """Every schema by the name of its file."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


def documents() -> str:
    """A section a schema: what it describes, then a table for it and for each object in it."""
    return "\n".join(line for name, schema in schemas().items() for line in _document(name, schema))


def _document(name: str, schema: Schema) -> Iterator[str]:
    yield f"({name}-json)=\n## {schema['title']}\n"
    yield (
        f"{schema['description']} " * ("description" in schema)
        + f'Schema: <a href="schemas/{name}.json">{name}.json</a>\n'
    )
    if "properties" in schema:
        yield from _table(name, schema)
    elif "items" in schema:
        yield f"A list: {_type(name, schema['items'])} each.\n"
    for part, definition in schema.get("$defs", {}).items():
        yield f"({name}-json-{part})=\n### {part}, in {schema['title'].split(';')[0]}\n"
        yield f"{definition.get('description', '')}\n"
        if "properties" in definition:
            yield from _table(name, definition)


def _table(name: str, schema: Schema) -> Iterator[str]:
    yield "| name | type | what it is |\n|---|---|---|"
    for key, value in schema["properties"].items():
        when = "" if key in schema.get("required", ()) else "*(not always)* "
        yield f"| `{key}` | {_type(name, value)} | {when}{value.get('description', '')} |"
    yield ""


def _type(name: str, schema: Schema) -> str:
    """What a value is, in words, with links to the objects of the same document."""
    if "$ref" in schema:
        part = schema["$ref"].rpartition("/")[2]
        return f"[{part}](#{name}-json-{part})"
    if "oneOf" in schema and "type" not in schema:
        return " or ".join(_type(name, one) for one in schema["oneOf"])
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(one)}`" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(name, schema['items'])}" if "items" in schema else "list"
    kinds = schema.get("type", "anything")
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)


def server() -> Schema:
    """The server's OpenAPI description; nothing is served, and no network is loaded for it."""
    from fivebyfive.serving.app import create_app

    return create_app(cast(Any, None)).openapi()


def addresses() -> str:
    """What the server can be asked, as a table."""
    rows = ["| address | asked with | what it says |", "|---|---|---|"]
    for path, methods in server()["paths"].items():
        for method, about in methods.items():
            asked = ", ".join(f"`{one['name']}`" for one in about.get("parameters", ()) if one["in"] != "header")
            rows.append(f"| `{method.upper()} {path}` | {asked} | {about.get('description', '')} |")
    return "\n".join([*rows, '\nThe same for machines: <a href="schemas/server.json">server.json</a>, in OpenAPI.\n'])
