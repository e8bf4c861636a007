"""What a person is shown of their own history is what features counted, and what was corrected is gone from both."""

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from kanmon.core.ids import ClientId, CookieId, MemberNo
from kanmon.engines.duckdb_engine import OpenDuckDB
from kanmon.engines.features import LakeFeatures
from kanmon.features.definition import NAMES
from kanmon.lake.cleared import ForeignStretch
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.rights.answer.files import DuckDBOwnHistory
from kanmon.rights.answer.history import OwnBrowser, ScoreQuery
from tests.engines.cases import AS_OF, AS_OF_MS, DAY, cleared
from tests.lake.lakes import Did, Login, load_events, load_logins, load_members
from tests.own_values import value_of

TOLD = {name for name in NAMES if value_of(name, []) is not None} | {
    "own_recency", "other_recency", "any_recency", "own_first", "any_first",
}  # fmt: skip
BY_HAND = {
    "own_events_all", "own_events_7d", "other_weight_28d", "own_active_days_14d", "own_kinds_56d", "any_recency",
}  # fmt: skip
LOGINS = [
    ("home", "ann", 20), ("family", "ann", 12), ("family", "bea", 8), ("family", "ann", 4), ("late", "ann", 0),
]  # fmt: skip
EVENTS = [
    # before any login, then hers
    *(Did(None, AS_OF_MS - round(days * DAY), cookie="home") for days in (25, 19, 18.5, 3)),
    # hers, Bea's, nobody's
    *(Did(None, AS_OF_MS - round(days * DAY), cookie="family", weight=3) for days in (11.5, 7.5, 6, 3.5)),
    Did("ann", AS_OF_MS - 2 * DAY, kind="pre_entry"),
    Did("ann", AS_OF_MS - 9 * DAY, kind="search", target="others"),
    Did("ann", AS_OF_MS - 40 * DAY, site="partner.example"),
    Did(None, AS_OF_MS - 21 * DAY, cookie="home", site="partner.example"),
    Did(None, AS_OF_MS - 11 * DAY - DAY // 2, cookie="family", site="partner.example"),
    Did("ann", AS_OF_MS - 39 * DAY, site="unnamed.example"),
    Did("ann", AS_OF_MS),
    Did("bea", AS_OF_MS - DAY),
]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, int]]:
    root = tmp_path_factory.mktemp("own")
    lake = DuckDBLake(root / "lake")
    members = load_members(lake, root, ("ann", "bea", "none"))
    load_logins(lake, root, [Login(cookie, who, AS_OF_MS - days * DAY) for cookie, who, days in LOGINS])
    load_events(lake, root, EVENTS)
    return root / "lake", members


def asked(member_no: int, *not_theirs: ForeignStretch, early: bool = False) -> ScoreQuery:
    return ScoreQuery(MemberNo(member_no), ClientId("acme"), AS_OF, early, not_theirs)


FAMILY_DAY = ForeignStretch(CookieId("family"), AS_OF - timedelta(12), AS_OF - timedelta(11))
CORRECTIONS: Mapping[str, tuple[ForeignStretch, ...]] = {
    "nothing corrected": (),
    "a day of a browser": (FAMILY_DAY,),
    "a whole browser": (ForeignStretch(CookieId("home"), None, None),),
    "under the own login": (ForeignStretch(None, AS_OF - timedelta(3), None),),
    "an unknown browser": (ForeignStretch(CookieId("elsewhere"), None, None),),
}


@pytest.mark.parametrize("not_theirs", CORRECTIONS.values(), ids=CORRECTIONS)
@pytest.mark.parametrize(
    ("early", "sites"), [(True, ("Partner.Example", "x")), (False, ("partner.example",)), (False, ())]
)
def test_what_is_told_is_what_features_counted(
    lake: tuple[Path, Mapping[str, int]], not_theirs: tuple[ForeignStretch, ...], early: bool, sites: tuple[str, ...]
) -> None:
    folder, members = lake
    assert BY_HAND <= TOLD
    clearance = cleared("acme", members["ann"], covers_before_login=early, partner_sites=sites)
    person = replace(clearance, not_theirs=not_theirs)
    [row] = LakeFeatures(OpenDuckDB(folder)).compute([person]).table.to_pylist()
    query = replace(asked(members["ann"], *not_theirs, early=early), partner_sites=sites)
    [did] = DuckDBOwnHistory(folder).counted([query])
    for name in TOLD:
        value = row[name]
        counted = None if value is None or math.isnan(value) else value
        assert value_of(name, did) == counted, name
    on_partner_sites = {one.days_before for one in did if one.site == "partner.example"}
    assert {one.site for one in did} <= {None, "partner.example"}
    days = row["partner_own_active_days_all"]
    assert (days is None or math.isnan(days)) if not sites else days == len(on_partner_sites)
    assert (21 in on_partner_sites) <= early
    assert 11 not in on_partner_sites


def test_a_correction_takes_away_just_what_it_names(lake: tuple[Path, Mapping[str, int]]) -> None:
    folder, members = lake
    people = [
        replace(cleared("acme", members[who]), not_theirs=not_theirs if who == "ann" else ())
        for not_theirs in CORRECTIONS.values()
        for who in ("ann", "bea")
    ]
    counts = LakeFeatures(OpenDuckDB(folder)).compute(people).table["own_events_all"].to_pylist()
    # Ann's: three at home, two in the family's browser, one pre-entry; Bea's: her own and one in the family's.
    assert counts == [6, 2, 5, 2, 3, 2, 5, 2, 6, 2]


def test_browsers_day_by_day(lake: tuple[Path, Mapping[str, int]]) -> None:
    folder, members = lake
    history = DuckDBOwnHistory(folder)

    def told(*not_theirs: ForeignStretch) -> dict[str | None, OwnBrowser]:
        return {one.cookie_id: one for one in history.browsers(MemberNo(members["ann"]), AS_OF, not_theirs)}

    found = told()
    assert {cookie: (one.is_shared, sum(day.total for day in one.days)) for cookie, one in found.items()} == {
        None: (False, 4), "home": (False, 5), "family": (True, 3),
    }  # fmt: skip
    assert [day.day for day in found["family"].days] == [date(2026, 3, 21), date(2026, 3, 29)]
    assert found[None].days[-1].counts == {"pre_entry": 1}
    assert [day.day for day in told(FAMILY_DAY)["family"].days] == [date(2026, 3, 29)]


def test_everything_is_disclosed_partner_sites_too(lake: tuple[Path, Mapping[str, int]]) -> None:
    folder, members = lake
    events = DuckDBOwnHistory(folder).events(MemberNo(members["ann"]), AS_OF)
    assert len(events) == 4 + 5 + 3
    sites = sorted(str(event["site"]) for event in events if event["site"])
    assert sites == [*["partner.example"] * 3, "unnamed.example"]
    assert {event["cookie_id"] for event in events} == {None, "home", "family"}
    assert DuckDBOwnHistory(folder).events(MemberNo(members["none"]), AS_OF) == []


def test_a_lake_without_anything(tmp_path: Path) -> None:
    history = DuckDBOwnHistory(tmp_path / "lake")
    assert history.browsers(MemberNo(1), AS_OF, ()) == []
    assert history.counted([asked(1)]) == [[]]
    assert history.counted([]) == []
