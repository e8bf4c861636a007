"""Score those whom the gate cleared, each by the model of the client that asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kanmon.clients.categories import ScoreScale
from kanmon.clients.contract import ScoreTarget
from kanmon.core.ids import ApplicantNo, ClientId, EvidenceId, ModelId
from kanmon.features.definition import OF_COVERED_SITES
from kanmon.features.parts import LogOddsParts
from kanmon.features.service import FeatureTable
from kanmon.features.untrained import UntrainedCounts
from kanmon.gate.decision import Clearance
from kanmon.lake.cleared import ClearedPerson
from kanmon.scoring.explanation import MILLION, Explanation, Reason
from kanmon.scoring.score import NotScorable, Score

REASONS_KEPT = 8
"""How many of the strongest parts are kept for the person and the privacy owner."""


@dataclass(frozen=True, slots=True)
class ComputedDetail:
    """What is kept inside beside a score."""

    explanation: Explanation
    risk: float
    active_days: int
    """See `features.untrained`."""
    recency: int | None


@dataclass(frozen=True, slots=True)
class ScoredApplicant:
    """The answer for one cleared applicant: a score or why there is none, and the consent it rests on."""

    applicant_no: ApplicantNo
    evidence_id: EvidenceId | None
    answer: Score | NotScorable
    model_id: ModelId | None = None
    detail: ComputedDetail | None = None
    """None where there is no score."""
    confirmed_at: datetime | None = None
    """When the consent that the client obtained was confirmed, where the score rests on it (scheme A)."""


class ScoringModel(Protocol):
    """A fitted model, as scoring needs it."""

    @property
    def scale(self) -> ScoreScale:
        """The scale of its scores."""

    @property
    def target(self) -> ScoreTarget:
        """What it foresees."""

    def speaks_of(self, next_act: str | None) -> bool:
        """Whether it speaks of whoever may leave by this act next; None where that isn't known."""

    def taken_apart(self, features: FeatureTable) -> LogOddsParts:
        """The log-odds of leaving of each row of one cohort."""

    def scores(self, risks: NDArray[np.float64]) -> NDArray[np.float64]:
        """The values on its scale of these risks, from 0 to 1, (n,)."""

    def knows_people_without_history(self) -> bool:
        """Whether it learned from enough people who had done nothing before `as_of`."""


class ScoringEngine(Protocol):
    """Applies models where features are computed; every engine gives the same."""

    def reckon(self, cleared: Sequence[ClearedPerson], models: Mapping[ClientId, Sequence[ScoringModel]]) -> pa.Table:
        """`RECKONED_SCHEMA`: one row for each cleared person, in the order given; each client must have a model.

        Where a client has a model for each act, a person is compared with those of whom the same one speaks.
        """


RECKONED_SCHEMA = pa.schema(
    [
        ("has_history", pa.bool_()),
        ("score", pa.float64()),
        ("risk", pa.float64()),
        ("base", pa.int64()),
        ("rest", pa.int64()),
        ("is_among_last_year", pa.bool_()),
        ("names", pa.list_(pa.string())),
        ("values", pa.list_(pa.float64())),
        ("below", pa.list_(pa.float64())),
        ("above", pa.list_(pa.float64())),
        ("parts", pa.list_(pa.int64())),
        ("active_days", pa.int64()),
        ("recency", pa.int64()),
        ("predicted", pa.string()),
    ]
)
"""What a model says of a person: the score, and what is kept inside; inputs that counted most, strongest first.

All is null where no model of the client speaks of the person.
"""
NEXT_ACT = pa.field("next_act", pa.string())
"""The column beside features that says of whom a model speaks."""


def reckoned_by_act(features: FeatureTable, models: Sequence[ScoringModel]) -> pa.Table:
    """`RECKONED_SCHEMA` for each row of one client's whole cohort, each by the model that speaks of it."""
    acts = features.table[NEXT_ACT.name].to_pylist()
    found, order = [], []
    for model in models:
        places = [place for place, act in enumerate(acts) if model.speaks_of(act)]
        if places:
            found.append(reckoned(FeatureTable(features.table.take(pa.array(places))), model))
            order += places
    silent = sorted(set(range(len(acts))) - set(order))
    found.append(pa.table([pa.nulls(len(silent), field.type) for field in RECKONED_SCHEMA], RECKONED_SCHEMA))
    return pa.concat_tables(found).take(pa.array(np.argsort(order + silent, kind="stable")))


def reckoned(features: FeatureTable, model: ScoringModel) -> pa.Table:
    """`RECKONED_SCHEMA` for each row of one client's whole cohort.

    Log-odds are rounded to whole millionths before the risk and the score follow from them.
    """
    apart = model.taken_apart(features)
    parts = np.rint(apart.parts * MILLION).astype(np.int64)
    base = round(apart.base * MILLION)
    values = np.column_stack([features.column(name) for name in apart.names])
    strongest = _strongest(apart.names, values, parts)
    risk = 1 / (1 + np.exp(-(base + parts.sum(axis=1)) / MILLION))
    untrained = UntrainedCounts.of(features)

    def kept(rows: NDArray[Any]) -> NDArray[Any]:
        return np.take_along_axis(rows, strongest, axis=1)

    n = len(features)
    return pa.table(
        [
            pa.array(features.has_history()),
            pa.array(model.scores(risk)),
            pa.array(risk),
            pa.array(np.full(n, base)),
            pa.array(parts.sum(axis=1) - kept(parts).sum(axis=1)),
            pa.array(np.full(n, apart.is_among_last_year)),
            _lists(np.asarray(apart.names, dtype=object)[strongest]),
            _lists(kept(values)),
            _lists(kept(np.round(apart.below, 6))),
            _lists(kept(np.round(apart.above, 6))),
            _lists(kept(parts)),
            pa.array(untrained.active_days.astype(np.int64)),
            pa.array(untrained.recency, from_pandas=True).cast(pa.int64()),
            pa.array([model.target.value] * n, pa.string()),
        ],
        RECKONED_SCHEMA,
    )


def _strongest(names: Sequence[str], values: NDArray[np.float64], parts: NDArray[np.int64]) -> NDArray[np.intp]:
    """The places of the parts that are kept, strongest first; of partner sites, all that the person's words let in."""
    strength = np.abs(parts)
    is_always_kept = np.isin(names, sorted(OF_COVERED_SITES)) & ~np.isnan(values)
    first = np.lexsort((-strength, ~is_always_kept), axis=1)[:, :REASONS_KEPT]
    in_order = np.argsort(np.take_along_axis(-strength, first, axis=1), axis=1, kind="stable")
    return np.take_along_axis(first, in_order, axis=1)


def scored(
    clearances: Sequence[Clearance], reckoned: pa.Table, model_id: ModelId, models: Sequence[ScoringModel]
) -> list[ScoredApplicant]:
    """The answer for each cleared applicant; `reckoned` holds one row for each clearance, in that order.

    A person without any history is scored only where the model learned from such people, and nobody of whom no model
    speaks.
    """
    by_target = {model.target.value: model for model in models}
    return [
        _answer(clearance, row, model_id, by_target.get(row["predicted"]))
        for clearance, row in zip(clearances, reckoned.to_pylist(), strict=True)
    ]


def _answer(
    clearance: Clearance, row: Mapping[str, Any], model_id: ModelId, model: ScoringModel | None
) -> ScoredApplicant:
    if model is None:
        return _without_score(clearance, NotScorable.STAGE_NOT_MODELLED)
    if not row["has_history"] and not model.knows_people_without_history():
        return _without_score(clearance, NotScorable.NO_HISTORY)
    return ScoredApplicant(
        applicant_no=clearance.applicant_no,
        evidence_id=clearance.evidence_id,
        answer=Score.nearest(row["score"], model.scale),
        model_id=model_id,
        detail=_detail(row, clearance.partner_sites),
        confirmed_at=clearance.confirmed_at,
    )


def _detail(row: Mapping[str, Any], covered: tuple[str, ...] = ()) -> ComputedDetail:
    lists = (row[name] for name in ("names", "values", "below", "above", "parts"))
    reasons = tuple(Reason(*reason) for reason in zip(*lists, strict=True))
    sites = covered if OF_COVERED_SITES & set(row["names"]) else ()
    explanation = Explanation(
        row["base"], reasons, row["rest"], row["is_among_last_year"], sites, ScoreTarget(row["predicted"])
    )
    return ComputedDetail(explanation, row["risk"], row["active_days"], row["recency"])


def not_scorable(clearances: Sequence[Clearance], why: NotScorable) -> list[ScoredApplicant]:
    """The same answer for all: there is no score."""
    return [_without_score(clearance, why) for clearance in clearances]


def _lists(rows: NDArray[Any]) -> pa.ListArray:
    """The rows of a matrix as lists."""
    offsets = np.arange(len(rows) + 1, dtype=np.int32) * rows.shape[1]
    return pa.ListArray.from_arrays(offsets, pa.array(rows.ravel(), from_pandas=True))


def _without_score(clearance: Clearance, why: NotScorable) -> ScoredApplicant:
    return ScoredApplicant(clearance.applicant_no, clearance.evidence_id, why, confirmed_at=clearance.confirmed_at)
