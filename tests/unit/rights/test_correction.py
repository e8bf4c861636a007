"""What a person may dispute, what of it is clear, and which personal data can be put right."""

from datetime import UTC, date, datetime

import pytest

from kanmon.core.errors import UsageError
from kanmon.core.ids import CookieId
from kanmon.lake.cleared import ForeignStretch
from kanmon.rights.answer.history import DayOfActions, OwnBrowser
from kanmon.rights.requests.correction import DisputedActions, DisputedMark, checked_fields, disputed_of, stretches_of

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
SHARED, OWN = CookieId("shared"), CookieId("own")
BROWSERS = [
    OwnBrowser(None, False, [DayOfActions(FIRST, {"view": 1})]),
    OwnBrowser(SHARED, True, [DayOfActions(FIRST, {"view": 2}), DayOfActions(SECOND, {"view": 3, "search": 4})]),
    OwnBrowser(OWN, False, [DayOfActions(SECOND, {"view": 5})]),
]


@pytest.mark.parametrize(
    ("marked", "actions", "first_on", "is_clear"),
    [
        ([DisputedMark(SHARED, SECOND)], 7, SECOND, True),
        ([DisputedMark(SHARED, None)], 9, FIRST, True),
        ([DisputedMark(SHARED, None), DisputedMark(SHARED, FIRST)], 9, FIRST, True),
        ([DisputedMark(OWN, None)], 5, SECOND, False),
        ([DisputedMark(SHARED, None), DisputedMark(OWN, SECOND)], 14, FIRST, False),
        ([DisputedMark(None, FIRST)], 1, FIRST, False),
        ([DisputedMark(SHARED, FIRST), DisputedMark(CookieId("somebody's"), None)], 2, FIRST, True),
    ],
)
def test_what_is_disputed(marked: list[DisputedMark], actions: int, first_on: date, is_clear: bool) -> None:
    found = disputed_of(marked, BROWSERS)
    known = {one for one in marked if one.cookie_id != "somebody's"}
    assert set(found.marked) == known
    assert (found.actions, found.first_on, found.is_clear) == (actions, first_on, is_clear)
    assert isinstance(found, DisputedActions)


@pytest.mark.parametrize("marked", [[], [DisputedMark(OWN, FIRST)], [DisputedMark(CookieId("somebody's"), None)]])
def test_what_holds_nothing_is_not_disputed(marked: list[DisputedMark]) -> None:
    with pytest.raises(UsageError):
        disputed_of(marked, BROWSERS)


def test_a_day_is_one_in_japan() -> None:
    assert stretches_of([DisputedMark(SHARED, FIRST), DisputedMark(OWN, None)]) == [
        ForeignStretch(SHARED, datetime(2026, 2, 28, 15, tzinfo=UTC), datetime(2026, 3, 1, 15, tzinfo=UTC)),
        ForeignStretch(OWN, None, None),
    ]


def test_only_what_is_written_is_put_right() -> None:
    assert checked_fields({"given_name": " 花子 ", "family_name": " ", "member_id": "m"}) == {"given_name": "花子"}


@pytest.mark.parametrize("fields", [{}, {"given_name": " "}, {"birth_date": "2004/4/1"}, {"member_id": "m"}])
def test_what_cannot_be_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        checked_fields(fields)
