"""Papers of a client: the use agreement, its published notice, and staff's checks before and after use (S12, EMP-05).

A paper counts from the moment at which it was put in, and never before: a check that is recorded after a provision says
nothing for that provision. What a check forbids is forbidden until a later check of the same season allows it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import PurePath

from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, SeasonId
from kanmon.core.language import N_

MOST_BYTES = 20_000_000
"""How large a file may be of which the hash is taken."""


class PaperKind(StrEnum):
    """What a paper is."""

    USE_AGREEMENT = "use_agreement"
    """The client's signed agreement on what it may and may not do with scores."""
    CLIENT_NOTICE = "client_notice"
    """The client's published notice that it receives scores, and what for (EMP-04)."""
    CHECK_BEFORE_USE = "check_before_use"
    CHECK_AFTER_USE = "check_after_use"

    @property
    def is_check(self) -> bool:
        """Whether staff asked and the client answered."""
        return self in (PaperKind.CHECK_BEFORE_USE, PaperKind.CHECK_AFTER_USE)


class CheckFinding(StrEnum):
    """What a check found."""

    MAY_USE = "may_use"
    WITH_CONDITIONS = "with_conditions"
    MAY_NOT_USE = "may_not_use"


@dataclass(frozen=True)
class PaperFile:
    """A file of a paper, known by its hash; the file itself stays where the platform keeps its papers."""

    name: str
    sha256: str
    size: int

    @classmethod
    def of(cls, name: str, content: bytes) -> "PaperFile":
        """A file by its content; `UsageError` for one that is empty, too large or has no name."""
        bare = PurePath(name.replace("\\", "/")).name
        if not bare or not content:
            raise UsageError(N_("the paper is empty, or has no name"))
        if len(content) > MOST_BYTES:
            raise UsageError(N_("a paper of more than %(most)s bytes is not taken"), most=f"{MOST_BYTES:,}")
        return cls(bare, hashlib.sha256(content).hexdigest(), len(content))


@dataclass(frozen=True)
class UseCheck:
    """What staff asked about the use of one season's scores, what the client answered, and what follows."""

    season: SeasonId
    questions: str
    """The version of the questions: see `questions`."""
    answers: Mapping[str, str]
    """By question."""
    finding: CheckFinding
    conditions: str = ""
    """Under which the client may use scores; empty unless the finding names some."""


@dataclass(frozen=True)
class StatingLoad:
    """The load whose `service.yaml` stated a contract: the paper of a date that has none of its own."""

    ledger_seq: int
    loaded_at: datetime


@dataclass(frozen=True)
class PaperDraft:
    """A paper as somebody of the platform's staff puts it in."""

    kind: PaperKind
    dated_on: date | None
    """The day on which it was signed, published or checked; None: today."""
    client_person: str
    """Who signed, published or answered at the client."""
    files: Sequence[PaperFile] = ()
    answers: Mapping[str, str] | None = None
    finding: CheckFinding | None = None
    conditions: str = ""


@dataclass(frozen=True)
class ClientPaper:
    """A paper as it was recorded, for good; instants in UTC."""

    client_id: ClientId
    kind: PaperKind
    dated_at: datetime
    client_person: str
    files: tuple[PaperFile, ...]
    check: UseCheck | None
    """Of a check."""
    person: str
    """Who put it in and, of a check, asked."""
    role: str
    recorded_at: datetime
    real_at: datetime
    ledger_seq: int

    def permits_at(self, at: datetime) -> bool:
        """Whether it may speak for a use at that moment: it was put in before, and is not dated ahead of that."""
        return self.recorded_at < at and self.dated_at <= self.recorded_at

    @property
    def forbids(self) -> bool:
        """Whether it is a check that found that the client may not use scores."""
        return self.check is not None and self.check.finding is CheckFinding.MAY_NOT_USE


def dates_of(papers: Iterable[ClientPaper], kind: PaperKind, at: datetime) -> list[datetime]:
    """When papers of a kind that speak for a use at that moment are dated."""
    return [paper.dated_at for paper in papers if paper.kind is kind and paper.permits_at(at)]


def checks_passed(papers: Iterable[ClientPaper], kind: PaperKind, season: SeasonId, at: datetime) -> list[ClientPaper]:
    """Checks of that season which speak for a use at that moment."""
    return [
        paper
        for paper in papers
        if paper.kind is kind
        and paper.check is not None
        and paper.check.season == season
        and not paper.forbids
        and paper.permits_at(at)
    ]


def refusal_at(papers: Sequence[ClientPaper], season: SeasonId, at: datetime) -> ClientPaper | None:
    """The check that forbids the client the use of that season's scores at that moment; None where none does.

    A refusal is lifted by a check of this season that is younger in both its date and its recording.
    """
    allowing = [paper for kind in PaperKind for paper in checks_passed(papers, kind, season, at)]
    for paper in papers:
        if paper.forbids and paper.recorded_at <= at:
            is_lifted = any(
                later.dated_at > paper.dated_at and later.recorded_at > paper.recorded_at for later in allowing
            )
            if not is_lifted:
                return paper
    return None
