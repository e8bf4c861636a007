"""The law by its dates: which profile is in force when, in which steps, and what nobody has decided yet."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kanmon.consent.law import (
    ACT_56_LAST_STEP,
    JP_APPI_2017,
    JP_APPI_2022,
    JP_APPI_2026,
    PROFILES,
    LawSubject,
    law_day,
)
from kanmon.core.clock import ReplayClock, SystemClock, day_of
from kanmon.core.errors import LawNotInForce
from kanmon.intake.law import require_law_in_force

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2017, 5, 29), set()),
        (date(2017, 5, 30), {"JP-APPI-2017"}),
        (date(2022, 3, 31), {"JP-APPI-2017"}),
        (date(2022, 4, 1), {"JP-APPI-2022"}),
        (date(2026, 7, 16), {"JP-APPI-2022"}),
        (date(2026, 7, 17), {"JP-APPI-2022", "JP-APPI-2026"}),
        (date(2028, 7, 15), {"JP-APPI-2022", "JP-APPI-2026"}),
        (date(2028, 7, 16), {"JP-APPI-2026"}),
    ],
)
def test_each_day_has_its_law(day: date, expected: set[str]) -> None:
    assert {name for name, profile in PROFILES.items() if profile.is_in_force(day)} == expected


def test_act_56_comes_into_force_in_three_steps_each_with_its_citation() -> None:
    days = [(step.in_force_from, step.is_provisional) for step in JP_APPI_2026.steps]
    assert days == [(date(2026, 7, 17), False), (date(2027, 1, 17), False), (date(2028, 7, 16), True)]
    articles = [article for step in JP_APPI_2026.steps for article in step.articles]
    assert {article.subject for article in articles} == set(LawSubject)
    assert all("令和8年法律第56号" in article.citation for article in articles)


@pytest.mark.parametrize("subject", list(LawSubject))
def test_what_rules_have_yet_to_decide_is_open_from_the_last_step_on(subject: LawSubject) -> None:
    is_open = subject not in {LawSubject.IN_FORCE_AT_ONCE, LawSubject.PENALTIES, LawSubject.UNDER_16}
    assert JP_APPI_2026.leaves_open(subject, ACT_56_LAST_STEP) is is_open
    assert not JP_APPI_2026.leaves_open(subject, ACT_56_LAST_STEP - DAY)
    assert not JP_APPI_2022.leaves_open(subject, ACT_56_LAST_STEP)


def test_a_representative_is_asked_for_from_the_last_step_on_and_by_no_law_before() -> None:
    asked = [profile.profile_id for profile in PROFILES.values() if profile.asks(LawSubject.UNDER_16, ACT_56_LAST_STEP)]
    assert asked == ["JP-APPI-2026"]
    assert not JP_APPI_2026.asks(LawSubject.UNDER_16, ACT_56_LAST_STEP - DAY)


def test_the_new_law_asks_no_less_of_words_than_the_one_before() -> None:
    assert JP_APPI_2026.asks_as(JP_APPI_2022)
    assert not JP_APPI_2022.asks_as(JP_APPI_2017)


@pytest.mark.parametrize(
    ("law", "day", "is_taken"),
    [
        ("JP-APPI-2017", date(2026, 11, 30), False),
        ("JP-APPI-2017", date(2019, 3, 1), True),
        ("JP-APPI-2017", None, True),
        ("JP-APPI-2022", date(2026, 11, 30), True),
        ("JP-APPI-2022", date(2028, 7, 16), False),
        ("JP-APPI-2026", date(2026, 11, 30), True),
        ("JP-APPI-2026", date(2026, 7, 16), False),
    ],
)
def test_a_law_outside_its_dates_is_loaded_by_replays_alone(law: str, day: date | None, is_taken: bool) -> None:
    if is_taken:
        require_law_in_force(law, day)
        return
    with pytest.raises(LawNotInForce) as refused:
        require_law_in_force(law, day)
    assert (refused.value.code, refused.value.exit_status) == ("LAW_NOT_IN_FORCE", 4)
    assert law in str(refused.value)


def test_a_day_is_one_of_japan_and_a_replay_has_none() -> None:
    evening = datetime(2028, 7, 15, 15, tzinfo=UTC)
    assert day_of(evening) == date(2028, 7, 16)
    assert law_day(ReplayClock(evening)) is None
    assert law_day(SystemClock(in_replays=True)) is None
    assert law_day(SystemClock()) == day_of(datetime.now(UTC))
