"""What people did on the board in the season of the release, as events."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa

from kanmon_stories.people import DAY, instants
from kanmon_stories.release.plan import FUNCTIONS, Contractor

_COMPANIES = 300
"""Companies on the board that are no clients."""
_PAGES = [f"company/{part}" for part in ("top", "recruit", "people", "benefits", "access", "news", "faq", "data")]
_OTHERS = [f"X{number:04}" for number in range(_COMPANIES)]
_SPAN = 120 * DAY


class VisitorApplications(Protocol):
    """Who applied where, and how far they have drifted."""

    @property
    def client(self) -> np.ndarray:
        """Places among the clients."""

    @property
    def member(self) -> np.ndarray:
        """Places among the season's members."""

    @property
    def as_of(self) -> np.ndarray:
        """Seconds since 1970."""

    @property
    def drift(self) -> np.ndarray:
        """How far the applicant has drifted away, standard normal."""


def member_visits(
    member_id: np.ndarray,
    registered_at: np.ndarray,
    applied: VisitorApplications,
    clients: Sequence[Contractor],
    rng: np.random.Generator,
) -> Iterator[pa.Table]:
    """Views by applicants, of their client's pages and of others', and a few by every other member."""
    own = np.repeat(np.arange(len(applied.client)), rng.poisson(14 * np.exp(-0.4 * applied.drift)))
    at = applied.as_of[own] - (_SPAN * rng.random(len(own)) ** np.exp(-0.4 * applied.drift[own])).astype(np.int64) - 1
    names = [client.client_id for client in clients]
    yield _views(member_id[applied.member[own]], at, named(applied.client[own], names), rng)

    other = np.repeat(np.arange(len(applied.client)), rng.poisson(14 * np.exp(0.15 * applied.drift)))
    at = applied.as_of[other] - (_SPAN * rng.random(len(other)) ** 1.1).astype(np.int64) - 1
    yield _views(member_id[applied.member[other]], at, _any_company(len(other), rng), rng)

    everybody = np.repeat(np.arange(len(member_id)), rng.poisson(2.5, len(member_id)))
    at = registered_at[everybody] + (_SPAN * rng.random(len(everybody))).astype(np.int64)
    yield _views(member_id[everybody], at, _any_company(len(everybody), rng), rng)


def function_events(
    member_id: np.ndarray, member: np.ndarray, at: np.ndarray, function: np.ndarray, rng: np.random.Generator
) -> pa.Table:
    """One event for each use of a function."""
    return _events(member_id[member], None, at, named(function, FUNCTIONS), _any_company(len(at), rng), None)


def cookie_visits(
    cookies: np.ndarray, as_of: np.ndarray, client_ids: Sequence[str], rng: np.random.Generator
) -> pa.Table:
    """Views by browsers that nobody tied to a member."""
    browser = np.repeat(np.arange(len(cookies)), rng.poisson(10, len(cookies)))
    at = as_of[browser] - (_SPAN * rng.random(len(browser))).astype(np.int64) - 1
    names, places = np.unique(np.array(client_ids), return_inverse=True)
    target = named(places[browser], names.tolist())
    return _events(None, cookies[browser], at, named(np.zeros(len(at), np.int8), ["view"]), target, _page(at, rng))


def _views(member_id: np.ndarray, at: np.ndarray, target: pa.Array, rng: np.random.Generator) -> pa.Table:
    kind = named((rng.random(len(at)) < 0.1).astype(np.int8), ["view", "message_open"])
    return _events(member_id, None, at, kind, target, _page(at, rng))


def _events(
    member_id: np.ndarray | None,
    cookie_id: np.ndarray | None,
    at: np.ndarray,
    kind: pa.Array,
    target: pa.Array,
    page: pa.Array | None,
) -> pa.Table:
    nothing = pa.nulls(len(at), pa.string())
    return pa.table(
        {
            "occurred_at": instants(at),
            "cookie_id": nothing if cookie_id is None else pa.array(cookie_id),
            "member_id": nothing if member_id is None else pa.array(member_id),
            "kind": kind,
            "target": target,
            "page": nothing if page is None else page,
        }
    )


def _page(at: np.ndarray, rng: np.random.Generator) -> pa.Array:
    return named(rng.integers(0, len(_PAGES), len(at)), _PAGES)


def _any_company(count: int, rng: np.random.Generator) -> pa.Array:
    """Companies that are no clients, a few of them far more looked at than the rest."""
    return named(np.minimum(rng.exponential(_COMPANIES / 5, count), _COMPANIES - 1), _OTHERS)


def named(places: np.ndarray, names: Sequence[str]) -> pa.Array:
    """The name at each place."""
    return pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), list(names)).cast(pa.string())
