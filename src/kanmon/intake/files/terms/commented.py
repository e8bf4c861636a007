"""A `service.yaml` with a comment at each key, which a reader can mend without any other page."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import yaml
from pydantic import BaseModel

from kanmon.intake.files.terms.key_meanings import KEY_MEANINGS, FileKey, keys_of
from kanmon.intake.files.terms.models import ServicePart

SCHEMA_FILE = "schema/service.schema.json"
_EDITOR_LINE = f"# yaml-language-server: $schema={SCHEMA_FILE}"


def commented_service(terms: Mapping[str, Any], translate: Callable[[str], str]) -> str:
    """The text of the file: each key is explained where it first stands; one that `terms` lack is
    shown behind a `#`, to be taken in by removing it.

    `terms` are plain values by the keys of the file. The editor's line names the schema, which lies beside the file.
    """
    lines = _CommentedLines(translate)
    return "\n".join([_EDITOR_LINE, *lines.of(ServicePart, terms, "", 0)]) + "\n"


class _CommentedLines:
    """The lines of the file; it remembers which keys were explained."""

    def __init__(self, translate: Callable[[str], str]) -> None:
        self._translate = translate
        self._explained: set[str] = set()

    def of(self, part: type[BaseModel], values: Mapping[str, Any], path: str, depth: int) -> Iterator[str]:
        """The lines of one mapping, its keys in the order of the model."""
        for key in keys_of(part, path):
            indent = "  " * depth
            if key.path not in self._explained:
                self._explained.add(key.path)
                yield from ([""] if depth == 0 else [])
                yield f"{indent}# {self._explanation(key.path)}"
            elif key.name not in values:
                continue
            if key.name not in values:
                yield from self._left_out(key, indent)
            else:
                yield from self._entry(key, values[key.name], indent, depth)

    def _left_out(self, key: FileKey, indent: str) -> Iterator[str]:
        """An example of the key, and below it each key of its parts with an example of its own."""
        yield f"{indent}#{key.name}: {KEY_MEANINGS[key.path].example}"
        for below in () if key.part is None else keys_of(key.part, f"{key.path}."):
            self._explained.add(below.path)
            yield f"{indent}  # {self._explanation(below.path)}"
            yield f"{indent}  #{below.name}: {KEY_MEANINGS[below.path].example}"

    def _explanation(self, path: str) -> str:
        meaning = KEY_MEANINGS[path]
        codes = f" ({', '.join(meaning.codes)})" if meaning.codes else ""
        return f"{self._translate(meaning.meaning)}{codes}"

    def _entry(self, key: FileKey, value: Any, indent: str, depth: int) -> Iterator[str]:
        if key.part is None:
            yield f"{indent}{key.name}: {_scalar(value)}"
            return
        yield f"{indent}{key.name}:"
        if not key.is_list:
            yield from self.of(key.part, value, f"{key.path}.", depth + 1)
            return
        for item in value:
            lines = list(self.of(key.part, item, f"{key.path}.", depth + 2))
            yield from _item(lines, f"{indent}  ")


def _item(lines: list[str], indent: str) -> Iterator[str]:
    """A mapping as an item of a list: the dash stands before its first key, after the comments on it."""
    first = next(place for place, line in enumerate(lines) if not line.lstrip().startswith("#"))
    yield from (f"{indent}{line.lstrip()}" for line in lines[:first])
    yield f"{indent}- {lines[first].lstrip()}"
    yield from lines[first + 1 :]


class _OneLine(yaml.SafeDumper):
    """Values as the contract writes them: a moment with its T."""


_OneLine.add_representer(
    datetime, lambda dumper, moment: dumper.represent_scalar("tag:yaml.org,2002:timestamp", moment.isoformat())
)


def _scalar(value: Any) -> str:
    """A value on one line."""
    written: str = yaml.dump(
        value, Dumper=_OneLine, allow_unicode=True, default_flow_style=True, sort_keys=False, width=10**6
    )
    return written.removesuffix("\n").removesuffix("\n...")
