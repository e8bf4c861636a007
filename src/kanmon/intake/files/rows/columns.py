"""The tables of the contract, column by column, as data: what each cell must be."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from kanmon.consent.evidence import GIVERS, RELATIONS
from kanmon.core.canonical import TextForm


class CellKind(StrEnum):
    """What a cell holds; the value is its type in the staged Parquet."""

    TEXT = "VARCHAR"
    TIME = "TIMESTAMP WITH TIME ZONE"
    DATE = "DATE"
    COUNT = "INTEGER"
    FLAG = "BOOLEAN"


HAPPENED = timedelta(days=1)
"""How far ahead a deed may seem to lie: clocks differ."""
PLANNED = timedelta(days=731)
"""How far ahead a moment may lie that can be agreed on before it comes."""


@dataclass(frozen=True)
class Column:
    """One column of a table; `latest` is how far ahead of the moment of loading a time may lie."""

    name: str
    kind: CellKind = CellKind.TEXT
    is_required: bool = True
    latest: timedelta = PLANNED
    allowed: tuple[str, ...] = ()
    is_hash: bool = False
    default: str | None = None
    """The SQL literal that stands for an empty cell."""
    form: TextForm = TextForm.ID
    """Of a text: whether it is an ID or words (docs/ids.md)."""
    costs_row: bool = True
    """Whether a value that can't be taken costs its row. It does where the column must be filled, or where an empty
    cell says something else, which would open something: for all clients, of the own board, by whom."""
    is_read_late: bool = False
    """Whether a moment that is not exact counts from its latest: what has only come true by then opens something."""

    @property
    def is_free_text(self) -> bool:
        """Whether a cell is a text that is not one of a few words, and no hash."""
        return self.kind is CellKind.TEXT and not self.is_hash and not self.allowed


@dataclass(frozen=True)
class Dataset:
    """One table of a folder. Of two lines with the same `key` the later is refused unless they say the same.

    Without a key a line is a fact of its own: `is_set` says that the same fact, told twice, is one.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    named_by: str = ""
    """The column that is told where two lines name the same row."""
    takes_first: bool = True
    """Whether of lines that contradict each other the first is taken; else none is, for nobody knows which is true."""
    is_set: bool = False
    any_of: tuple[str, ...] = ()
    """Columns of which a row fills at least one."""
    moment: str = ""
    """The time that says when an act happened. Beside it are staged its latest possible moment, `latest_at`, and when
    the file was read, `known_at`."""
    is_large: bool = False
    """Whether a file in which nothing is to be changed is staged as it is, since writing it anew is dear."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, in the contract's order."""
        return tuple(column.name for column in self.columns)

    @property
    def staged(self) -> tuple[str, ...]:
        """The names of the staged columns."""
        return (*self.names, *(["latest_at", "known_at"] if self.moment else []))

    @property
    def weighs_moments(self) -> bool:
        """Whether it matters how exactly a time is written."""
        return bool(self.moment) or any(column.is_read_late for column in self.columns)


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name) for name in names)


def _words(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, form=TextForm.WORDS) for name in names)


def _about(*names: str) -> tuple[Column, ...]:
    """Words about a person, a page or a look, which say nothing where they are empty."""
    return tuple(Column(name, is_required=False, form=TextForm.WORDS, costs_row=False) for name in names)


def _optional(*columns: Column) -> tuple[Column, ...]:
    return tuple(replace(column, is_required=False) for column in columns)


def _happened(name: str, *, is_read_late: bool = False) -> Column:
    return Column(name, CellKind.TIME, latest=HAPPENED, is_read_late=is_read_late)


_PERSONAL = (
    *_about("family_name", "given_name", "family_kana", "given_kana"),
    Column("birth_date", CellKind.DATE, is_required=False, latest=HAPPENED, costs_row=False),
    *_about("email", "university"),
)
_HASH = Column("text_sha256", is_hash=True)
_OUTCOMES = ("selection_withdrawal", "offer_decline", "joined", "rejected", "other")

MEMBERS = Dataset(
    "members",
    (*_text("member_id", "season"), _happened("registered_at"), *_PERSONAL, *_about("phone")),
    key=("member_id",),
    named_by="member_id",
)
IDENTITIES = Dataset(
    "identities", (*_text("cookie_id", "member_id"), _happened("seen_at", is_read_late=True)), is_set=True
)
EVENTS = Dataset(
    "events",
    (
        _happened("occurred_at", is_read_late=True),
        *_optional(*_text("cookie_id", "member_id")),
        *_words("kind"),
        Column("target", is_required=False, costs_row=False),
        *_about("page"),
        Column("weight", CellKind.COUNT, is_required=False, default="1", costs_row=False),
        *_optional(*_text("site")),
    ),
    any_of=("cookie_id", "member_id"),
    is_large=True,
)
CONSENTS = Dataset(
    "consents",
    (
        _happened("occurred_at"),
        *_text("member_id", "screen_id"),
        _HASH,
        Column("action", allowed=("accept", "refuse", "withdraw")),
        *_optional(
            *_text("client_id"),
            Column("refusable", CellKind.FLAG, costs_row=False),
            Column("given_by", allowed=GIVERS),
            Column("relation", allowed=RELATIONS, costs_row=False),
        ),
    ),
    is_set=True,
    moment="occurred_at",
)
RENDERINGS = Dataset(
    "renderings",
    (*_text("screen_id"), _happened("occurred_at"), _HASH, *_about("verified_by")),
    is_set=True,
)
NOTICES = Dataset(
    "notices",
    (
        *_text("member_id"),
        _happened("occurred_at", is_read_late=True),
        *_words("kind"),
        *_optional(*_text("client_id")),
    ),
    is_set=True,
)
APPLICANTS = Dataset(
    "applicants",
    (
        *_text("client_id", "applicant_id", "season"),
        Column("applied_at", CellKind.TIME),
        Column("as_of", CellKind.TIME),
        *_optional(*_words("stage"), *_text("member_id", "cookie_id")),
        *_PERSONAL,
    ),
    key=("client_id", "season", "applicant_id"),
    named_by="applicant_id",
)
CONFIRMATIONS = Dataset(
    "confirmations",
    (
        *_text("client_id", "applicant_id", "season"),
        _happened("confirmed_at", is_read_late=True),
        *_words("method"),
        *_optional(
            _happened("obtained_at", is_read_late=True),
            Column("covers_training", CellKind.FLAG, costs_row=False),
            _happened("withdrawn_at"),
        ),
    ),
    key=("client_id", "season", "applicant_id"),
    named_by="applicant_id",
)
OUTCOMES = Dataset(
    "outcomes",
    (
        *_text("client_id", "applicant_id", "season"),
        Column("outcome", allowed=_OUTCOMES),
        Column("outcome_at", CellKind.TIME, is_read_late=True),
    ),
    key=("client_id", "season", "applicant_id"),
    named_by="applicant_id",
)
DECISIONS = Dataset(
    "decisions",
    (*_text("client_id", "applicant_id"), *_words("stage", "decision"), _happened("decided_at", is_read_late=True)),
    key=("client_id", "applicant_id", "stage"),
    named_by="applicant_id",
    takes_first=False,
)

DATASETS: Mapping[str, Dataset] = {
    dataset.name: dataset
    for dataset in (
        MEMBERS, IDENTITIES, EVENTS, CONSENTS, RENDERINGS, NOTICES, APPLICANTS, CONFIRMATIONS, OUTCOMES,
        DECISIONS,
    )
}  # fmt: skip
"""Every table of the contract by its name, which is also that of its file."""
NEEDED = ("members", "events", "applicants")
"""Without these there is nothing to begin with."""
