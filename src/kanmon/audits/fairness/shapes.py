"""What `kanmon audit fairness` prints with `--json`."""

from collections.abc import Sequence

from typing_extensions import TypedDict


class GroupResult(TypedDict):
    """A group of applicants."""

    name: Sequence[str]
    """A category of each attribute."""
    people: int
    rate: float
    impact_ratio: float | None
    """The group's rate against the highest; null where that is 0."""
    is_small: bool
    """Whether it is too small to compare."""


class FairnessTable(TypedDict):
    """Groups by one or two attributes, by one measure."""

    measure: str
    attributes: Sequence[str]
    unknown: int
    """People of whom an attribute isn't known."""
    categories: Sequence[GroupResult]


class ProxyResult(TypedDict):
    """A feature that stands in for a group."""

    feature: str
    attribute: str
    category: str
    auc: float


class FairnessResult(TypedDict):
    """Groups of one client's applicants, compared."""

    client_id: str
    scored: int
    in_file: int
    tables: Sequence[FairnessTable]
    proxies: Sequence[ProxyResult]
    groups_sha256: str
    """Of the file that named the groups."""
    ledger_seq: int
