"""The page of results: what each command prints with `--json`, written from the types that its code is held to."""

from collections.abc import Iterator, Mapping
from typing import Any

from kanmon.cli.result_schema import refusal_schema, schema_of
from kanmon.cli.results import RESULTS

HEAD = """# Results

What each command prints with `--json`: one JSON object on standard output, and nothing else there. `kanmon schema
report show` prints the JSON Schema of a command's result, `kanmon schema --refusal` that of a refusal. Both follow from
the types that the program's code is held to; the tests refuse whatever else a command prints.

A key with *or absent* may be missing; all others are always there. A type has no other keys than these. What depends on
data is an *object of any*. Instants are ISO 8601 with their offset, days `YYYY-MM-DD`. A number that is not
explained counts what its name says.
"""


def results_page() -> str:
    """Each command with its result's type, and each type with its keys."""
    schemas = {command: schema_of(command) for command in RESULTS}
    definitions: dict[str, dict[str, Any]] = {}
    for schema in (refusal_schema(), *schemas.values()):
        for name, definition in schema.get("$defs", {}).items():
            assert definitions.setdefault(name, definition) == definition, f"two types are named {name}"
    lines = [HEAD.rstrip(), "", "## Refusals", ""]
    lines += [
        "A command that is refused, or fails, before it printed a result prints",
        f"{_type(_root(refusal_schema()))}, and its exit status is not 0. An audit that finds something prints its",
        "result, and its exit status alone says that it refuses.",
        "",
    ]
    lines += ["## By command", "", "| Command | Result |", "|---|---|"]
    lines += [f"| `kanmon {command}` | {_type(_root(schema))} |" for command, schema in sorted(schemas.items())]
    lines += ["", "## Types"]
    for name in sorted(definitions):
        lines += ["", f"### {name}", "", *_of_type(definitions[name])]
    return "\n".join(lines) + "\n"


def _root(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in schema.items() if key not in {"$schema", "$defs", "title"}}


def _of_type(definition: Mapping[str, Any]) -> Iterator[str]:
    required = set(definition.get("required", ()))
    yield definition["description"].replace("\n", " ")
    yield from ("", "| Key | Type | Meaning |", "|---|---|---|")
    for key, schema in definition["properties"].items():
        absent = "" if key in required else ", or absent"
        yield f"| `{key}` | {_type(schema)}{absent} | {schema.get('description', '').replace(chr(10), ' ')} |"


def _type(schema: Mapping[str, Any]) -> str:
    """A type in words, with links to those that the page explains."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"])
    if "prefixItems" in schema:
        return f"array of just {', '.join(_type(part) for part in schema['prefixItems'])}"
    if schema.get("type") == "array":
        return f"array of {_type(schema['items'])}"
    if schema.get("type") == "object":
        values = schema.get("additionalProperties")
        return f"object of {_type(values)}" if isinstance(values, dict) and values else "object of any"
    return f"{schema.get('type', 'any')}"
