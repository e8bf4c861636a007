"""Features know nothing of what comes later and nothing of other clients' applicants, whatever people did."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.features.definition import DEFINITIONS, NAMES
from kanmon.features.files import DuckDBChangeDetector
from kanmon.lake.cleared import ClearedPerson
from kanmon.lake.files.duckdb_lake import DuckDBLake
from tests.drawn import examples
from tests.engines.cases import AS_OF, AS_OF_MS, DAY, MINUTE, cleared
from tests.lake.lakes import Did, Login, load_events, load_logins, load_members

# An example costs a lake and two queries of half a second each: few, with many people and events in each.
few = settings(max_examples=examples(1, 3), deadline=None, derandomize=True)

MEMBERS = ("m0", "m1", "m2", "m3", "m4", "m5", "m6")
COOKIES = ("c0", "c1", "c2")
CLIENT_OF = {"m0": "acme", "m1": "acme", "m2": "acme", "m3": "acme", "m4": "bolt", "m5": "bolt"}
AGO = {who: timedelta(days) for who, days in zip(CLIENT_OF, (0, 0, 3, 10.25, 0, 7), strict=True)}
"""How long before AS_OF each is judged."""

ages = st.integers(1, 120 * DAY) | st.sampled_from([1, MINUTE, 30 * MINUTE, 7 * DAY, 14 * DAY, 28 * DAY, 56 * DAY])
waits = st.integers(0, 120 * DAY) | st.just(0)


def events(
    who: st.SearchStrategy[str | None], t: st.SearchStrategy[int], cookie: st.SearchStrategy[str | None]
) -> st.SearchStrategy[Did]:
    return st.builds(
        Did,
        who=who,
        t=t,
        kind=st.sampled_from(("view", "book")),
        target=st.sampled_from(("acme", "acme", "bolt", "cord", None)),
        page=st.sampled_from(("top", "jobs", "people", None)),
        weight=st.integers(0, 1000),
        site=st.sampled_from((None, None, None, "partner")),
        cookie=cookie,
    )


past = st.lists(
    events(st.sampled_from(MEMBERS), ages.map(lambda age: AS_OF_MS - age), st.none())
    | events(st.none(), ages.map(lambda age: AS_OF_MS - age), st.sampled_from(COOKIES)),
    min_size=20,
    max_size=80,
)
logins = st.lists(
    st.builds(Login, st.sampled_from(COOKIES), st.sampled_from(MEMBERS), ages.map(lambda age: AS_OF_MS - age)),
    max_size=6,
)


@st.composite
def after_the_moment(draw: st.DrawFn) -> list[Did]:
    """Events of each person at and after the moment judged, and of cookies after everybody's."""
    found = []
    for who in CLIENT_OF:
        moment = AS_OF_MS - round(AGO[who] / timedelta(milliseconds=1))
        later = waits.map(moment.__add__)
        found += draw(st.lists(events(st.just(who), later, st.none()), min_size=1, max_size=6))
    later = waits.map(AS_OF_MS.__add__)
    return found + draw(st.lists(events(st.none(), later, st.sampled_from(COOKIES)), max_size=6))


class World:
    """A lake of the seven members, with some past."""

    def __init__(self, folder: Path, did: Sequence[Did], tied: Sequence[Login]) -> None:
        self._folder = folder
        self._lake = DuckDBLake(folder / "lake")
        self._numbers = load_members(self._lake, folder, MEMBERS)
        load_logins(self._lake, folder, tied)
        self.goes_on(did)
        self.news = DuckDBChangeDetector(folder / "lake")

    def goes_on(self, did: Sequence[Did]) -> None:
        load_events(self._lake, self._folder, did)

    def logs_in(self, tied: Sequence[Login]) -> None:
        load_logins(self._lake, self._folder, tied)

    def applicants(self, *clients: str) -> list[ClearedPerson]:
        return [
            cleared(client, self._numbers[who], AS_OF - AGO[who])
            for who, client in CLIENT_OF.items()
            if client in clients
        ]

    def member(self, who: str, client: str) -> ClearedPerson:
        return cleared(client, self._numbers[who])

    def features(self, people: Sequence[ClearedPerson]) -> pa.Table:
        return LakeFeatures(OpenDuckDB(self._folder / "lake")).compute(people).table


@few
@given(did=past, tied=logins, later=after_the_moment(), tied_later=st.lists(st.sampled_from(MEMBERS), max_size=3))
def test_what_comes_later_changes_nothing(
    did: list[Did], tied: list[Login], later: list[Did], tied_later: list[str]
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder), did, tied)
        before = world.features(world.applicants("acme", "bolt"))
        world.goes_on(later)
        world.logs_in([Login(cookie, who, AS_OF_MS) for cookie in COOKIES for who in tied_later])
        after = world.features(world.applicants("acme", "bolt"))
        assert after.to_pylist() == before.to_pylist()


@few
@given(did=past, tied=logins)
def test_other_clients_applicants_change_nothing(did: list[Did], tied: list[Login]) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder), did, tied)
        people = world.applicants("acme")
        alone = world.features(people)
        also_elsewhere = [world.member("m0", "bolt"), world.member("m6", "cord")]
        among = world.features([*world.applicants("bolt"), *people, *also_elsewhere])
        assert among.slice(2, len(people)).to_pylist() == alone.to_pylist()


@few
@given(did=past, tied=logins, later=past.map(lambda found: found[:3]), tied_later=logins.map(lambda found: found[:2]))
def test_whom_nothing_new_concerns_has_the_same_features(
    did: list[Did], tied: list[Login], later: list[Did], tied_later: list[Login]
) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder), did, tied)
        people = world.applicants("acme", "bolt")
        before, state = world.features(people).to_pylist(), world.news.state()
        world.goes_on(later)
        world.logs_in(tied_later)
        concerned = world.news.concerned(people, state)
        for row, earlier in zip(world.features(people).to_pylist(), before, strict=True):
            assert row == earlier or row["client"] in concerned


SHARES = {name for name in NAMES if "_share_" in name} | {"own_gap_now", "own_active_weeks", "own_pages_shared"}
TRENDS = {name for name in NAMES if "_trend_" in name}
BOUNDS: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(NAMES, (0, float("inf"))),
    **dict.fromkeys(SHARES, (0, 1)),
    **dict.fromkeys(TRENDS, (-1, 1)),
    **{f"own_active_days_{days}d": (0, days) for days in (7, 14, 28, 56)},
    **{f"other_active_days_{days}d": (0, days) for days in (7, 14, 28, 56)},
}


@few
@given(did=past | st.just([]), tied=logins)
def test_every_feature_comes_out_within_its_bounds(did: list[Did], tied: list[Login]) -> None:
    with TemporaryDirectory() as folder:
        world = World(Path(folder), did, tied)
        table = world.features(world.applicants("acme", "bolt"))
        assert table.column_names == ["client", "sites", *NAMES]
        for one in DEFINITIONS:
            values = [value for value in table[one.name].to_pylist() if value is not None]
            low, high = BOUNDS[one.name]
            assert all(low <= value <= high for value in values), (one.name, values)
            assert one.may_be_null or len(values) == len(CLIENT_OF), one.name
        by_window = [f"own_events_{window}" for window in ("7d", "14d", "28d", "56d", "all")]
        for row in table.select(by_window).to_pylist():
            assert list(row.values()) == sorted(row.values())
