"""What is told of a row that was handed over, and of an incident that affects a person."""

from typing_extensions import TypedDict


class HandedOverResult(TypedDict):
    """A row that a client handed over, and what became of it."""

    client_id: str
    client_name: str
    season: str
    applicant_id: str
    applied_at: str
    handling: str
    scores: int
    provided: int


class IncidentEffectResult(TypedDict):
    """How an incident affects the person."""

    incident_id: str
    title: str
    company: str
    went: bool
    went_at: str | None
    would_have_gone_at: str | None
    is_certain: bool
    written_at: str | None
    """When the person was written to."""
