"""Messages of a topic; those that could not be taken are kept whole with the reason in `rejected/kafka/TOPIC`."""

import base64
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from kanmon.core.durable import make_folder, replace

FOLDER = "kafka"


class TopicMessage(NamedTuple):
    """One message; `value` is None where it has none."""

    partition: int
    offset: int
    value: bytes | None


def keep_messages(
    rejected: Path, topic: str, messages: Sequence[TopicMessage], whys: Sequence[Mapping[str, object]]
) -> None:
    """Keep messages of one batch, each with why, as a line of JSON, on disk when this returns.

    The file is named after the first of them: where the batch comes again, it is kept in its place.
    """
    lines = [
        {"partition": message.partition, "offset": message.offset, **why, **_kept(message.value)}
        for message, why in zip(messages, whys, strict=True)
    ]
    make_folder(rejected / FOLDER / topic, private=True)
    path = rejected / FOLDER / topic / f"{messages[0].partition}-{messages[0].offset}.jsonl"
    replace(path, _written(lines), private=True)


def forget_messages(rejected: Path, values: Collection[str]) -> None:
    """Drop every kept message in which one of these values stands: as a value, or anywhere in one that is no JSON."""
    for path in (rejected / FOLDER).rglob("*.jsonl"):
        lines = path.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if not _names(line.decode(errors="replace"), values)]
        if len(kept) < len(lines):
            replace(path, b"".join(kept), private=True)


def _names(line: str, values: Collection[str]) -> bool:
    text = line  # of a line that somebody damaged
    with suppress(ValueError, AttributeError, TypeError):
        message = json.loads(line)
        encoded = message.get("value_base64")
        text = message.get("value") or "" if encoded is None else base64.b64decode(encoded).decode(errors="replace")
    try:
        leaves = set(_leaves(json.loads(text)))
    except (ValueError, RecursionError):
        return any(value in text for value in values)
    return any(value in leaves for value in values)


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)
    else:
        yield str(value)


def _written(lines: Sequence[Mapping[str, object]]) -> bytes:
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()


def _kept(value: bytes | None) -> Mapping[str, str | None]:
    """A message whole: as text, else in base64."""
    try:
        return {"value": None if value is None else value.decode()}
    except UnicodeDecodeError:
        return {"value_base64": base64.b64encode(value or b"").decode()}
