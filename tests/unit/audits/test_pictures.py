"""The figures of a gap and of the ledger show what was found."""

from datetime import UTC, datetime, timedelta
from gettext import NullTranslations

from kanmon.audits.gap.model import Gap, GapDelivery, GapReason, GapRule, Window
from kanmon.audits.gap.pictures import pictures_of
from kanmon.audits.overview.pictures import growth_picture, refusals_picture
from kanmon.audits.overview.refusals import DayOfAnswers
from kanmon.clients.contract import Scheme
from kanmon.clients.wording import SCHEME_MEANINGS
from kanmon.core.ids import ClientId, MemberId, SeasonId

_ = NullTranslations().gettext
AT = datetime(2019, 3, 1, tzinfo=UTC)


def delivery(client: str, days: float, scheme: Scheme = Scheme.PERSONAL_DATA) -> GapDelivery:
    at = AT + timedelta(days=days)
    return GapDelivery(MemberId("M1"), ClientId(client), scheme, at, GapReason.PRE_REVISION_MEMBER, (), went=True)


def gap(*deliveries: GapDelivery, reasons: dict[str, int] | None = None) -> Gap:
    told = {"R1_PRE_REVISION_MEMBER": 3, "R2_STALE_REGISTRATION_SCREEN": 1} if reasons is None else reasons
    window = Window(AT, AT + timedelta(days=400))
    return Gap(GapRule.STRICT, SeasonId("2020"), window, (), told, {}, (), deliveries)


def test_causes_are_told_with_their_meaning_and_count() -> None:
    [causes] = pictures_of(gap(), _)
    assert [(row[0], row[1], row[3]) for row in causes.rows] == [
        ("1", "R1_PRE_REVISION_MEMBER", "3"),
        ("2", "R2_STALE_REGISTRATION_SCREEN", "1"),
    ]
    assert causes.chart.svg().count('class="block') == 2
    assert pictures_of(gap(reasons={}), _) == []


def test_deliveries_are_counted_by_client_and_day_of_japan() -> None:
    by_cookie = delivery("A", 0, Scheme.COOKIE)
    found = gap(delivery("B", 0.7), by_cookie, delivery("A", 0.65), delivery("A", 0.66))
    cookie, name = SCHEME_MEANINGS[Scheme.COOKIE], SCHEME_MEANINGS[Scheme.PERSONAL_DATA]
    assert pictures_of(found, _)[1].rows == [
        ["A 1", "A", cookie, "2019-03-01", "1"],
        ["B 2", "A", name, "2019-03-02", "2"],
        ["B 3", "B", name, "2019-03-02", "1"],
    ]


def test_squares_look_by_how_many_went_and_many_days_are_months() -> None:
    many = [delivery("A", 0)] * 100 + [delivery("B", 0)] * 10 + [delivery("C", day) for day in range(40)]
    picture = pictures_of(gap(*many), _)[1]
    assert [(row[0], *row[3:]) for row in picture.rows[:2]] == [("B 1", "2019-03", "100"), ("B 2", "2019-03", "10")]
    drawn = picture.chart.svg()
    assert [drawn.count(f'class="block {look}') for look in ("main", "alarm", "second")] == [2, 3, 2], "legend too"


def test_growth_is_told_from_two_checkpoints_on() -> None:
    told = [(500, AT + timedelta(hours=1)), (20, AT)]
    picture = growth_picture(told, _)
    assert picture is not None
    assert picture.rows == [["2019-03-01 09:00", "20"], ["2019-03-01 10:00", "500"]]
    assert picture.chart.svg().count("<circle ") == 2
    assert growth_picture(told[:1], _) is None


def test_refusals_stand_beside_those_asked_about() -> None:
    picture = refusals_picture([DayOfAnswers(AT.date(), 1200, 30)], _)
    assert picture is not None
    assert picture.rows == [["2019-03-01", "1,200", "30"]]
    assert refusals_picture([], _) is None
