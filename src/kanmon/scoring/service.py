"""Score those whom the gate cleared, each by the model of the client that asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from kanmon.core.ids import ApplicantNo, ClientId, EvidenceId, ModelId
from kanmon.features.service import FeatureTable
from kanmon.gate.decision import Clearance
from kanmon.lake.cleared import ClearedPerson
from kanmon.scoring.score import NotScorable, Score

REASONS_KEPT = 8
"""How many of the strongest signed contributions are kept for the person and the privacy owner."""


@dataclass(frozen=True, slots=True)
class ScoredApplicant:
    """The answer for one cleared applicant: a score or why there is none, and the consent it rests on."""

    applicant_no: ApplicantNo
    evidence_id: EvidenceId | None
    answer: Score | NotScorable
    model_id: ModelId | None = None
    contributions: Mapping[str, float] | None = None
    """Signed contributions to the index by feature, strongest first."""
    confirmed_at: datetime | None = None
    """When the consent that the client obtained was confirmed, where the score rests on it (scheme A)."""


class ScoringModel(Protocol):
    """A fitted model, as scoring needs it."""

    def index(self, features: FeatureTable) -> NDArray[np.float64]:
        """An index from 0 to 1 for each row, (n,); higher means more likely to leave."""

    def contributions(self, features: FeatureTable) -> tuple[list[str], NDArray[np.float64]]:
        """Names of the inputs, and the signed contribution of each to each row's index, (n, inputs)."""

    def knows_people_without_history(self) -> bool:
        """Whether it learned from enough people who had done nothing before `as_of`."""


class ScoringEngine(Protocol):
    """Applies models where features are computed; every engine gives the same."""

    def reckon(self, cleared: Sequence[ClearedPerson], models: Mapping[ClientId, ScoringModel]) -> pa.Table:
        """`RECKONED_SCHEMA`: one row for each cleared person, in the order given; each client must have a model."""


RECKONED_SCHEMA = pa.schema(
    [
        ("has_history", pa.bool_()),
        ("index", pa.float64()),
        ("names", pa.list_(pa.string())),
        ("contributions", pa.list_(pa.float64())),
    ]
)
"""What a model says of a person: an index from 0 to 1, and the inputs that contributed most, strongest first."""


def reckoned(features: FeatureTable, model: ScoringModel) -> pa.Table:
    """`RECKONED_SCHEMA` for each row of one client's whole cohort."""
    names, contributions = model.contributions(features)
    strongest = np.argsort(-np.abs(contributions), axis=1)[:, :REASONS_KEPT]
    kept = np.round(np.take_along_axis(contributions, strongest, axis=1), 6)
    return pa.table(
        [
            pa.array(features.has_history()),
            pa.array(model.index(features)),
            _lists(np.asarray(names, dtype=object)[strongest]),
            _lists(kept),
        ],
        RECKONED_SCHEMA,
    )


def scored(
    clearances: Sequence[Clearance], reckoned: pa.Table, model_id: ModelId, answers_empty: bool
) -> list[ScoredApplicant]:
    """The answer for each cleared applicant; `reckoned` holds one row for each clearance, in that order.

    A person without any history is scored only where the model `answers_empty`: it learned from such people.
    """
    columns = [reckoned[name].to_pylist() for name in RECKONED_SCHEMA.names]
    return [
        ScoredApplicant(
            applicant_no=clearance.applicant_no,
            evidence_id=clearance.evidence_id,
            answer=Score.from_index(index),
            model_id=model_id,
            contributions=dict(zip(names, contributions, strict=True)),
            confirmed_at=clearance.confirmed_at,
        )
        if has_history or answers_empty
        else _without_score(clearance, NotScorable.NO_HISTORY)
        for clearance, has_history, index, names, contributions in zip(clearances, *columns, strict=True)
    ]


def not_scorable(clearances: Sequence[Clearance], why: NotScorable) -> list[ScoredApplicant]:
    """The same answer for all: there is no score."""
    return [_without_score(clearance, why) for clearance in clearances]


def _lists(rows: NDArray[Any]) -> pa.ListArray:
    """The rows of a matrix as lists."""
    offsets = np.arange(len(rows) + 1, dtype=np.int32) * rows.shape[1]
    return pa.ListArray.from_arrays(offsets, pa.array(rows.ravel()))


def _without_score(clearance: Clearance, why: NotScorable) -> ScoredApplicant:
    return ScoredApplicant(clearance.applicant_no, clearance.evidence_id, why, confirmed_at=clearance.confirmed_at)
