"""What `kanmon status` and `runs` print with `--json`."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict


class LoadedTableResult(TypedDict):
    """What was loaded last of a dataset."""

    dataset: str
    file_name: str
    loaded_at: str
    rows: int
    refused: int


class ClientStatusResult(TypedDict):
    """How a client stands."""

    client_id: str
    season: str
    model_id: str | None
    is_model_held: bool
    """Whether the acceptance rule held the newest model back."""
    scored_by: str | None
    """The run that scored last."""
    scores: int
    provision_id: str | None
    provided_at: str | None
    persons: int
    """In the newest provision."""
    is_stopped: bool


class DiskResult(TypedDict):
    """Room that is left."""

    free_bytes: int


class VersionsResult(TypedDict):
    """What runs here."""

    kanmon: str
    python: str
    postgresql: str


class TimerResult(TypedDict):
    """Work that is done by schedule."""

    kind: str
    every_seconds: float
    due_at: str
    last_state: str | None
    """How its last job stands; null where there was none."""
    last_at: str | None


class StatusResult(TypedDict):
    """What is loaded, how each client stands, what waits for a person."""

    workspace: str
    is_replay: bool
    stopped: bool
    """Whether the whole service is stopped."""
    loaded: Sequence[LoadedTableResult]
    clients: Sequence[ClientStatusResult]
    waiting: Mapping[str, int]
    """How much work of each kind waits for a person."""
    ledger_entries: int
    disk: DiskResult
    versions: VersionsResult
    timers: Sequence[TimerResult]


class RunListed(TypedDict):
    """A run."""

    run_id: str
    command: str
    acted_at: str
    finished_at: str | None
    is_replay: bool
    is_finished: bool


class RunsResult(TypedDict):
    """The newest runs."""

    runs: Sequence[RunListed]
