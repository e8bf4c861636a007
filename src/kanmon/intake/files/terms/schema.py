"""`service.yaml` as JSON Schema, for editors that complete and check a file while it is written."""

from collections.abc import Callable, Iterator
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from kanmon.consent.law import PROFILES
from kanmon.intake.files.terms.key_meanings import KEY_MEANINGS, all_keys
from kanmon.intake.files.terms.models import ServicePart

MOMENT = r"^\s*\d{4}-?\d\d-?\d\d([T ].+)?\s*$"


class _AsWritten(GenerateJsonSchema):
    """Shapes as an editor sees them: `id: 2027` is a number to it and a name to us; a moment may be a date alone."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False

    def str_schema(self, schema: Any) -> JsonSchemaValue:
        limits = {"minLength": schema.get("min_length"), "maxLength": schema.get("max_length")}
        return {"type": ["string", "number"]} | {name: limit for name, limit in limits.items() if limit is not None}

    def datetime_schema(self, schema: Any) -> JsonSchemaValue:  # noqa: ARG002
        return {"type": "string", "pattern": MOMENT}


def service_schema(translate: Callable[[str], str]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of `service.yaml`, each key with its meaning in the language of `translate`."""
    schema = ServicePart.model_json_schema(by_alias=True, schema_generator=_AsWritten)
    for key in all_keys():
        meaning = KEY_MEANINGS[key.path]
        for place in _places(schema, key.path):
            place["description"] = translate(meaning.meaning)
            if meaning.codes:
                place["description"] += f" ({', '.join(meaning.codes)})"
    schema["properties"]["law"]["enum"] = list(PROFILES)
    title = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "service.yaml"}
    return title | {name: value for name, value in schema.items() if name not in title}


def _places(schema: dict[str, Any], path: str) -> Iterator[dict[str, Any]]:
    """Where the property of a key stands in the schema."""
    part = schema
    *parents, name = path.split(".")
    for parent in parents:
        part = _part_below(schema, part["properties"][parent.removesuffix("[]")])
    yield part["properties"][name.removesuffix("[]")]


def _part_below(schema: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    """The part that a property refers to, through a list or a choice of a part and nothing."""
    for shape in (place, place.get("items", {}), *place.get("anyOf", ())):
        if "$ref" in shape:
            part: dict[str, Any] = schema["$defs"][shape["$ref"].rpartition("/")[2]]
            return part
    raise KeyError(f"no part lies below {place}")
