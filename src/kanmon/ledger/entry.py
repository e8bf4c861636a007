"""What stands in the ledger: an entry for each deed, which commits to a payload without holding it.

An entry's leaf is the canonical form of {"at", "commit", "seq", "type"} (2, section 4.5). The `prev_state` of that
section is left out: every checkpoint proves all that stands before an entry, and a chained hash would say the same
again at the price of a tree that can only be built one leaf after the other.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class EntryType(StrEnum):
    """What an entry records."""

    LOAD = "load"
    CONSENT = "consent"
    PROVISION = "provision"
    PROVISION_RECORD = "provision_record"
    REFUSALS = "refusals"
    """The gate's denials of one batch, with their reason codes (INV-8)."""
    WITHDRAWAL = "withdrawal"
    ERASURE = "erasure"
    AUDIT = "audit"


class NewEntry(NamedTuple):
    """A deed to be logged; `payload` is JSON without floats, and its names are ASCII."""

    type: EntryType
    at: datetime
    payload: Mapping[str, object]


class Secret(NamedTuple):
    """What an entry commits to: the payload's canonical bytes, and the key that opens the commitment.

    Erasing both leaves the entry provable and meaningless (INV-9).
    """

    payload: bytes
    key: bytes

    def commitment(self) -> bytes:
        """HMAC-SHA-256 of the payload under the key, 32 bytes."""
        return hmac.digest(self.key, self.payload, "sha256")


class Entry(NamedTuple):
    """One entry; `seq` counts from 0 without gaps, `commit` is its `Secret.commitment`."""

    seq: int
    type: str
    at: datetime
    commit: bytes

    def leaf(self) -> bytes:
        """The bytes that the tree holds of it; all its values are ASCII without anything to escape."""
        said = f'{{"at":"{instant(self.at)}","commit":"{self.commit.hex()}","seq":{self.seq},"type":"{self.type}"}}'
        return said.encode()


@lru_cache(maxsize=1024)
def instant(at: datetime) -> str:
    """RFC 3339 in UTC to the microsecond, which is as fine as the store keeps it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
