"""What is told of browsers: how many are shared, and how many events nobody counts, by hand-reckoned lakes."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from kanmon.core.ids import ClientId, MemberNo
from kanmon.engines.browsers import LakeBrowsers
from kanmon.engines.features import LakeFeatures
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.linkage.browsers import BrowserSummary, MemberQuery
from tests.engines.cases import AS_OF, AS_OF_MS, DAY, cleared
from tests.engines.conftest import EngineOver
from tests.lake.lakes import Did, Login, load_events, load_logins, load_members

MEMBERS = ("alone", "ann", "bea", "late", "none")
LOGINS = [
    ("own", "alone", 10), ("own", "alone", 5), ("second", "alone", 2),
    ("shared", "ann", 10), ("shared", "bea", 6), ("shared", "ann", 2),
    ("soon", "late", 3), ("soon", "bea", 0),
]  # fmt: skip
EVENTS = [
    *(("own", days) for days in (12, 11, 9, 0.5)), ("second", 3),
    # before any login; Ann's day; nobody's; Bea's day; nobody's; Ann's day; nobody's; not before the moment judged
    *(("shared", days) for days in (11, 9.5, 8, 5.5, 4, 1.5, 0.5, 0)),
    ("soon", 2), ("strange", 1),
]  # fmt: skip


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, int]]:
    root = tmp_path_factory.mktemp("browsers")
    lake = DuckDBLake(root / "lake")
    members = load_members(lake, root, MEMBERS)
    load_logins(lake, root, [Login(cookie, who, at(days)) for cookie, who, days in LOGINS])
    events = [Did(None, at(days), cookie=cookie) for cookie, days in EVENTS]
    partner = Did(None, at(8), cookie="shared", site="partner.example")
    load_events(lake, root, [*events, partner, Did("ann", at(8)), Did("none", at(1))])
    return root / "lake", members


def at(days: float) -> int:
    return AS_OF_MS - round(days * DAY)


QUESTIONS: Mapping[str, tuple[tuple[str, ...], float, BrowserSummary | None]] = {
    "of one member": (("alone",), 0, BrowserSummary(cookies=2, shared=0, events=5, before_login=3, left_out=0)),
    "shared": (("ann",), 0, BrowserSummary(cookies=1, shared=1, events=7, before_login=0, left_out=4)),
    "one browser, however many of its members are asked about": (
        ("ann", "bea"), 0, BrowserSummary(cookies=1, shared=1, events=7, before_login=0, left_out=4),
    ),
    "not yet shared": (("ann",), 6, BrowserSummary(cookies=1, shared=0, events=3, before_login=1, left_out=0)),
    "shared too late": (("late",), 0, BrowserSummary(cookies=1, shared=0, events=1, before_login=0, left_out=0)),
    "without a browser": (("none",), 0, None),
    "before any login": (("alone",), 20, None),
}  # fmt: skip
"""Who is asked about, how many days before the moment, and what is told."""


@pytest.fixture(scope="module")
def told(engine_over: EngineOver, lake: tuple[Path, Mapping[str, int]]) -> Mapping[ClientId, BrowserSummary]:
    """The answers to all questions, each asked by a client of its own."""
    folder, members = lake
    asked = [
        MemberQuery(ClientId(question), MemberNo(members[one]), AS_OF - timedelta(days_before))
        for question, (who, days_before, _) in QUESTIONS.items()
        for one in who
    ]
    return LakeBrowsers(engine_over(folder)).summary(asked)


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_told_of_browsers(told: Mapping[ClientId, BrowserSummary], question: str) -> None:
    assert told.get(ClientId(question)) == QUESTIONS[question][2]


def test_nobody_asked(engine_over: EngineOver, tmp_path: Path) -> None:
    assert LakeBrowsers(engine_over(tmp_path)).summary([]) == {}


def test_a_lake_without_anything(engine_over: EngineOver, tmp_path: Path) -> None:
    assert LakeBrowsers(engine_over(tmp_path / "lake")).summary([MemberQuery(ClientId("C1"), MemberNo(1), AS_OF)]) == {}


def test_what_is_left_out_is_what_no_member_s_features_count(
    engine_over: EngineOver, lake: tuple[Path, Mapping[str, int]]
) -> None:
    folder, members = lake
    people = [cleared("acme", members[who], covers_before_login=True) for who in ("ann", "bea")]
    counted = sum(LakeFeatures(engine_over(folder)).compute(people).table["own_events_all"].to_pylist())
    assert counted == 1 + 7 - 4  # Ann's own one, and of the seven by cookie those not left out
