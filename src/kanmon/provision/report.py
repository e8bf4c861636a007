"""What a client is given: one row for each applicant it handed over, in its own order, and a first page.

`COLUMNS` is the one table of the columns of a report. The CSV, the XLSX, the PDF and the client's page walk it, and so
do the instructions for use and the items that the record and the receipt name.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kanmon.clients.categories import ScoreScale
from kanmon.clients.contract import ScoreTarget
from kanmon.core.ids import ApplicantId, ClientId, ModelId, ProvisionId, RunId
from kanmon.core.language import N_
from kanmon.provision.shapes import ReportLine
from kanmon.provision.wording import check_ordinal, written_score


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One applicant's line; `score` is in ten-thousandths, None where the contract's word for no score stands.

    No consent, no match and not computable all look alike here: a client never learns who refused (DM-01).
    """

    applicant_id: ApplicantId
    score: int | None
    category: str | None

    @property
    def facts(self) -> ReportLine:
        """The line as plain values, the score from 0 to 1."""
        score = None if self.score is None else float(written_score(self.score))
        return {"applicant_id": self.applicant_id, "score": score, "category": self.category}


@dataclass(frozen=True)
class Report:
    """A whole report as it will leave, still without a format."""

    client_id: ClientId
    client_name: str
    provider_name: str
    provision_id: ProvisionId
    run_id: RunId
    provided_at: datetime
    real_at: datetime | None
    """The machine's own moment where this is a replay, else None."""
    model_id: ModelId | None
    law_profile_id: str
    purpose: str
    prohibited_uses: tuple[str, ...]
    score_column: str
    no_score: str
    category_symbols: tuple[tuple[str, float | None], ...]
    """Symbols with their cut-offs, highest first; empty where the contract has none.

    A share of a cohort in which nobody has a score begins nowhere: None.
    """
    rows: tuple[ReportRow, ...]
    decision_lock: bool = False
    """Whether every score waits for the client's decision; as in the contract then."""
    withheld_share: float | None = None
    """The share of applicants whose scores wait for it, for the use audit; None without one."""
    is_encrypted: bool = False
    """Whether it goes in an encrypted file only, as words that somebody in it agreed to promise (E15)."""
    password: str | None = field(default=None, repr=False)
    """What opens that file; kept with the keys of the rows alone, and None where it was destroyed."""
    scale: ScoreScale = ScoreScale.RISK
    """What the scores mean; a report that names no scale is from before there were scales."""
    category_shares: tuple[tuple[str, float], ...] = ()
    """The symbols that the contract gives to a share of this year's scored, with all above them, and that share."""

    foreseen: tuple[ScoreTarget, ...] = ()
    """The acts that scores speak of, where each is of one alone; empty where they are of both."""

    def share_of(self, symbol: str) -> float | None:
        """The share that the contract gives a symbol to; None where the symbol has a cut-off of its own."""
        return dict(self.category_shares).get(symbol)


class ColumnKind(StrEnum):
    """What a column holds, from which each file takes its width and alignment."""

    ID = "id"
    """The client's own words, as long as they may be."""
    SCORE = "score"
    """A score in ten-thousandths, or the contract's word for none."""
    SYMBOL = "symbol"
    """A few characters, or nothing."""


@dataclass(frozen=True)
class ReportColumn:
    """One column of the rows."""

    item: str
    """What the record of the provision calls it: consent must cover each item that is provided (E10)."""
    meaning: str
    """What the receipt calls it; the id of a message."""
    kind: ColumnKind
    heading: Callable[[Report], str]
    value: Callable[[ReportRow], str | int | None]
    with_categories: bool = False
    """Whether the column is there only where the contract has categories."""

    def text(self, report: Report, row: ReportRow) -> str:
        """The cell of a row in words."""
        value = self.value(row)
        if isinstance(value, int):
            return written_score(value)
        return value or (report.no_score if self.kind is ColumnKind.SCORE else "")


PLAIN_FILES = ("report.csv", "report.xlsx", "report.pdf")
ENCRYPTED_FILE = "report.zip"
COLUMNS: tuple[ReportColumn, ...] = (
    ReportColumn(
        item="applicant_id",
        meaning=N_("your own ID of the applicant"),
        kind=ColumnKind.ID,
        heading=lambda _: "applicant_id",
        value=lambda row: row.applicant_id,
    ),
    ReportColumn(
        item="score",
        meaning=N_("the score, an ordinal index"),
        kind=ColumnKind.SCORE,
        heading=lambda report: report.score_column,
        value=lambda row: row.score,
    ),
    ReportColumn(
        item="category",
        meaning=N_("the category, a coarser way of writing the score"),
        kind=ColumnKind.SYMBOL,
        heading=lambda _: "区分",
        value=lambda row: row.category,
        with_categories=True,
    ),
)
"""The columns of a report in their order."""


def file_names(report: Report) -> tuple[str, ...]:
    """The files by which a report goes: three, or in their place an encrypted one that holds them."""
    return (ENCRYPTED_FILE,) if report.is_encrypted else PLAIN_FILES


def columns(has_categories: bool) -> tuple[ReportColumn, ...]:
    """The columns of a report under a contract with or without categories."""
    return tuple(column for column in COLUMNS if has_categories or not column.with_categories)


def columns_of(report: Report) -> tuple[ReportColumn, ...]:
    """The columns of `report`, the same in each of its files and on the page."""
    return columns(bool(report.category_symbols))


def highest_first(report: Report) -> list[ReportRow]:
    """The rows with a score, the highest first, and those of one score in the client's order."""
    scored = [(row.score, row) for row in report.rows if row.score is not None]
    return [row for _, row in sorted(scored, key=lambda pair: -pair[0])]


def headings(report: Report) -> tuple[str, ...]:
    """The headings of the columns of `report`; raises ProbabilityLanguage."""
    written = tuple(column.heading(report) for column in columns_of(report))
    check_ordinal(report.client_id, (*written, report.no_score, *(symbol for symbol, _ in report.category_symbols)))
    return written


def cells(report: Report, row: ReportRow) -> tuple[str, ...]:
    """A row of `report` in words, a cell for each column."""
    return tuple(column.text(report, row) for column in columns_of(report))
