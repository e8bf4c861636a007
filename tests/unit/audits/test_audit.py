"""Which season is judged, and what counts as using a function."""

from datetime import UTC, datetime

import pytest

from kanmon.audits.gap.service import FUNCTIONS, functions_of, season_judged
from kanmon.clients.contract import Platform, Season, ServiceTerms
from kanmon.consent.screens import Screen
from kanmon.core.errors import UsageError
from kanmon.core.ids import PolicyId, ScreenId, SeasonId


def season(year: int) -> Season:
    return Season(SeasonId(str(year)), datetime(year - 2, 6, 1, tzinfo=UTC), None, datetime(year, 4, 1, tzinfo=UTC))


TERMS = ServiceTerms(
    "JP-APPI-2017", Platform("p", "a", "r"), None, {one.season_id: one for one in map(season, (2021, 2019, 2020))}, {}
)


def screen(screen_id: str, function: str) -> Screen:
    return Screen(ScreenId(screen_id), SeasonId("2020"), function, PolicyId("privacy"), None, None)


@pytest.mark.parametrize(
    ("since", "judged"),
    [
        (datetime(2019, 3, 1, tzinfo=UTC), "2020"),
        (datetime(2018, 6, 1, tzinfo=UTC), "2020"),
        (datetime(2018, 5, 31, tzinfo=UTC), "2019"),
        (datetime(2030, 1, 1, tzinfo=UTC), "2021"),
    ],
)
def test_season_that_opened_last_is_judged_unless_one_is_named(since: datetime, judged: str) -> None:
    assert season_judged(TERMS, None, since).season_id == judged
    assert season_judged(TERMS, SeasonId("2019"), since).season_id == "2019"


def test_no_season_is_made_up() -> None:
    with pytest.raises(UsageError, match="--season"):
        season_judged(TERMS, None, datetime(2017, 5, 31, tzinfo=UTC))
    with pytest.raises(UsageError, match="2019, 2020, 2021"):
        season_judged(TERMS, SeasonId("2018"), datetime(2019, 3, 1, tzinfo=UTC))


@pytest.mark.parametrize(("screen_id", "function"), [("REGISTRATION", "welcome"), ("r-2020", "Member_Registration")])
def test_registering_is_no_use_of_a_function(screen_id: str, function: str) -> None:
    assert functions_of([screen(screen_id, function)]) == (FUNCTIONS, ())


def test_every_other_registered_screen_is_a_function_by_both_its_names() -> None:
    names, screens = functions_of([screen("Seat-7", "OG_Visit"), screen("r", "member_registration")])
    assert names == FUNCTIONS | {"seat-7", "og_visit"}
    assert screens == ("Seat-7",)
