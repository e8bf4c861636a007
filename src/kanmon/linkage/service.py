"""Link one client's applicants to members of the board by personal data (scheme B, 突合).

The port takes the board's members once and then one client's list at a time: two clients' lists can't meet in it, and
what a client handed over is compared with members alone (APPI-08, DENY_CROSS_ENTRUSTER_JOIN).
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from kanmon.clients.applicant import Applicant
from kanmon.core.errors import CrossEntrusterJoin
from kanmon.core.ids import ApplicantNo, ClientId, MemberNo, RunId, SeasonId
from kanmon.core.language import N_
from kanmon.linkage.link import Link, LinkPair, Thresholds, resolve


@dataclass(frozen=True)
class MemberList:
    """The members of one season: `member_no` and the columns of `records.PERSONAL`."""

    season: SeasonId
    rows: pa.Table


@dataclass(frozen=True)
class ApplicantList:
    """One client's applicants of one season: `client_id`, `applicant_no` and the columns of `records.PERSONAL`.

    A list in which another client's row stands is not made at all.
    """

    client_id: ClientId
    season: SeasonId
    rows: pa.Table
    taken: frozenset[MemberNo] = frozenset()
    """Members that belong to another row of the list: a file named them, or a person decided so."""

    def __post_init__(self) -> None:
        others = set(pc.unique(self.rows["client_id"]).to_pylist()) - {self.client_id}
        if others:
            raise CrossEntrusterJoin(
                N_("DENY_CROSS_ENTRUSTER_JOIN: the list of client %(client)s holds rows of client %(other)s"),
                client=self.client_id,
                other=min(others),
            )

    @property
    def numbers(self) -> list[ApplicantNo]:
        """The applicants, in the client's order."""
        return [ApplicantNo(number) for number in self.rows["applicant_no"].to_pylist()]


@dataclass(frozen=True)
class Comparison:
    """What a linker found: pairs that share at least one blocking key, and how many pairs each key alone brought."""

    pairs: Sequence[LinkPair]
    blocked: Mapping[str, int]


class Linker(Protocol):
    """Compares one client's applicants with the members it was opened over."""

    def compare(self, applicants: ApplicantList) -> Comparison:
        """Every pair worth weighing, with its match weight; the same for the same lists."""


class Linkers(Protocol):
    """Opens linkers."""

    def over(self, members: MemberList) -> AbstractContextManager[Linker]:
        """A linker over the members of a season, to be asked about one client's list after another."""


@dataclass(frozen=True)
class Linking:
    """The links of one client's list, and what they were decided from."""

    applicants: ApplicantList
    links: Sequence[Link]
    compared: Comparison
    thresholds: Thresholds


def link(linker: Linker, applicants: ApplicantList, thresholds: Thresholds) -> Linking:
    """Compare one client's list and decide for each applicant: linked, to be reviewed, or nobody."""
    compared = linker.compare(applicants)
    links = resolve(applicants.numbers, compared.pairs, thresholds, applicants.taken)
    return Linking(applicants, links, compared, thresholds)


class LinkRecords(Protocol):
    """Where the linker's decisions are kept, one client at a time."""

    def members(self, season: SeasonId) -> MemberList:
        """The members of a season."""

    def to_compare(self, client: ClientId, season: SeasonId) -> ApplicantList | None:
        """A client's rows whose member is for the linker to say; None where that was said since the last load.

        Rows that bring a member, and rows that a person decided about, are not for the linker.
        """

    def record(self, linking: Linking, run_id: RunId, at: datetime) -> int:
        """Keep the decisions, with the candidates of those to be reviewed, and put them in force.

        How many applicants were tied before and are no longer, or to somebody else.
        """

    def is_outdated(self, client: ClientId, seasons: Sequence[SeasonId]) -> bool:
        """Whether a tie in force was made by the linker under rules that have changed since."""

    def waiting_count(self, client: ClientId, season: SeasonId) -> int:
        """How many of a client's rows wait for a person's look."""


class LinkReports(Protocol):
    """Where the quality report of a link run goes."""

    def write(self, linking: Linking, run_id: RunId) -> str:
        """Write the report, whole or not at all, and return the folder it lies in."""


@dataclass(frozen=True)
class LinkSummary:
    """How many of a client's applicants are tied to a member, and how many to nobody."""

    client_id: ClientId
    linked: int
    unlinked: int
    review: int = 0
    """Of those tied to nobody, how many wait for a person's look."""
    link_report: str | None = None
    """Where the quality report lies; None where nobody was compared."""
    dissolved: int = 0
    """How many were tied before, under older rules or data, and are no longer, or to somebody else; of both seasons."""


@dataclass(frozen=True)
class LinkingOutcome:
    """What linking one client's lists came to: the folder of the report, and the ties that did not hold."""

    link_report: str | None = None
    dissolved: int = 0


def summarise(
    client: ClientId, applicants: Sequence[Applicant], review: int = 0, lists: LinkingOutcome | None = None
) -> LinkSummary:
    """Count linked and unlinked rows; an unlinked row stays in the report as "no score"."""
    lists = lists or LinkingOutcome()
    linked = sum(applicant.member_no is not None for applicant in applicants)
    return LinkSummary(client, linked, len(applicants) - linked, review, lists.link_report, lists.dissolved)
