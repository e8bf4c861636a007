"""How far scores tell groups of applicants apart, by the measures of New York City's Local Law 144 (requirements, 3.4).

The law of that city is not ours; its measures are, as a report and never as a permission. Groups come in a file of the
auditor's, are looked at, and are not kept: what they were goes into no table. A high score is unfavourable where it is
used in selection and may bring more follow-up where it is used as promised, so both are told.
"""

import csv
import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

import numpy as np

from kanmon.core.canonical import canonical_id
from kanmon.core.clock import Clock
from kanmon.core.errors import FolderUnreadable
from kanmon.core.ids import ApplicantId, ClientId
from kanmon.core.language import N_
from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import EntryType, NewEntry

SMALL_SHARE = 0.02
"""Below this share of the data an auditor may leave a category out, and says so."""
TELLING_FROM = 0.65
"""A feature whose AUC for telling a category from all others is this or more, may stand in for the attribute."""
LEAST_TO_TELL = 20
"""Applicants in the category, and outside of it, below which nothing is said of a feature."""
ID, FOLLOWED_UP = "applicant_id", "followed_up"
_YES, _NO = {"1", "true", "yes"}, {"0", "false", "no"}


class ScoredRow(NamedTuple):
    """An applicant's newest score, 0 to 1, and what each feature of the model added to it."""

    applicant_id: ApplicantId
    score: float
    contributions: Mapping[str, float]


@dataclass(frozen=True)
class Groups:
    """What the auditor's file says: the category of each applicant for each attribute, None where it is unknown."""

    attributes: tuple[str, ...]
    categories: Mapping[ApplicantId, tuple[str | None, ...]]
    followed_up: Mapping[ApplicantId, bool]
    """Who was followed up; empty where the file doesn't say."""
    sha256: str


class Category(NamedTuple):
    """One category under one measure."""

    name: tuple[str, ...]
    """One value for an attribute, several for an intersection."""
    people: int
    rate: float
    """The share of it above the median, or followed up."""
    impact_ratio: float | None
    """Its rate by the highest rate; None where that is 0."""
    is_small: bool
    """Under 2 % of the data: an auditor may leave it out with a reason."""


@dataclass(frozen=True)
class Table:
    """One measure for one attribute or for their intersection."""

    measure: str
    attributes: tuple[str, ...]
    categories: Sequence[Category]
    unknown: int
    """Applicants whose category nobody knows."""


class Proxy(NamedTuple):
    """A feature that tells a category from all others about as well as its name would."""

    feature: str
    attribute: str
    category: str
    auc: float
    """0.5 tells nothing, 1 everything; whichever way it points."""


@dataclass(frozen=True)
class Fairness:
    """The report on one client's newest scores."""

    client_id: ClientId
    scored: int
    in_file: int
    """Of those scored, how many the file names."""
    tables: Sequence[Table]
    proxies: Sequence[Proxy]
    """The strongest first."""
    groups_sha256: str

    def entry(self, clock: Clock) -> NewEntry:
        """The report by its hash, for the ledger; no category of anybody."""
        payload: dict[str, object] = {
            "audit": "fairness",
            "client_id": self.client_id,
            "scored": self.scored,
            "in_file": self.in_file,
            "groups_sha256": self.groups_sha256,
            "result_sha256": hashlib.sha256(canonical(_written(self))).hexdigest(),
        }
        return NewEntry(EntryType.AUDIT, clock.now(), payload)


def read_groups(content: bytes, name: str) -> Groups:
    """The auditor's file: CSV in UTF-8 with `applicant_id`, a column for each attribute and, if known, `followed_up`.

    `FolderUnreadable` names the line and what is wrong with it, `IdRefused` an ID that can be none.
    """
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig")), strict=True)
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise FolderUnreadable(
            N_("%(file)s is no CSV file in UTF-8 (%(reason)s)"), file=name, reason=str(error)
        ) from error
    columns = list(reader.fieldnames or ())
    attributes = tuple(column for column in columns if column not in {ID, FOLLOWED_UP})
    if ID not in columns or not attributes:
        raise FolderUnreadable(
            N_("%(file)s needs a column applicant_id and one for each attribute, such as sex"), file=name
        )
    categories: dict[ApplicantId, tuple[str | None, ...]] = {}
    followed_up: dict[ApplicantId, bool] = {}
    for line, row in enumerate(rows, start=2):
        applicant = ApplicantId(canonical_id(row[ID] or "", f"{name}, {line}: "))
        if not applicant or applicant in categories or None in row:
            raise FolderUnreadable(
                N_("%(file)s, line %(line)s: each line has an applicant_id of its own and no more cells than columns"),
                file=name,
                line=line,
            )
        categories[applicant] = tuple((row[one] or "").strip() or None for one in attributes)
        said = (row.get(FOLLOWED_UP) or "").strip().lower()
        if said in _YES | _NO:
            followed_up[applicant] = said in _YES
        elif said:
            raise FolderUnreadable(
                N_("%(file)s, line %(line)s: followed_up is true, false or empty, not %(value)s"),
                file=name,
                line=line,
                value=said,
            )
    return Groups(attributes, categories, followed_up, hashlib.sha256(content).hexdigest())


def examine(client: ClientId, scored: Sequence[ScoredRow], groups: Groups) -> Fairness:
    """The report: each measure for each attribute and, where there are several, for their intersection."""
    chosen: list[tuple[str, ...]] = [(name,) for name in groups.attributes]
    if len(groups.attributes) > 1:
        chosen.append(groups.attributes)
    middle = median(one.score for one in scored) if scored else 0.0
    above = {one.applicant_id: one.score > middle for one in scored}
    measures = {"score_above_median": above, FOLLOWED_UP: groups.followed_up}
    tables = [
        _table(measure, attributes, hits, groups) for measure, hits in measures.items() if hits for attributes in chosen
    ]
    in_file = sum(one.applicant_id in groups.categories for one in scored)
    return Fairness(client, len(scored), in_file, tables, proxies(scored, groups), groups.sha256)


def _table(measure: str, attributes: tuple[str, ...], hits: Mapping[ApplicantId, bool], groups: Groups) -> Table:
    places = [groups.attributes.index(name) for name in attributes]
    members: defaultdict[tuple[str, ...], list[bool]] = defaultdict(list)
    unknown = 0
    for applicant, hit in hits.items():
        said = groups.categories.get(applicant, (None,) * len(groups.attributes))
        name = tuple(value for place in places if (value := said[place]) is not None)
        if len(name) == len(places):
            members[name].append(hit)
        else:
            unknown += 1
    return Table(measure, attributes, categories_of(members, len(hits)), unknown)


def categories_of(members: Mapping[tuple[str, ...], Sequence[bool]], size: int) -> list[Category]:
    """The rate of each category and its impact ratio, of so many applicants in all."""
    rates = {name: sum(hits) / len(hits) for name, hits in members.items()}
    highest = max(rates.values(), default=0.0)
    return [
        Category(
            name,
            len(members[name]),
            rate,
            rate / highest if highest else None,
            len(members[name]) < SMALL_SHARE * size,
        )
        for name, rate in sorted(rates.items())
    ]


def proxies(scored: Sequence[ScoredRow], groups: Groups) -> list[Proxy]:
    """The features that tell a category from all others, by what each added to the scores.

    In these models what a feature adds goes with its value in one direction, so it orders people as the feature does.
    """
    known = [one for one in scored if one.applicant_id in groups.categories]
    features = sorted({feature for one in known for feature in one.contributions})
    found = []
    for place, attribute in enumerate(groups.attributes):
        said = [groups.categories[one.applicant_id][place] for one in known]
        for category, count in sorted(Counter(value for value in said if value is not None).items()):
            others = sum(value is not None for value in said) - count
            if min(count, others) < LEAST_TO_TELL:
                continue
            for feature in features:
                added = [
                    (one.contributions.get(feature, 0.0), value == category)
                    for one, value in zip(known, said, strict=True)
                    if value is not None
                ]
                auc = auc_of(*zip(*added, strict=True))
                found.append(Proxy(feature, attribute, category, max(auc, 1 - auc)))
    return sorted((one for one in found if one.auc >= TELLING_FROM), key=lambda one: (-one.auc, one.feature))


def auc_of(values: Sequence[float], is_in: Sequence[bool]) -> float:
    """The chance that one of the category has the higher value than one outside of it; ties count half."""
    _, place, count = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    inside = np.asarray(is_in, bool)
    n, m = int(inside.sum()), int((~inside).sum())
    return float((ranks[inside].sum() - n * (n + 1) / 2) / (n * m))


def _written(found: Fairness) -> list[object]:
    """The report with its numbers as text: canonical JSON has no fractions."""

    def said(value: float | None) -> str | None:
        return None if value is None else f"{value:.6f}"

    tables = [
        [
            table.measure,
            list(table.attributes),
            table.unknown,
            [[list(one.name), one.people, said(one.rate), said(one.impact_ratio)] for one in table.categories],
        ]
        for table in found.tables
    ]
    return [tables, [[one.feature, one.attribute, one.category, said(one.auc)] for one in found.proxies]]
