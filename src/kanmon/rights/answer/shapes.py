"""What `kanmon subject show`, `answer`, `receipts` and `training` print with `--json`."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict

from kanmon.rights.shapes import HandedOverResult, IncidentEffectResult


class ConsentActResult(TypedDict):
    """An act of consent, refusal or withdrawal."""

    evidence_id: int
    member_id: str
    occurred_at: str
    screen_id: str
    text_sha256: str
    action: str
    client_id: str | None
    """The one recipient that it is about; null for all."""
    refusable: bool | None
    """Whether the person could use the function while refusing; null where it isn't known."""
    ledger_seq: int | None
    latest_at: str | None
    """The latest moment at which it can have been, where the moment is not exact."""
    given_by: str | None
    relation: str | None
    """Of a representative who gave it."""


class AlikeResult(TypedDict):
    """Last year's people with neighbouring scores, and how many of them left."""

    begins: float
    ends: float
    people: int
    left: int


class InputResult(TypedDict):
    """One input of a score, in words and numbers."""

    meaning_ja: str
    meaning_en: str
    words_ja: str
    words_en: str
    value: float | None
    share_below: float
    """The share of last year's people with less."""
    share_above: float
    part_in_log_odds: float
    raises_the_score: bool


class ScoreResult(TypedDict):
    """One score about the person, or why there is none."""

    score_no: int
    client_id: str
    client_name: str
    applicant_id: str
    computed_at: str
    as_of: str
    """Nothing at or after it counted."""
    score: str | None
    """Four decimals, as it is written in the report."""
    not_scorable: str | None
    stale_at: str | None
    model_id: str | None
    scale: str | None
    predicted: str | None
    """Which act of leaving it is about."""
    last_year: AlikeResult | None
    inputs: Sequence[InputResult]
    everything_else: float | None
    """The part of all other inputs, in log odds."""
    log_odds: float | None
    evidence_id: int | None


class TrainedModelResult(TypedDict):
    """A model that the person's history trained."""

    client_id: str
    client_name: str
    model_id: str
    season: str
    version: int
    trained_at: str
    evidence_id: int | None
    ledger_seq: int | None


class EndedModelResult(TrainedModelResult):
    """The same, with when the model went out of use."""

    ended_at: str | None


class PersonHold(TypedDict):
    """A hold on the person."""

    held_at: str
    client_id: str | None


class SubjectResult(TypedDict):
    """Everything that was done with a person's data."""

    member_id: str
    registered_at: str
    consents: Sequence[ConsentActResult]
    scores: Sequence[ScoreResult]
    provisions: Sequence[Mapping[str, object]]
    """The records of what went to whom, each with its `ledger_seq`."""
    handed_over: Sequence[HandedOverResult]
    incidents: Sequence[IncidentEffectResult]
    training: Sequence[TrainedModelResult]
    holds: Sequence[PersonHold]


class AnswerResult(TypedDict):
    """Where the answer was written to."""

    file: str


class TrainingAnswer(TypedDict):
    """The models that a member's history trained."""

    training: Sequence[EndedModelResult]


class ReceiptsResult(TypedDict):
    """The receipts that were written."""

    folder: str
    receipts: Sequence[str]
    """Their names in the folder."""
