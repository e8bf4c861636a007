"""What `kanmon evaluate` and `approve` print with `--json`. A client's evaluation stands under its ID."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict


class ApprovalResult(TypedDict):
    """Who approved which model version."""

    model: str
    approved_by: str


class EvaluatedCategory(TypedDict):
    """How many of a category's people left."""

    symbol: str
    n: int
    left: int
    share_left: float | None
    lift: float | None
    """Their share against that of all."""


class EvaluatedFigures(TypedDict):
    """How well scores foresaw outcomes; Brier and ECE judge the calibrated risk that is kept inside."""

    n: int
    positives: int
    auc: float | None
    average_precision: float | None
    brier: float | None
    brier_prior: float | None
    """Brier where everybody had the base rate."""
    ece: float | None
    auc_low: float | None
    auc_high: float | None
    average_precision_low: float | None
    average_precision_high: float | None


class EvaluatedPart(EvaluatedFigures):
    """The same of one act of leaving."""

    predicted: str


class ClientEvaluation(EvaluatedFigures):
    """One client's scores against the outcomes that were loaded."""

    auc_active_days: float | None
    auc_recency: float | None
    partner_sites_n: int
    """People of whom history of partner sites counted."""
    auc_without_partner_sites: float | None
    categories: Sequence[EvaluatedCategory]
    parts: Sequence[EvaluatedPart]


EvaluationResult = Mapping[str, ClientEvaluation]
