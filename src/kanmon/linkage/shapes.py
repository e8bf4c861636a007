"""What `kanmon link review` and `preflight` print with `--json`."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict


class LinkCandidate(TypedDict):
    """A member whom a row may be about."""

    member_id: str
    match_weight: float | None
    """In bits; null where the linker gave none."""
    given_names: str
    """How far the given names agree."""
    personal: Mapping[str, str | None]
    """The member's personal data, by column."""


class WaitingApplicant(TypedDict):
    """A row that waits for a person's look."""

    client_id: str
    season: str
    applicant_id: str
    personal: Mapping[str, str | None]
    """The row's personal data, by column."""
    candidates: Sequence[LinkCandidate]


class DecidedLink(TypedDict):
    """What a person decided about a row."""

    client_id: str
    season: str
    applicant_id: str
    decision: str
    member_id: str | None


class LinkReviewResult(TypedDict):
    """What was decided, and what waits."""

    decided: Sequence[DecidedLink]
    waiting: Sequence[WaitingApplicant]


class ColumnRecovery(TypedDict):
    """A way by which cells were told to be a member's data."""

    known: str
    """Which data of members they are."""
    digest: str | None
    """The hash function that they went through; null for plain text."""
    written: str | None
    """How the data was written before hashing."""
    cells: int
    examples: Sequence[str]


class ExaminedColumn(TypedDict):
    """Which class a column is, and why."""

    column: str
    because: str
    cells: int
    recovered: int
    share: float
    """Of the cells, those recovered."""
    recoveries: Sequence[ColumnRecovery]


_Class = TypedDict("_Class", {"class": str})


class ColumnResult(ExaminedColumn, _Class):
    """One column of a file; `class` is what it is."""


class PreflightResult(TypedDict):
    """An intake file, attacked with members' data before it is loaded."""

    file: str
    rows: int
    members: int
    verdict: str
    refused: Sequence[str]
    """Columns that may not be handed over so."""
    columns: Sequence[ColumnResult]
