"""What a workspace shows of the duties of laws abroad, and where each statement about it can be looked up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from kanmon.consent.abroad import DatedDuty
from kanmon.core.clock import day_of
from kanmon.core.ids import ClientId, ModelId


class SourceKind(StrEnum):
    """What kind of object of the workspace a statement rests on."""

    CONTRACT = "contract"
    MODEL = "model"
    RELEASE = "release"
    POLICY = "policy"
    ENTRY = "entry"
    """An entry of the ledger: a statement of use, an audit, a document."""
    CHECKPOINT = "checkpoint"
    SCORES = "scores"
    REQUESTS = "requests"


@dataclass(frozen=True)
class Source:
    """An object of the workspace, by its name there."""

    kind: SourceKind
    name: str

    @property
    def address(self) -> str | None:
        """The page of the privacy owner's portal that shows it; None where there is none."""
        return {
            SourceKind.MODEL: f"/officer/models/{self.name}",
            SourceKind.RELEASE: "/review/releases",
            SourceKind.POLICY: "/officer/policies",
            SourceKind.ENTRY: "/officer/ledger",
            SourceKind.CHECKPOINT: f"/officer/ledger/checkpoints/{self.name}",
            SourceKind.SCORES: "/officer/provisions",
            SourceKind.REQUESTS: "/officer/requests",
        }.get(self.kind)


class LegalDutyState(StrEnum):
    """How a duty stands on a day."""

    MET = "met"
    MISSING = "missing"
    NOT_YET = "not_yet"


@dataclass(frozen=True)
class DutyStanding:
    """How one duty of a client stands: met by objects, or missing with what lacks."""

    dated: DatedDuty
    state: LegalDutyState
    sources: Sequence[Source] = ()
    """What meets it; never empty where it is met, empty where it isn't."""
    lack: str = ""
    """What lacks, the id of a message; empty where nothing does."""
    values: Mapping[str, object] = field(default_factory=dict)
    """What fills `lack` in."""


@dataclass(frozen=True)
class ModelInUse:
    """The newest approved model of a client."""

    model_id: ModelId
    season: str
    trained_at: datetime
    card: Mapping[str, Any]
    approved_by: str
    approved_because: str


@dataclass(frozen=True)
class DatedEntry:
    """An entry of the ledger that says something of a client."""

    seq: int
    at: datetime
    said: Mapping[str, Any]


@dataclass(frozen=True)
class ScoredPeople:
    """People of the scored season with a score, by what is known of their newest one."""

    scored: int = 0
    agreed: int = 0
    """Scored on an agreement of the person or a confirmation of the client's."""
    explained: int = 0
    informed: int = 0
    """Sent a notice of scoring before they were scored."""
    provided: int = 0


@dataclass(frozen=True)
class RequestCount:
    """Requests of one type about a client or about all."""

    asked: int
    answered: int
    overdue: Sequence[int]
    """The numbers of those that are late."""


@dataclass(frozen=True)
class AbroadFacts:
    """All that is asked of a workspace about one client at one moment; what is not there is None or empty."""

    client_id: ClientId
    now: datetime
    model: ModelInUse | None
    people: ScoredPeople
    rights_told: str | None
    """The policy version in force that says which rights a person has (E20), as policy/version."""
    way_out_told: str | None
    """The policy version in force that says how to withdraw, and that refusing costs nothing (E18, E19)."""
    overseer: DatedEntry | None
    """The newest statement of intended use."""
    release_id: str | None
    description: DatedEntry | None
    """How the release in use was described for its review."""
    student_view: DatedEntry | None
    fairness: DatedEntry | None
    use_audit: DatedEntry | None
    documents: Mapping[str, DatedEntry]
    """The newest document of each kind that was written of the client."""
    requests: Mapping[str, RequestCount]
    """By type of request."""
    checkpoint: int | None
    """How many entries stand under the newest signed checkpoint."""

    @property
    def today(self) -> date:
        """The day in Japan on which all this is so."""
        return day_of(self.now)
