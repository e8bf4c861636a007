"""The JSON Schema of what a command prints with `--json`, derived from the type that the command's code is held to."""

from collections.abc import Mapping
from importlib import import_module
from types import GenericAlias
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from typing_extensions import get_original_bases, is_typeddict

from kanmon.cli.results import KEYS, REFUSAL, RESULTS, SUFFIXES
from kanmon.core.errors import UsageError
from kanmon.core.language import N_

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_CONFIG = ConfigDict(extra="forbid", use_attribute_docstrings=True)


def schema_of(command: str) -> dict[str, Any]:
    """The schema of a command's result, by its words, such as `report show`; `UsageError` where it prints none."""
    name = RESULTS.get(command)
    if name is None:
        raise UsageError(N_("kanmon %(command)s prints no result in JSON, or is no command"), command=command)
    return _schema(name, f"kanmon {command}")


def refusal_schema() -> dict[str, Any]:
    """The schema of what any command prints with `--json` where it is refused."""
    return _schema(REFUSAL, "refusal")


def _schema(name: str, title: str) -> dict[str, Any]:
    module, _colon, shape = name.partition(":")
    home = import_module(module)
    listed = _listed(getattr(home, shape))
    definitions = {key: _explained(value, _inherited(home, key)) for key, value in listed.get("$defs", {}).items()}
    schema = {"$schema": DIALECT, "title": title, **_explained(listed["items"], {})}
    return {**schema, "$defs": definitions} if definitions else schema


def _listed(shape: object) -> dict[str, Any]:
    """The schema of a list of it: a `TypedDict` takes no configuration from outside unless it lies in another type."""
    within: Any = GenericAlias(list, (shape,))
    return TypeAdapter(within, config=_CONFIG).json_schema()


def _inherited(home: object, name: str) -> Mapping[str, str]:
    """What the types that a type is built on say of its keys; pydantic reads the words of the type itself alone."""
    shape: Any = getattr(home, name, None)
    bases = get_original_bases(shape) if is_typeddict(shape) else ()
    meanings: dict[str, str] = {}
    for base in filter(is_typeddict, bases):
        definition = _listed(base)["$defs"][base.__name__]
        meanings |= _inherited(import_module(base.__module__), base.__name__)
        meanings |= {
            key: part["description"] for key, part in definition["properties"].items() if "description" in part
        }
    return meanings


def _explained(schema: Any, meanings: Mapping[str, str]) -> Any:
    """The schema with the meaning of each key, where its type or the table of keys says one, and without titles."""
    if isinstance(schema, list):
        return [_explained(part, meanings) for part in schema]
    if not isinstance(schema, dict):
        return schema
    parts = {key: _explained(value, meanings) for key, value in schema.items() if key not in {"title", "properties"}}
    if "properties" in schema:
        parts["properties"] = {
            key: _with_meaning(_explained(value, meanings), meanings.get(key) or _meaning(key))
            for key, value in schema["properties"].items()
        }
    return parts


def _with_meaning(schema: dict[str, Any], meaning: str | None) -> dict[str, Any]:
    return schema if meaning is None or "description" in schema else {**schema, "description": meaning}


def _meaning(key: str) -> str | None:
    by_suffix = (words for suffix, words in SUFFIXES.items() if key.endswith(suffix))
    return KEYS.get(key) or next(by_suffix, None)
