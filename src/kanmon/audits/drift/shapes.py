"""What `kanmon audit drift` prints with `--json`."""

from collections.abc import Sequence

from typing_extensions import TypedDict


class DriftResult(TypedDict):
    """A model in use beside last year; a run's people against those that it learned from."""

    client_id: str
    model_id: str
    run_id: str
    stability_index: float | None
    shift: str
    mean_risk: float | None
    share_left: float | None
    """Of those whose outcome is known, how many left."""
    calibration: str
    is_alarm: bool


class DriftListResult(TypedDict):
    """Every model in use."""

    clients: Sequence[DriftResult]
