"""Witnesses, how they answer, and what they hold against the log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from kanmon.core.errors import KanmonError
from kanmon.ledger.cosignature import Cosignature, WitnessKey


@dataclass(frozen=True)
class Witness:
    """A witness that settings name: its key, and the prefix of its addresses without a slash at the end."""

    key: WitnessKey
    url: str


@dataclass(frozen=True)
class WitnessSettings:
    """All of them, and how many must cosign a checkpoint."""

    witnesses: Sequence[Witness]
    quorum: int


class WitnessOutcome(StrEnum):
    """How a witness answered."""

    COSIGNED = "cosigned"
    SILENT = "silent"
    """It can't be reached, or did not answer in time."""
    UNKNOWN_LOG = "unknown_log"
    UNKNOWN_KEY = "unknown_key"
    UNINTELLIGIBLE = "unintelligible"
    """Its answer is none of those that a witness gives."""
    FORGED = "forged"
    """Its cosignature is not by its key over what was sent."""
    WRONG_TIME = "wrong_time"
    """Its cosignature is from the future, or an old one sent again."""
    UNFOUNDED = "unfounded"
    """It refuses what extends its own newest checkpoint."""
    ROLLED_BACK = "rolled_back"
    """It has cosigned more entries than the log has."""
    FORKED = "forked"
    """It has cosigned another past than the log has."""


CONFLICTS = frozenset({WitnessOutcome.ROLLED_BACK, WitnessOutcome.FORKED})
"""Outcomes that say that the log is not what it was."""


@dataclass(frozen=True)
class WitnessConflict:
    """What a witness holds against the log: it cosigned `size` entries of another past, or more than there are.

    `note` is its checkpoint where the log's own key has signed it: evidence. Without one it is the witness's word.
    """

    witness: str
    kind: WitnessOutcome
    size: int
    note: str | None
    found_at: datetime


@dataclass(frozen=True)
class WitnessAnswer:
    """What became of sending one checkpoint over `size` entries to one witness."""

    witness: Witness
    outcome: WitnessOutcome
    size: int
    cosignature: Cosignature | None = None
    conflict: WitnessConflict | None = None


@dataclass(frozen=True)
class WitnessRecord:
    """How a witness answered last: when, and since when so."""

    witness: str
    outcome: WitnessOutcome
    size: int
    asked_at: datetime
    since: datetime

    @property
    def name(self) -> str:
        """The witness's name without its key."""
        return self.witness.partition("+")[0]


@dataclass(frozen=True)
class WitnessReply:
    """An HTTP answer."""

    status: int
    body: bytes


class WitnessSilent(KanmonError):
    """A witness can't be reached, or did not answer in time and size."""

    code = "WITNESS_SILENT"
    http_status = 503


class WitnessPort(Protocol):
    """How witnesses are reached; `WitnessSilent`."""

    def add_checkpoint(self, witness: Witness, body: bytes) -> WitnessReply:
        """What a witness answers to a submission."""

    def newest(self, witness: Witness, origin: str) -> WitnessReply:
        """Its newest checkpoint of a log."""
