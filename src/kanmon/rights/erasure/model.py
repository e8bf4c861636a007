"""What an erasure is, how far it has come, and the stores that it goes through (APPI-19, GDPR-17)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from kanmon.core.clock import Clock
from kanmon.core.ids import ApplicantId, ClientId, CookieId, EvidenceId, MemberId, MemberNo, ProvisionId, RunId
from kanmon.provision.report import Report
from kanmon.rights.answer.stub import StubStore
from kanmon.rights.answer.told import SubjectReader
from kanmon.rights.withdrawal.service import WithdrawalStore


class ErasureStep(StrEnum):
    """The parts of an erasure after its beginning, in their order; each is noted when it is done."""

    REFUSED_ROWS = "refused rows"
    RECEIVED_EVENTS = "received events"
    LAKE = "lake"
    RECORDS = "records"
    REPORTS = "reports"
    COMPACTION = "compaction"


@dataclass(frozen=True)
class Erasure:
    """One person's erasure and how far it has come; holds nothing that names the person."""

    erasure_no: int
    member_no: MemberNo
    person_sha256: bytes
    requested_at: datetime
    ledger_seq: int
    """Where the request stands in the ledger."""
    done: Mapping[ErasureStep, int | None]
    """The steps done; beside `RECORDS`, where what was erased stands in the ledger."""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do now."""
        return all(step in self.done for step in ErasureStep)


@dataclass(frozen=True)
class LockedRecord:
    """A record of provision that the law wants kept: nobody uses it; then it is erased as well."""

    client_id: ClientId
    client_name: str
    retain_until: date
    evidence_id: EvidenceId | None
    ledger_seq: int | None


@dataclass(frozen=True)
class NotifiedRecipient:
    """A recipient that was asked to erase what it had received of the person; `certified_at` once it says it did."""

    client_id: ClientId
    client_name: str
    requested_at: datetime
    due_on: date
    certified_at: datetime | None
    reminded_at: datetime | None
    stopped_at: datetime | None
    """When providing to it was stopped, since it hadn't certified in time."""


@dataclass(frozen=True)
class ErasureReport:
    """What a person is told of the own erasure."""

    requested_at: datetime
    is_done: bool
    locked: Sequence[LockedRecord]
    asked: Sequence[NotifiedRecipient]
    ledger_seq: int
    """Where what was erased stands in the ledger or, before that, the request."""


class ErasureStore(WithdrawalStore, SubjectReader, Protocol):
    """Everything about erasures in the control plane; one transaction. Clients are those that ever had a contract."""

    @property
    def stubs(self) -> StubStore:
        """Check codes, in the same transaction."""

    def find(self, code_sha256: bytes) -> Erasure | None:
        """The erasure of whoever has that code."""

    def all(self) -> Sequence[Erasure]:
        """Every erasure, oldest first."""

    def begin(self, member: MemberId, code_sha256: bytes, person_sha256: bytes, clock: Clock, ledger_seq: int) -> int:
        """Note the request, from when on the gate lets nothing pass; its number."""

    def gather(self, erasure_no: int) -> None:
        """Note every applicant that is this person, whichever client handed it in."""

    def ask_recipients(self, erasure_no: int, at: datetime, due_on: date) -> Sequence[ClientId]:
        """Ask each client that received anything of the person, and who they are."""

    def mark(self, erasure_no: int, step: ErasureStep, at: datetime, ledger_seq: int | None = None) -> None:
        """Note that a step is done."""

    def reopen(self, erasure_no: int, step: ErasureStep) -> None:
        """Note that a step is to be done once more."""

    def member_id(self, member: MemberNo) -> MemberId:
        """The ID of a member whose records were not erased yet."""

    def identifiers(self, erasure_no: int) -> frozenset[frozenset[str]]:
        """All that the control plane knows the person by, here and at clients: values that name one together."""

    def locked(self, erasure_no: int) -> Sequence[LockedRecord]:
        """The records of provision that are still there."""

    def consent_seqs(self, evidence: Collection[EvidenceId]) -> Sequence[int]:
        """Where acts of consent stand in the ledger."""

    def asked(self, erasure_no: int) -> Sequence[NotifiedRecipient]:
        """What recipients were asked, and said."""

    def erase(self, erasure_no: int, kept: Collection[EvidenceId]) -> None:
        """Erase the person's rows, but for records of provision and the acts kept."""

    def erase_due(self, erasure_no: int, on: date, reports_until: datetime) -> bool:
        """Erase records retained until before `on`, then the client's row if its last report is older; if any was."""

    def naming(self, member: MemberId) -> Sequence[int]:
        """The entries of the ledger whose payloads name a member, and decisions on the member's requests."""

    def forget_received(self, member: MemberId, browsers: Collection[CookieId]) -> None:
        """Forget events that wait for the lake, of a member or from these browsers."""

    def waiting_strangers(self) -> Sequence[MemberId]:
        """Members named by events that wait, or by answers that were refused, since nobody knows them."""

    def forget_answers(self, member: MemberId, code: str) -> None:
        """Forget answers that came in late, of whom the code shows to be erased."""

    def to_render(self) -> Sequence[tuple[ClientId, ProvisionId]]:
        """Reports whose files still show what was erased, or what a recipient was asked to erase."""

    def waiting_rows(self) -> Iterator[tuple[ClientId, RunId, Sequence[ApplicantId]]]:
        """Report by report, the rows in those files that are to be made unreadable."""

    def rendering(self, client: ClientId, provision: ProvisionId) -> tuple[Report, bool]:
        """Take one of them to be rendered in this transaction, and whether it was handed over.

        Whoever withdraws meanwhile waits, and has it rendered once more.
        """


class ErasureLake(Protocol):
    """Where behaviour lies."""

    def browsers(self, member: MemberNo) -> Sequence[CookieId]:
        """The browsers on which nobody else logged in, but for people who were erased."""

    def erase(self, member: MemberNo) -> None:
        """Let nothing of the member be in any file of the lake; a second time changes nothing."""


class ErasureFiles(Protocol):
    """Files beside lake and database."""

    def forget_values(self, identifiers: Collection[frozenset[str]]) -> None:
        """Drop the refused rows of whom all values of one of these name, and what a killed command left half-way."""

    def make_unreadable(self, client: ClientId, run: RunId, applicants: Collection[ApplicantId]) -> None:
        """Let nobody open these rows of a kept report any more, from whatever copy."""

    def render_again(self, report: Report, *, was_handed_over: bool) -> None:
        """Put a report's files in place of those that lie there, whole or not at all; none where none belong."""


class Compaction(Protocol):
    """The control plane's own files."""

    def compact(self) -> None:
        """Write the tables anew, so that no byte of a deleted row is left in them."""
