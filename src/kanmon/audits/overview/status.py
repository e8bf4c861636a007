"""The state of a workspace for whoever runs it: what is loaded, each client, what waits for a person, the disk."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kanmon.core.ids import ClientId, ModelId, ProvisionId, RunId, SeasonId


@dataclass(frozen=True)
class LoadedTable:
    """The newest load of one table; `rows` are those taken in or there already."""

    dataset: str
    file_name: str
    loaded_at: datetime
    rows: int
    refused: int


@dataclass(frozen=True)
class RunSummary:
    """One run of the main job or of one of its steps; `finished_at` is None where it goes on or was cut off."""

    run_id: RunId
    command: str
    acted_at: datetime
    finished_at: datetime | None
    is_replay: bool


@dataclass(frozen=True)
class ClientStatus:
    """One client; None where it has no model, no scores or no provision yet."""

    client_id: ClientId
    season: SeasonId
    model_id: ModelId | None
    is_model_held: bool
    """Whether nobody has approved the newest model, so that nothing is scored by it."""
    scored_by: RunId | None
    scores: int
    """Applicants with a score in the newest run that scored."""
    provision_id: ProvisionId | None
    provided_at: datetime | None
    persons: int
    """Persons in the newest provision."""
    is_stopped: bool


class AwaitedWork(StrEnum):
    """What waits for a person or for the worker."""

    HOLDS = "holds"
    """People whose no could not be read, and rows that name nobody."""
    MODELS = "models"
    """Models that the acceptance rule held back."""
    REVIEWS = "reviews"
    """Applicants whose member a person must choose."""
    INCIDENTS = "incidents"
    MATTERS = "matters"
    """Matters of an authority that are not closed."""
    RECALLS = "recalls"
    """Requests to erase that no recipient has certified yet."""
    LETTERS = "letters"
    JOBS = "jobs"
    FAILED_JOBS = "failed_jobs"


@dataclass(frozen=True)
class WorkspaceStatus:
    """Everything at one moment of the control plane."""

    loaded: Sequence[LoadedTable]
    clients: Sequence[ClientStatus]
    waiting: Mapping[AwaitedWork, int]
    """How many wait, of each kind."""
    ledger_entries: int
    is_service_stopped: bool
    database_version: str
