"""Alarms about a model in use: its risks come out otherwise than at first, or what became of people belies them.

Requirements, AIA-15: drift alarms. What raises one is fixed here and in no setting. An alarm stops the client at the
switch, with what people agreed to left standing, until the privacy owner resumes it: that is the signature (ADR 24).
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from kanmon.audits.drift.alarm import GIVEN_BY_ALARM
from kanmon.audits.drift.history import ScoreSample
from kanmon.clients.contract import Client
from kanmon.core.clock import Clock
from kanmon.core.ids import ClientId, ModelId, RunId, SeasonId
from kanmon.core.language import N_
from kanmon.gate.switch.model import SwitchScope
from kanmon.gate.switch.service import StopSwitch
from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.service import Ledger

BINS = 10
LEAST = 100
"""People on either side below which nothing is said."""
STABILITY_FROM = 0.25
"""A population stability index above this is a significant shift, as is usual in credit scoring."""
CHANCE = 0.001
"""How often chance alone may give as large a shift, or as large a distance from the outcomes."""
DISTANCE_FROM = 0.10
"""A mean risk further than this from the share that left is a false picture, whatever chance says."""
_FLOOR = 1e-4
"""Stands for an empty bin."""


class DriftVerdict(StrEnum):
    """What a look says of one of the two questions."""

    STEADY = "steady"
    ALARM = "alarm"
    TOO_FEW = "too_few"


AUDITOR = "kanmon audit drift"
"""Who stops a client over an alarm."""
VERDICTS = {
    DriftVerdict.STEADY: N_("steady"),
    DriftVerdict.ALARM: N_("alarm"),
    DriftVerdict.TOO_FEW: N_("too few people to tell"),
}
"""Ids of messages."""


@dataclass(frozen=True)
class Drift:
    """A look at one client's model."""

    client_id: ClientId
    model_id: ModelId
    run_id: RunId
    stability_index: float | None
    """Population stability index of the newest risks against the first; None where too few."""
    shift: DriftVerdict
    mean_risk: float | None
    share_left: float | None
    calibration: DriftVerdict

    @property
    def is_alarm(self) -> bool:
        """Whether either question gives one."""
        return DriftVerdict.ALARM in {self.shift, self.calibration}

    @property
    def because(self) -> str:
        """What the stop says: a model is signed for once for each run."""
        return f"{GIVEN_BY_ALARM}{self.model_id}, {self.run_id}"


def look(client: ClientId, seen: ScoreSample) -> Drift:
    """What the scores of a client's model say."""
    index, shift = _shift(seen.first, seen.newest)
    expected, observed, calibration = _calibration(seen.risks_of_known, seen.left)
    return Drift(client, seen.model_id, seen.run_id, index, shift, expected, observed, calibration)


def stability_index(first: NDArray[np.float64], newest: NDArray[np.float64]) -> tuple[float, int]:
    """The population stability index over bins that the first scores fill equally, and how many bins there are."""
    edges = np.unique(np.quantile(first, np.linspace(0, 1, BINS + 1)[1:-1]))
    was, now = (
        np.maximum(np.bincount(np.searchsorted(edges, scores, "right"), minlength=len(edges) + 1) / len(scores), _FLOOR)
        for scores in (first, newest)
    )
    return float(np.sum((now - was) * np.log(now / was))), len(edges) + 1


def _shift(first: NDArray[np.float64], newest: NDArray[np.float64]) -> tuple[float | None, DriftVerdict]:
    if min(len(first), len(newest)) < LEAST:
        return None, DriftVerdict.TOO_FEW
    index, bins = stability_index(first, newest)
    # By chance alone, the index is about (1/n + 1/m) times a chi-squared with one degree less than there are bins.
    by_chance = chi2.ppf(1 - CHANCE, max(1, bins - 1)) * (1 / len(first) + 1 / len(newest))
    return index, DriftVerdict.ALARM if index > max(STABILITY_FROM, by_chance) else DriftVerdict.STEADY


def _calibration(
    scores: NDArray[np.float64], left: NDArray[np.bool_]
) -> tuple[float | None, float | None, DriftVerdict]:
    if len(scores) < LEAST:
        return None, None, DriftVerdict.TOO_FEW
    expected, observed = float(scores.mean()), float(left.mean())
    variance = float(np.sum(scores * (1 - scores))) / len(scores) ** 2
    by_chance = (chi2.ppf(1 - CHANCE, 1) * variance) ** 0.5
    is_false = abs(expected - observed) > max(DISTANCE_FROM, by_chance)
    return expected, observed, DriftVerdict.ALARM if is_false else DriftVerdict.STEADY


class DriftReader(Protocol):
    """Where scores are read; one transaction."""

    def seen(self, client: ClientId, season: SeasonId) -> ScoreSample | None:
        """What the client's newest model has done; None where nothing was scored."""


def watch(
    clients: Sequence[Client],
    reader: DriftReader,
    switch: StopSwitch,
    signed: Collection[str],
    ledger: Ledger,
    clock: Clock,
    person: str,
) -> list[Drift]:
    """Look at each client, stop those with an alarm, and record what was found; the ledger is signed.

    `signed` are the reasons of all stops so far: what was stopped over once is the privacy owner's to resume.
    """
    seen = [(one.client_id, reader.seen(one.client_id, one.contract.scores)) for one in clients]
    found = [look(client, scores) for client, scores in seen if scores is not None]
    for one in found:
        if one.is_alarm and one.because not in signed:
            switch.stop(SwitchScope(client_id=one.client_id), person, one.because, consents_doubted=False)
    ledger.append([drift_entry(found, clock)])
    ledger.sign(clock.real())
    return found


def drift_entry(found: Sequence[Drift], clock: Clock) -> NewEntry:
    """A look by its hash and its alarms, for the ledger."""
    rows = [
        [one.client_id, one.model_id, _said(one.stability_index), one.shift, _said(one.mean_risk), one.calibration]
        for one in found
    ]
    payload: dict[str, object] = {
        "audit": "drift",
        "clients": len(found),
        "alarms": sorted(one.client_id for one in found if one.is_alarm),
        "result_sha256": hashlib.sha256(canonical(rows)).hexdigest(),
    }
    return NewEntry(EntryType.AUDIT, clock.now(), payload)


def _said(value: float | None) -> str | None:
    return None if value is None else f"{value:.6f}"
