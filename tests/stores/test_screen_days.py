"""What screens showed, day by day: the picture counts the looks that the gate counts, and leaves unseen days empty."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from kanmon.access.account import NewAccount
from kanmon.application.application import Application
from kanmon.consent.screens import Screen
from kanmon.core.clock import day_of
from kanmon.core.ids import ScreenId
from kanmon.core.language import Language, translations
from kanmon.db.unit_of_work import Database
from kanmon.reviews.revisions.use_cases import RevisionService
from kanmon.reviews.screens.coverage import ScreenOutcome
from kanmon.reviews.screens.days import DayOfLooks
from kanmon.reviews.screens.pictures import days_between, screens_picture
from tests.stores.pages import Pages
from tests.stores.test_audit_store import DAY, SEASON, SINCE, World
from tests.stores.test_incident_set import application
from tests.tables import tables

FIRST = day_of(SINCE)
RIGHT, OTHER = 1, 3
_ = translations(Language.ENGLISH).gettext


@pytest.fixture
def opened(database: Database, tmp_path: Path) -> Application:
    """One screen was right, then both, then wrong, then not seen; another never seen; a third lost its words."""
    world = World(database, tmp_path / "lake")
    looks = [
        ("s1", 0.1, RIGHT), ("s1", 0.2, RIGHT), ("s1", 1.1, RIGHT), ("s1", 1.2, OTHER), ("s1", 1.2, RIGHT),
        ("s1", 2.1, OTHER), ("s1", 30.0, OTHER), ("lost", 0.1, RIGHT), ("lost", 1.1, RIGHT),
    ]  # fmt: skip
    with database.write() as session:
        run = session.connection.execute
        run(insert(tables.displayed_text).values(text_sha256="0" * 64))
        run(insert(tables.screen).values(screen_id="lost", season_id="2020", function="f", policy_id="privacy"))
        for screen, day, text in looks:
            run(insert(tables.rendering).values(screen_id=screen, occurred_at=SINCE + day * DAY, text_no=text))
        at = SINCE + 1.1 * DAY
        run(insert(tables.coverage_run).values(
            run_id="r1", seen_at=at, begun_at=at, is_round=True, is_whole=True, pages=1, seconds=1.0,
        ))  # fmt: skip
        run(insert(tables.coverage_finding).values(
            run_id="r1", screen_id="lost", language="ja", outcome=ScreenOutcome.NO_POLICY, wrong=1, looks=1,
            changes=[], hidden=[], pictures=[], views=[],
        ))  # fmt: skip
    return application(world, tmp_path, is_replay=True)


def test_looks_are_counted_by_screen_and_day_of_japan(opened: Application) -> None:
    screens, seen = RevisionService(opened).looks(SINCE, SINCE + 5 * DAY)
    assert [screen.screen_id for screen in screens] == ["lost", "registration", "s1"]
    days = [FIRST + timedelta(days=number) for number in range(3)]
    assert seen == [
        DayOfLooks(ScreenId("lost"), days[0], 1, 0),
        DayOfLooks(ScreenId("lost"), days[1], 0, 1),
        DayOfLooks(ScreenId("s1"), days[0], 2, 0),
        DayOfLooks(ScreenId("s1"), days[1], 1, 1),
        DayOfLooks(ScreenId("s1"), days[2], 0, 1),
    ]


def test_the_picture_shows_what_the_table_says_and_nothing_where_nobody_looked(opened: Application) -> None:
    screens, seen = RevisionService(opened).looks(SINCE, SINCE + 5 * DAY)
    picture = screens_picture(screens, seen, days_between(FIRST, FIRST + timedelta(days=4)), _)
    assert picture is not None
    assert picture.rows == [
        ["lost", "1 (03/01)", "0", "1 (03/02)", "3 (03/03–03/05)", "1", "1"],
        ["registration", "0", "0", "0", "5 (03/01–03/05)", "0", "0"],
        ["s1", "1 (03/01)", "1 (03/02)", "1 (03/03)", "2 (03/04–03/05)", "3", "2"],
    ]
    svg = picture.chart.svg()
    legend = 1
    drawn = [svg.count(f'class="block {kind}"') - legend for kind in ("main-fill", "second-pattern", "alarm-pattern")]
    assert drawn == [2, 1, 2]
    assert "2 screens were seen without the words in force" in svg


def test_a_screen_that_nobody_could_meet_in_these_days_is_left_out() -> None:
    gone = Screen(ScreenId("gone"), SEASON.season_id, "f", "privacy", None, SINCE - 9 * DAY)  # type: ignore[arg-type]
    assert screens_picture([gone], [], [FIRST], _) is None
    assert screens_picture([], [], days_between(date(2019, 3, 1), date(2019, 3, 2)), _) is None


def test_the_page_shows_the_days_asked_for_and_tells_what_is_no_period(opened: Application) -> None:
    office = Pages(opened, NewAccount("officer"))
    page = office.get(f"/review/coverage?since={FIRST}&until={FIRST + timedelta(days=4)}").text
    assert 'id="screens-by-day-title"' in page
    assert page.count("block alarm-pattern") == 3, "legend too"
    ahead = "since=9999-12-31&until=9999-12-31"
    for period in ("since=x", f"since={FIRST}&until={FIRST + timedelta(days=200)}", ahead):
        told = office.get(f"/review/coverage?{period}")
        assert told.status_code == 200
        assert 'role="alert"' in told.text
        assert "screens-by-day" not in told.text
