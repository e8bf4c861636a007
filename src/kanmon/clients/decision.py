"""What a client decided about its applicants, and whose scores wait for that: the decision lock, and the draw (S12).

A decision is committed first and the score is opened afterwards; what is changed after that is seen to be a change. A
score that waits is not provided at all: no report, file, page or interface has it, and its row is like any other
without a score.
"""

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from kanmon.core.errors import StatementIncomplete
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, SeasonId
from kanmon.core.language import N_
from kanmon.ledger.canonical import canonical_nfc
from kanmon.ledger.entry import instant

WITHHELD_SHARE = 0.2
"""The share of applicants whose scores wait, where a contract asks for the use audit and names none."""
_DRAWN_BITS = 64


class DecisionVerdict(StrEnum):
    """What a client decides about an applicant at a stage."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"

    @classmethod
    def stated(cls, written: str) -> "DecisionVerdict":
        """The decision as a form or a program brings it; `StatementIncomplete` where it is neither."""
        if written not in set(cls):
            raise StatementIncomplete(N_("say whether the applicant passed or failed the stage; nothing was recorded"))
        return cls(written)


@dataclass(frozen=True, slots=True)
class ApplicantStanding:
    """Where an applicant stands at one moment: the stage first handed over, and the stages decided about."""

    stage: str | None
    """The first stage that the client ever named for the row; what it names later changes nothing here."""
    decided: frozenset[str] = frozenset()
    first_row: "ApplicantStanding | None" = None
    """The row in which the client first handed over the same person; None where this row is that one."""

    @property
    def is_decided(self) -> bool:
        """Whether the decision that the score waits for is committed; without a named stage, whether any is.

        A person who was handed over again under another ID waits for the decision about the first row as well.
        """
        is_own = bool(self.decided) if self.stage is None else self.stage in self.decided
        return is_own and (self.first_row is None or self.first_row.is_decided)

    def among(self, stages: Collection[str] | None) -> "ApplicantStanding":
        """The standing with decisions about these stages only; with every decision where None."""
        if stages is None:
            return self
        first_row = self.first_row and self.first_row.among(stages)
        return replace(self, decided=self.decided & frozenset(stages), first_row=first_row)


@dataclass(frozen=True, slots=True)
class Draw:
    """Whose scores wait: a lot for each applicant, which anybody with the seed can draw again."""

    seed: bytes
    """32 bytes, secret until the audit; the ledger holds their hash from before the first provision."""
    share: float

    def is_drawn(self, applicant: ApplicantId) -> bool:
        """Whether HMAC-SHA-256 of the client's own ID under the seed, as a fraction of 1, lies below the share."""
        lot = hmac.digest(self.seed, applicant.encode(), "sha256")[: _DRAWN_BITS // 8]
        return int.from_bytes(lot, "big") < int(self.share * 2.0**_DRAWN_BITS)

    @property
    def seed_sha256(self) -> str:
        """What is committed of the seed."""
        return hashlib.sha256(self.seed).hexdigest()


@dataclass(frozen=True, slots=True)
class Withholding:
    """Which scores a contract keeps back until the client has decided."""

    locks: bool = False
    draw: Draw | None = None

    def withholds(self, applicant: ApplicantId, standing: ApplicantStanding) -> bool:
        """Whether the score of an applicant who stands so is kept back."""
        if standing.is_decided:
            return False
        return self.locks or (self.draw is not None and self.draw.is_drawn(applicant))


@dataclass(frozen=True, slots=True)
class DecisionAct:
    """One decision as it came in, or a change of it; instants in UTC."""

    client_id: ClientId
    applicant_no: ApplicantNo
    stage: str
    decision: str
    decided_at: datetime
    """When the client says it decided."""
    changes: str | None
    """What stood before; None where this is the commitment."""
    salt: UUID

    def commitment(self) -> str:
        """What the ledger holds of it, in hex: an HMAC under the salt, which an erasure deletes with the row."""
        said = canonical_nfc(
            {
                "client_id": self.client_id,
                "applicant_no": self.applicant_no,
                "stage": self.stage,
                "decision": self.decision,
                "decided_at": instant(self.decided_at),
                "changes": self.changes,
            }
        )
        return hmac.new(self.salt.bytes, said, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class StageMove:
    """A row that its client handed over again with another stage; the lock stays where it was. `moved_at` in UTC."""

    client_id: ClientId
    applicant_no: ApplicantNo
    moved_from: str | None
    moved_to: str | None
    moved_at: datetime
    salt: UUID

    def commitment(self) -> str:
        """What the ledger holds of it, in hex: an HMAC under the salt, which an erasure deletes with the row."""
        content = canonical_nfc(
            {
                "client_id": self.client_id,
                "applicant_no": self.applicant_no,
                "moved_from": self.moved_from,
                "moved_to": self.moved_to,
                "moved_at": instant(self.moved_at),
            }
        )
        return hmac.new(self.salt.bytes, content, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class StageAlert:
    """A stage that moved, as the privacy owner is told of it; `moved_at` in UTC."""

    client_id: ClientId
    season: SeasonId
    applicant_id: ApplicantId
    bound_stage: str
    """The stage first handed over, for whose decision the score waits."""
    moved_from: str | None
    moved_to: str | None
    moved_at: datetime
    was_open: bool
    """Whether the applicant's score had been provided by then."""
    ledger_seq: int | None


@dataclass(frozen=True, slots=True)
class ChangedDecision:
    """A decision that became another after it was committed; instants in UTC."""

    client_id: ClientId
    applicant_id: ApplicantId
    stage: str
    committed: str
    changed_to: str
    recorded_at: datetime
    was_open: bool
    """Whether the applicant's score had been provided by then."""
