"""Features of people few enough to reckon by hand, the same from every engine."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kanmon.core.clock import TOKYO
from kanmon.engines.features import LakeFeatures
from kanmon.features.definition import DEFINITIONS, NAMES
from kanmon.features.service import FeatureTable
from kanmon.lake.cleared import ClearedPerson
from kanmon.lake.files.duckdb_lake import DuckDBLake
from tests.engines.cases import AS_OF, AS_OF_MS, DAY, HOUR, MINUTE, cleared, cleared_browser
from tests.engines.conftest import EngineOver
from tests.lake.lakes import Did, Login, load_events, load_logins, load_members

OTHER = "somebody else's client"
WEEK = 7 * DAY

Values = Mapping[str, float | None]


def ago(days: float, ms: int = 0) -> int:
    """So many days and ms before the moment judged."""
    return AS_OF_MS - round(days * DAY) - ms


def in_tokyo(day: int, hour: int, ms: int = 0, month: int = 3) -> int:
    return round(datetime(2026, month, day, hour, tzinfo=TOKYO).timestamp() * 1000) + ms


def own(who: str, *times: int, kind: str = "view", page: str | None = "top", weight: int = 1) -> list[Did]:
    """Events of a person about a client of the same name."""
    return [Did(who, t, kind, who, page, weight) for t in times]


def other(who: str, *times: int, target: str | None = OTHER) -> list[Did]:
    return [Did(who, t, target=target) for t in times]


# Each person applied to a client of the same name, alone, so that the cohort tells nothing about it.
PEOPLE: Mapping[str, tuple[Sequence[Did], Values]] = {
    "nobody's friend": ([], {d.name: None if d.may_be_null else 0 for d in DEFINITIONS} | {
        "days_since_applied": 10.5, "days_since_registered": 100, "own_latest_task": 0.5,
    }),
    "edge": (
        own("edge", ago(0), ago(0, -1), ago(0, 1), weight=5),
        {"own_events_7d": 1, "own_events_all": 1, "own_weight_all": 5, "own_recency": 0, "own_first": 0,
         "own_active_days_all": 1, "own_longest_gap": None,
         "own_mean_gap": None, "own_gap_now": None, "own_active_weeks": 1,
         "own_trend_14d": 1, "own_share_all": 1, "sessions_all": 1, "own_pages_all": 1},
    ),
    "windows": (
        [e for days in (7, 14, 28, 56) for e in own("windows", ago(days), ago(days, -1), weight=days)],
        {"own_events_7d": 1, "own_events_14d": 3, "own_events_28d": 5, "own_events_56d": 7, "own_events_all": 8,
         "own_weight_7d": 7, "own_weight_14d": 28, "own_weight_28d": 70, "own_weight_56d": 154, "own_weight_all": 210,
         "own_active_days_7d": 1, "own_active_days_14d": 3, "own_active_days_28d": 5, "own_active_days_all": 8,
         "own_recency": 6, "own_first": 56, "other_events_all": 0},
    ),
    "sides": (
        [*own("sides", ago(1), ago(1.2), ago(20), weight=2), *other("sides", ago(3), ago(30), ago(30.5), ago(70)),
         *other("sides", ago(4), target=None), *other("sides", ago(5), target="a third")],
        {"own_events_7d": 2, "own_events_28d": 3, "own_weight_28d": 6, "own_active_days_28d": 2,
         "other_events_7d": 3, "other_events_56d": 5, "other_events_all": 6, "other_weight_all": 6,
         "other_active_days_7d": 3, "other_active_days_56d": 4,
         "other_targets_7d": 2, "other_targets_28d": 2, "other_targets_all": 2,
         "own_recency": 1, "other_recency": 3, "any_recency": 1, "own_first": 20, "any_first": 70,
         "own_share_28d": 0.5, "own_share_all": 1 / 3},
    ),
    "only others": (
        other("only others", ago(2), ago(9)),
        {"own_events_all": 0, "own_recency": None, "own_first": None, "any_recency": 2,
         "any_first": 9, "own_share_all": 0,
         "own_share_28d": 0, "own_trend_14d": None, "any_trend_14d": 1, "own_pages_all": 0, "other_targets_7d": 1,
         "own_active_weeks": None, "sessions_all": 2},
    ),
    "breadth": (
        [*own("breadth", ago(1), ago(90), page="jobs"), *own("breadth", ago(2), kind="save", page="jobs"),
         *own("breadth", ago(10), page="people"), *own("breadth", ago(40), kind="book", page=None),
         *other("breadth", ago(1))],
        {"own_pages_7d": 2, "own_pages_14d": 3, "own_pages_28d": 3, "own_pages_56d": 4, "own_pages_all": 4,
         "own_kinds_7d": 2, "own_kinds_14d": 2, "own_kinds_56d": 3, "own_kinds_all": 3,
         "other_targets_7d": 1},
    ),
    "gaps": (
        [*own("gaps", ago(2.5), ago(2.9), ago(5), ago(11)), *other("gaps", ago(7), ago(8), ago(1))],
        {"own_longest_gap": 6, "own_mean_gap": 4.5, "own_recency": 2, "own_gap_now": 2 / 6.5, "own_active_weeks": 1},
    ),
    "weeks": (
        own("weeks", ago(0.1), ago(6.9), ago(7), ago(30), ago(34.9)),
        {"own_active_weeks": 3 / 5, "own_longest_gap": 23, "own_mean_gap": 34 / 4, "own_gap_now": 0},
    ),
    "sessions": (
        [*own("sessions", ago(1), ago(1) + 30 * MINUTE - 1, ago(1) + 60 * MINUTE - 1),
         *other("sessions", ago(1) + 70 * MINUTE), *own("sessions", ago(10), ago(40), ago(40))],
        {"sessions_7d": 1, "sessions_28d": 2, "sessions_all": 3},
    ),
    "a session over the edge of a window": (
        own("a session over the edge of a window", ago(7), ago(7, -1)),
        {"sessions_7d": 0, "sessions_28d": 1, "own_events_7d": 1},
    ),
    "trend": (
        [*own("trend", ago(0.5), ago(1), ago(13.9), ago(14), ago(28), ago(55)),
         *other("trend", ago(20), ago(27.9), ago(30))],
        {"own_trend_14d": 0.5, "own_trend_28d": 1 / 3, "any_trend_14d": 0, "any_trend_28d": 1 / 3},
    ),
    "night": (
        [*own("night", in_tokyo(27, 24 - 1, HOUR - 1), in_tokyo(28, 0), in_tokyo(29, 23, HOUR - 1), in_tokyo(30, 0)),
         *other("night", in_tokyo(30, 4, HOUR - 1), in_tokyo(30, 5), in_tokyo(30, 21, HOUR - 1), in_tokyo(30, 22)),
         *own("night", in_tokyo(1, 2, month=2))],
        {"night_share_56d": 6 / 8, "weekend_share_56d": 2 / 8, "own_events_all": 5},
    ),
    "partner": (
        [Did("partner", ago(1), target="partner", site="partner.example"), *own("partner", ago(2))],
        {"own_events_all": 1, "own_recency": 2, "sessions_all": 1, "partner_own_active_days_all": None},
    ),
    "agreed to a partner site": (
        [
            *(Did("agreed to a partner site", ago(days), target="agreed to a partner site", site="jobs.example")
              for days in (1, 1, 1.2, 27.9, 28, 60)),
            Did("agreed to a partner site", ago(1), target="agreed to a partner site", site="Jobs.Example"),
            Did("agreed to a partner site", ago(3), target="a third", site="ｊｏｂｓ．example"),
            *(Did("agreed to a partner site", ago(5), target="agreed to a partner site", site=site)
              for site in ("sub.jobs.example", "jobs.example.", "j\u043ebs.example", "other.example")),
            *own("agreed to a partner site", ago(2)),
        ],
        {"partner_own_active_days_28d": 2, "partner_own_active_days_all": 4, "partner_other_active_days_28d": 1,
         "partner_other_active_days_all": 1, "own_events_all": 1, "other_events_all": 0, "own_recency": 2,
         "sessions_all": 1},
    ),
    "agreed, and was on none": (
        own("agreed, and was on none", ago(2)),
        {"partner_own_active_days_28d": 0, "partner_other_active_days_all": 0},
    ),
    "agreed to a site nobody was on": (
        [Did("agreed to a site nobody was on", ago(1), site="jobs.example")],
        {"partner_own_active_days_28d": 0, "partner_other_active_days_all": 0, "other_events_all": 0},
    ),
    "partner before login": (
        [Did(None, ago(days), cookie="before", site="jobs.example") for days in (1, 3, 5, 7)],
        {"partner_other_active_days_all": 4, "other_events_all": 0},
    ),
    "partner from login on": (
        [Did(None, ago(days), cookie="from on", site="jobs.example") for days in (1, 3, 5, 7)],
        {"partner_other_active_days_all": 2},
    ),
    "partner on a shared browser": (
        [Did(None, ago(days), cookie="both", site="jobs.example") for days in (1, 3.5, 5)]
        + [Did(None, ago(3.5), target=None, cookie="both")],
        {"partner_other_active_days_all": 0, "other_events_all": 1},
    ),
    "alone on a browser": (
        [Did(None, ago(1), target="alone on a browser", cookie="alone"), *own("alone on a browser", ago(2))],
        {"own_events_all": 2, "own_recency": 1},
    ),
    "shares a browser": (
        [Did(None, ago(1), target="shares a browser", cookie="shared"), *own("shares a browser", ago(2))],
        {"own_events_all": 1, "own_recency": 2},
    ),
    "shares it later": (
        [Did(None, ago(1), target="shares it later", cookie="shared later")],
        {"own_events_all": 1, "own_recency": 1},
    ),
    "logs in too late": (
        [Did(None, ago(1), target="logs in too late", cookie="too late")],
        {"own_events_all": 0, "own_recency": None},
    ),
    "logs in just in time": (
        [Did(None, ago(1), target="logs in just in time", cookie="just in time")],
        {"own_events_all": 1, "own_recency": 1},
    ),
    "agreed to history from before login": (
        [Did(None, ago(days), target=None, cookie="agreed") for days in (1, 3, 5)],
        {"other_events_all": 3, "any_first": 5},
    ),
    "agreed to history from login on": (
        [Did(None, ago(days), target=None, cookie="not agreed") for days in (1, 3, 5)],
        {"other_events_all": 2, "any_first": 3},
    ),
    "elder sister": (
        # nobody's: before any login; a day after hers and before her sister's; the same after her sister's; ...
        [Did(None, ago(*age), target=None, cookie="family") for age in (
            (25,), (20, 1), (19,), (15,), (8.5,), (2,), (1,),
        )]
        # hers: from her login on for a day; between two logins of hers; up to her sister's login
        + [Did(None, ago(*age), target=None, cookie="family") for age in ((20,), (19, 1), (8,), (6.5,), (4,), (3, 1))],
        {"other_events_all": 6, "any_first": 20, "other_recency": 3, "other_active_days_all": 6},
    ),
    "younger sister": (
        [Did(None, ago(*age), target=None, cookie="family") for age in ((10,), (9, 1), (3,), (2, 1))],
        {"other_events_all": 4, "any_first": 10, "other_recency": 2},
    ),
    "at the same instant": (
        [Did(None, ago(days), target=None, cookie="instant") for days in (5.9, 4.9, 3.9)],
        {"other_events_all": 1, "any_first": 4},
    ),
    "the guest": ([], {"other_events_all": 1, "any_first": 3}),
    "two browsers": (
        [Did(None, ago(days), target="two browsers", cookie=f"browser {days}") for days in (1, 3)],
        {"own_events_all": 2, "own_recency": 1, "own_longest_gap": 2},
    ),
}  # fmt: skip

AGREED_TO_HISTORY_BEFORE_LOGIN = {
    "logs in just in time", "logs in too late", "shares a browser", "agreed to history from before login",
    "elder sister", "younger sister", "at the same instant", "partner before login", "partner on a shared browser",
}  # fmt: skip
NAMED_SITES = {
    "agreed to a partner site": ("jobs.example",),
    "agreed, and was on none": ("jobs.example",),
    "agreed to a site nobody was on": ("new.example",),
    **dict.fromkeys(("partner before login", "partner from login on"), ("Jobs.example", "other.example")),
    "partner on a shared browser": ("jobs.example",),
}
"""The partner sites that the words agreed to name."""

LOGINS = [
    Login("alone", "alone on a browser", ago(3)),
    Login("alone", "alone on a browser", ago(4)),
    Login("shared", "shares a browser", ago(3)),
    Login("shared", "edge", ago(0, 1)),
    Login("shared later", "shares it later", ago(3)),
    Login("shared later", "edge", ago(0)),
    Login("too late", "logs in too late", ago(0)),
    Login("just in time", "logs in just in time", ago(0, 1)),
    *(
        Login(cookie, who, ago(4))
        for cookie, who in (
            ("agreed", "agreed to history from before login"),
            ("not agreed", "agreed to history from login on"),
        )
    ),
    Login("before", "partner before login", ago(4)),
    Login("from on", "partner from login on", ago(4)),
    Login("both", "partner on a shared browser", ago(4)),
    Login("both", "edge", ago(3)),
    *(Login("family", "elder sister", ago(days)) for days in (20, 8, 7, 4)),
    *(Login("family", "younger sister", ago(days)) for days in (10, 3)),
    *(Login("instant", who, ago(6)) for who in ("at the same instant", "the guest")),
    Login("instant", "at the same instant", ago(5)),
    Login("instant", "the guest", ago(4.5)),
    Login("browser 1", "two browsers", ago(5)),
    Login("browser 3", "two browsers", ago(5)),
]

COHORT = [f"p{number}" for number in range(6)]
COHORT_EVENTS = [
    *(Did(who, ago(days), target="cohort", page="usual") for who in COHORT[:5] for days in (40, 50)),
    *(Did(who, ago(3), "book", "cohort", "visit") for who in COHORT[:3]),
    *(Did("p0", ago(days), target="cohort", page="rare") for days in (1, 2)),
    Did("p0", ago(30), target="cohort", page="news"),
    Did("p1", ago(10), target="cohort", page="news"),
    *(Did(who, ago(2), target=OTHER, page="visit") for who in COHORT),
]
# Of 6: 5 saw `usual` (833, not of late, not one-off), 3 booked `visit` (500, of late, one-off), 2 saw `news` (333,
# half of the visits of late, nearly a third of the cohort), 1 saw `rare`, which is nothing one misses. Those who booked
# on the same day are the first three of 6 together, (0 + 3) / 12; the others are the last three, (3 + 6) / 12. `visit`
# and `news` are one-off tasks, done 4, 31 and 11 days ago, the day of `as_of` being the first.
COHORT_VALUES: Mapping[str, tuple[float, float, float, float, float]] = {
    "p0": (0, 0, 500 * (28 + 4) + 333 * (28 + 28), 0.25, 1),
    "p1": (0, 0, 500 * (28 + 4) + 333 * (28 + 11), 0.25, 1),
    "p2": (333, 333, 500 * (28 + 4), 0.25, 2 / 3),
    "p3": (833, 833, 0, 0.75, 1 / 3),
    "p4": (833, 833, 0, 0.75, 1 / 3),
    "p5": (1666, 833, 0, 0.75, 0),
}

LATECOMERS = [f"l{number}" for number in range(8)]
LATE_EVENTS = [
    # `once`: on five days, of which midnight in Japan parts the second from the third; l6 and l7 never
    *(
        Did(who, t, "send", "late", "once")
        for who, t in zip(
            LATECOMERS,
            (
                in_tokyo(20, 9),
                in_tokyo(21, 23),
                in_tokyo(22, 0),
                in_tokyo(22, 5),
                in_tokyo(30, 9),
                in_tokyo(31, 9),
            ),
            strict=False,
        )
    ),
    # `again`: half of them, but twice each
    *(Did(who, in_tokyo(day, 9), "send", "late", "again") for who in LATECOMERS[:4] for day in (1, 2)),
    # `half`: half of them, all but the first of them on the same day
    *(Did(who, in_tokyo(25 if who == "l7" else 26, 9), "send", "late", "half") for who in LATECOMERS[4:]),
    # `few`: too few
    *(Did(who, in_tokyo(27, 9), "send", "late", "few") for who in LATECOMERS[:3]),
]
# In sixteenths. `once`: 1, 3, 6 and 6, 9, 11, undone 14; `half`: l7 1, l4 to l6 5, undone 12.
LATEST = {"l0": 12, "l1": 12, "l2": 12, "l3": 12, "l4": 9, "l5": 11, "l6": 14, "l7": 14}


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, int]]:
    """A lake with everybody in it, and everybody's number."""
    root = tmp_path_factory.mktemp("features")
    lake = DuckDBLake(root / "lake")
    members = load_members(lake, root, [*PEOPLE, *COHORT, *LATECOMERS])
    load_logins(lake, root, LOGINS)
    load_events(lake, root, [event for events, _ in PEOPLE.values() for event in events] + COHORT_EVENTS + LATE_EVENTS)
    return root / "lake", members


@pytest.fixture(scope="module")
def engine(engine_over: EngineOver, numbers: tuple[Path, Mapping[str, int]]) -> LakeFeatures:
    return LakeFeatures(engine_over(numbers[0]))


@pytest.fixture(scope="module")
def asked(numbers: tuple[Path, Mapping[str, int]]) -> Mapping[str, ClearedPerson]:
    return {
        who: cleared(
            "cohort" if who in COHORT else "late" if who in LATECOMERS else who,
            number,
            covers_before_login=who in AGREED_TO_HISTORY_BEFORE_LOGIN,
            partner_sites=NAMED_SITES.get(who, ()),
        )
        for who, number in numbers[1].items()
    }


@pytest.fixture(scope="module")
def answered(engine: LakeFeatures, asked: Mapping[str, ClearedPerson]) -> FeatureTable:
    """The features of everybody, asked for at once, the last one first."""
    return engine.compute([*asked.values()][::-1])


@pytest.fixture(scope="module")
def found(answered: FeatureTable, asked: Mapping[str, ClearedPerson]) -> Mapping[str, Values]:
    return dict(zip([*asked][::-1], answered.table.to_pylist(), strict=True))


@pytest.fixture(scope="module")
def otherwise(engine: LakeFeatures, numbers: tuple[Path, Mapping[str, int]]) -> Mapping[str, Sequence[Values]]:
    """What else was asked about some of them, each question at a client of its own."""
    number = numbers[1]
    questions = {
        "one member, two clients": [cleared("sides", number["sides"]), cleared("a third", number["sides"])],
        "one member, four moments": [
            cleared("gaps", number["gaps"], AS_OF - timedelta(days)) for days in (0, 2.5, 5, 11)
        ],
        "registered nobody knows when": [cleared("edge", number["edge"], applied=timedelta(0), registered=None)],
        "browsers alone": [cleared_browser("x", cookie) for cookie in ("shared", "family", "never seen")],
        "a browser among members": [
            cleared_browser("shares a browser", "shared"), cleared("windows", number["windows"]),
        ],
    }  # fmt: skip
    rows = iter(engine.compute([one for people in questions.values() for one in people]).table.to_pylist())
    return {question: [next(rows) for _ in people] for question, people in questions.items()}


@pytest.mark.parametrize("who", PEOPLE)
def test_one_person(found: Mapping[str, Values], who: str) -> None:
    expected = PEOPLE[who][1]
    assert {name: found[who][name] for name in expected} == pytest.approx(expected)


@pytest.mark.parametrize("who", COHORT)
def test_against_the_cohort(found: Mapping[str, Values], who: str) -> None:
    names = ("own_missed", "own_missed_recent", "own_tasks_done", "own_latest_task", "own_pages_shared")
    assert tuple(found[who][name] for name in names) == pytest.approx(COHORT_VALUES[who])


@pytest.mark.parametrize("who", LATECOMERS)
def test_how_late_with_the_task_done_latest(found: Mapping[str, Values], who: str) -> None:
    assert found[who]["own_latest_task"] == LATEST[who] / 16


def test_the_table_holds_the_catalogue(answered: FeatureTable) -> None:
    table = answered.table
    assert table.column_names == ["client", "sites", *NAMES]
    assert {str(table.schema.field(name).type) for name in NAMES} == {"double"}


def test_a_client_alone_gets_what_it_gets_among_others(
    engine: LakeFeatures, asked: Mapping[str, ClearedPerson], found: Mapping[str, Values]
) -> None:
    alone = engine.compute([asked[who] for who in COHORT]).table.to_pylist()
    assert alone == [found[who] for who in COHORT]


def test_one_member_who_applied_to_two_clients(otherwise: Mapping[str, Sequence[Values]]) -> None:
    rows = otherwise["one member, two clients"]
    assert [(row["own_events_all"], row["other_events_all"]) for row in rows] == [(3, 6), (1, 8)]


def test_each_is_judged_at_its_own_moment(otherwise: Mapping[str, Sequence[Values]]) -> None:
    rows = otherwise["one member, four moments"]
    assert [row["own_events_all"] for row in rows] == [4, 3, 1, 0]
    assert [row["own_recency"] for row in rows] == [2, 0, 6, None]


def test_a_member_who_registered_nobody_knows_when(otherwise: Mapping[str, Sequence[Values]]) -> None:
    [row] = otherwise["registered nobody knows when"]
    assert (row["days_since_applied"], row["days_since_registered"]) == (0, None)


def test_a_browser_of_scheme_a_is_what_was_done_on_it_whoever_logged_in(
    otherwise: Mapping[str, Sequence[Values]],
) -> None:
    rows = otherwise["browsers alone"]
    assert [row["own_events_all"] for row in rows] == [0, 0, 0]
    assert [row["other_events_all"] for row in rows] == [1, 17, 0]
    assert [row["days_since_registered"] for row in rows] == [None, None, None]


def test_members_and_browsers_are_asked_about_at_once(
    otherwise: Mapping[str, Sequence[Values]], found: Mapping[str, Values]
) -> None:
    first, second = otherwise["a browser among members"]
    assert (first["own_events_all"], first["own_recency"]) == (1, 1)
    assert second == found["windows"]


def test_a_browser_of_scheme_a_needs_neither_members_nor_logins(engine_over: EngineOver, tmp_path: Path) -> None:
    load_events(DuckDBLake(tmp_path / "lake"), tmp_path, [Did(None, ago(1), target="x", cookie="b")])
    found = LakeFeatures(engine_over(tmp_path / "lake")).compute([cleared_browser("x", "b")])
    assert found.table["own_events_all"].to_pylist() == [1]


def test_nobody_asked(engine: LakeFeatures) -> None:
    table = engine.compute([])
    assert len(table) == 0
    assert table.table.column_names == ["client", "sites", *NAMES]


def test_a_lake_without_anything(engine_over: EngineOver, tmp_path: Path) -> None:
    table = LakeFeatures(engine_over(tmp_path / "lake")).compute([cleared("acme", 1)])
    assert not table.has_history().any()
    assert table.matrix(NAMES).shape == (1, len(NAMES))


def test_who_has_a_history(answered: FeatureTable, asked: Mapping[str, ClearedPerson]) -> None:
    has_history = dict(zip([*asked][::-1], answered.has_history().tolist(), strict=True))
    people = ("nobody's friend", "edge", "only others", "logs in too late")
    assert [has_history[who] for who in people] == [False, True, True, False]
