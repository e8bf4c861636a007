"""What is kept of the ledger in a second place, so that an old copy of the database is noticed and can be mended.

Of each entry the line is the leaf that the tree holds. What ends a consent keeps beside it what replays it; people are
a reference there, which only the ledger's key leads back from to a member that is still known.
"""

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import Entry, EntryType, Secret
from kanmon.ledger.note import SigningKey

_REFERENCE_BYTES = 16
_ACCEPT = "accept"
_KEPT: Mapping[str, Sequence[str]] = {
    EntryType.WITHDRAWAL: ("client_id", "action"),
    EntryType.CONSENT: ("client_id", "action"),
    EntryType.REQUEST: ("client_id", "type"),
    EntryType.ERASURE_REQUEST: ("person_sha256",),
    EntryType.STOP: ("client_id", "season", "consents_doubted"),
    EntryType.LOAD: ("dataset", "file_name", "file_sha256"),
}
"""Of which entries what is kept; no value of these names anybody."""
NOBODY: Mapping[int, bytes] = {}
_ABOUT_A_MEMBER = frozenset({EntryType.WITHDRAWAL, EntryType.CONSENT, EntryType.REQUEST})


@dataclass(frozen=True)
class CopyLine:
    """One entry as the second place holds it."""

    entry: Entry
    kept: Mapping[str, Any] = field(default_factory=dict)
    """What replays it; `who` is the reference of a member."""
    person: bytes | None = None
    """The label of the person in the index of people; None where it is about nobody."""


def reference_key(key: SigningKey) -> bytes:
    """What references are made with; whoever has the ledger's key can make it."""
    return hmac.digest(key.private.private_bytes_raw(), b"kanmon references in the second place", "sha256")


def reference(key: bytes, member: str) -> str:
    """What stands for a member, in hexadecimal digits."""
    return hmac.digest(key, member.encode(), "sha256")[:_REFERENCE_BYTES].hex()


def written(entries: Iterable[tuple[Entry, Secret | None]], key: bytes, people: Mapping[int, bytes] = NOBODY) -> bytes:
    """Entries as lines of JSON; `people` are the labels of those whom they are about, by `seq`."""
    return b"".join(_written(entry, secret, key, people.get(entry.seq)) + b"\n" for entry, secret in entries)


def read(content: bytes) -> list[CopyLine]:
    """The lines that `written` wrote; `ValueError` for anything else."""
    lines = []
    for text in content.splitlines():
        try:
            leaf = json.loads(text)
            at, commit = datetime.fromisoformat(leaf["at"]), bytes.fromhex(leaf["commit"])
            person = bytes.fromhex(leaf["person"]) if "person" in leaf else None
            lines.append(CopyLine(Entry(leaf["seq"], leaf["type"], at, commit), leaf.get("kept", {}), person))
        except (LookupError, TypeError, AttributeError) as error:
            raise ValueError("not a line of the second place") from error
    return lines


def _written(entry: Entry, secret: Secret | None, key: bytes, person: bytes | None) -> bytes:
    more: dict[str, object] = {} if person is None else {"person": person.hex()}
    if kept := _kept(entry, secret, key):
        more["kept"] = kept
    return canonical({**json.loads(entry.leaf()), **more}) if more else entry.leaf()


def _kept(entry: Entry, secret: Secret | None, key: bytes) -> Mapping[str, object]:
    fields = _KEPT.get(entry.type)
    if secret is None or fields is None:
        return {}
    payload = json.loads(secret.payload)
    if entry.type == EntryType.CONSENT and payload.get("action") == _ACCEPT:
        return {}
    kept = {name: payload[name] for name in fields if name in payload}
    if entry.type in _ABOUT_A_MEMBER and isinstance(payload.get("member_id"), str):
        kept["who"] = reference(key, payload["member_id"])
    return kept
