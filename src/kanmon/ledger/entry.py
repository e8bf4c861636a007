"""What stands in the ledger: an entry for each deed, which commits to a payload without holding it.

An entry's leaf is the canonical form of {"at", "commit", "seq", "type"} (2, section 4.5). The `prev_state` of that
section is left out: every checkpoint proves all that stands before an entry, and a chained hash would say the same
again at the price of a tree that can only be built one leaf after the other.
"""

import hmac
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import count
from typing import NamedTuple


class EntryType(StrEnum):
    """What an entry records."""

    LOAD = "load"
    ROWS = "rows"
    """Rows that were written together, each by a digest of the whole row."""
    TERMS = "terms"
    """What is in force from then on: contracts, release, seasons, policies and screens, each row by a digest."""
    CONSENT = "consent"
    PROVISION = "provision"
    PROVISION_RECORD = "provision_record"
    REFUSALS = "refusals"
    """The gate's denials of one batch, with their reason codes (INV-8)."""
    RECEIPT = "receipt"
    """A client's acknowledgement of a delivery: what it confirmed of it (APPI-10)."""
    USE_STATEMENT = "use_statement"
    """What a client says it will do, or did, with scores (EMP-05)."""
    USE_ALERT = "use_alert"
    """A prohibited use that a client itself stated (AC-06)."""
    CLIENT_DECISION = "client_decision"
    """A client's own decision about an applicant, or a change of it, under a salt (S12)."""
    STAGE_MOVE = "stage_move"
    """A row that its client handed over again with another stage, under a salt (S12)."""
    USE_AUDIT_PLAN = "use_audit_plan"
    """How the use of scores will be audited, and the hash of the seed that draws: before anything is provided."""
    TRAINING = "training"
    """A model was trained: the root over the labels of those whose history it learned from."""
    WITHDRAWAL = "withdrawal"
    CONSENT_HOLD = "consent_hold"
    """People on hold, since what may be a no of theirs could not be read: how many, and a hash of the rows."""
    CONSENT_HOLD_END = "consent_hold_end"
    """Holds that ended: by a row that was mended, or by the privacy owner, why."""
    ERASURE = "erasure"
    """Payloads that were erased."""
    ERASURE_REQUEST = "erasure_request"
    ERASURE_DONE = "erasure_done"
    """What is erased of a person, and what stays locked until when."""
    ERASURE_CERTIFICATE = "erasure_certificate"
    """A recipient's word that it erased what it had received."""
    RECALL = "recall"
    """A step of a request to a recipient: asked, reminded, escalated (AC-17)."""
    STOP = "stop"
    RESUME = "resume"
    """The stop switch of a client, a season or the whole service (S14)."""
    INCIDENT = "incident"
    """An incident with what was known of it when it was recorded (APPI-14, APPI-15)."""
    INCIDENT_FACT = "incident_fact"
    """What was learned of an incident, or done about it, later."""
    MATTER = "matter"
    """What an authority asks, and until when (S22)."""
    MATTER_STEP = "matter_step"
    """A paper, a day, an incident, a measure, an answer or the end of a matter; papers by their hash."""
    NOTICE = "notice"
    """What a person was written of an incident, by its hash."""
    CLIENT_PAPER = "client_paper"
    """A client's agreement or notice, by its hash, or a check of use with its answers and finding (S12, EMP-05)."""
    KEY_SUCCESSION = "key_succession"
    """The ledger's key was succeeded by another, by rotation or since it was lost."""
    RESTORE = "restore"
    """The privacy owner accepted that an older copy of the database goes on, and what of the ledger was lost."""
    LETTER_SETTLED = "letter_settled"
    """What somebody decided on a letter of which nobody knew whether it had been taken, and why."""
    AUDIT = "audit"
    ANSWER = "answer"
    """What a person was answered who asked whether a score was computed."""
    REQUEST = "request"
    """What a person asked for: disclosure, correction, objection or lifting it."""
    REQUEST_DECISION = "request_decision"
    """What was decided on a request, why, and what was done."""
    SECOND_LOOK = "second_look"
    """What a company says of looking again at a score that a person contests."""
    REVISION = "revision"
    """A step in the revision of a policy."""
    RELEASE_REVIEW = "release_review"
    """A release was described, answered on from a viewpoint, or decided by the privacy owner (S18)."""
    LEGAL_ASSESSMENT = "legal_assessment"
    """What legal considered, with its conclusion and sources (S21)."""
    ASSESSMENT = "assessment"
    """An assessment that was opened, since consents were taken under wrong words (class U)."""
    ACCOUNT = "account"
    """An account was closed, begun anew, or its sessions were ended, by whom and why."""
    EVIDENCE_PACK = "evidence_pack"
    """The manifest of a pack of evidence for an authority, by its hash (AC-25)."""


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
        return commitment(self.payload, self.key)


class Entry(NamedTuple):
    """One entry; `seq` counts from 0 without gaps, `commit` is its `Secret.commitment`."""

    seq: int
    type: str
    at: datetime
    commit: bytes

    def leaf(self) -> bytes:
        """The bytes that the tree holds of it."""
        return leaf(instant(self.at), self.commit, self.seq, self.type)


class Batch(NamedTuple):
    """New entries that follow each other from `first` on, with what they commit to, column by column.

    A million entries pass here, and as many objects would cost more than their hashes.
    """

    first: int
    types: list[str]
    ats: list[str]
    """As `instant` writes them."""
    commits: list[bytes]
    payloads: list[bytes]
    keys: list[bytes]

    def leaves(self) -> Iterator[bytes]:
        """The bytes that the tree holds of each."""
        return map(leaf, self.ats, self.commits, count(self.first), self.types)


def commitment(payload: bytes, key: bytes) -> bytes:
    """HMAC-SHA-256 of a payload under a key, 32 bytes."""
    return hmac.digest(key, payload, "sha256")


def leaf(at: str, commit: bytes, seq: int, kind: str) -> bytes:
    """The canonical form of an entry; all its values are ASCII without anything to escape."""
    return f'{{"at":"{at}","commit":"{commit.hex()}","seq":{seq},"type":"{kind}"}}'.encode()


@lru_cache(maxsize=1024)
def instant(at: datetime) -> str:
    """RFC 3339 in UTC to the microsecond, which is as fine as the store keeps it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"
