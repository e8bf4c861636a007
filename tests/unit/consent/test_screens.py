"""In which spans of time a screen's consents don't count, after what it was seen to show."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from kanmon.consent.in_force import TextsInForce
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import ALWAYS, Doubt, Rendering, Screen, ScreenDoubt, doubts, last_seen_right
from kanmon.core.ids import PolicyId, PolicyVersionId, ScreenId, SeasonId

SCREEN = ScreenId("registration")
PRIVACY = PolicyId("privacy")
OLD, NEW, NEW_IN_ENGLISH, TERMS_OF_USE, UNKNOWN = 1, 2, 3, 4, 5


def day(number: int) -> datetime:
    return datetime(2026, 4, number, tzinfo=UTC)


def version(name: str, begins_on: int, policy: PolicyId = PRIVACY) -> PolicyVersion:
    return PolicyVersion(policy, PolicyVersionId(name), "ja", day(begins_on), name, ())


TEXTS = {
    NEW: version("new", 10),
    OLD: version("old", 2),
    NEW_IN_ENGLISH: version("new in English", 10),
    TERMS_OF_USE: version("terms", 15, PolicyId("terms")),
}


def look(on: int, text_no: int, screen: ScreenId = SCREEN) -> Rendering:
    return Rendering(screen, PRIVACY, day(on), text_no)


def found(*looks: Rendering, until: int = 30) -> list[Doubt]:
    return doubts(looks, TEXTS.values(), TEXTS, day(until))


def unverified(until: int, screen: ScreenId = SCREEN) -> Doubt:
    return Doubt(screen, ALWAYS[0], day(until), ScreenDoubt.UNVERIFIED)


def quarantined(begins: int, ends: int | None, released: Sequence[int] = (), screen: ScreenId = SCREEN) -> Doubt:
    ends_at = day(ends) if ends else ALWAYS[1]
    return Doubt(screen, day(begins), ends_at, ScreenDoubt.QUARANTINED, frozenset(released))


def test_what_was_never_looked_at_is_not_doubted() -> None:
    assert found() == []


def test_a_screen_is_unverified_before_its_first_look() -> None:
    assert found(look(12, NEW)) == [unverified(12)]


def test_all_time_is_all_time_in_utc() -> None:
    assert [at.utcoffset() for at in ALWAYS] == [timedelta(0), timedelta(0)]
    assert [at.replace(tzinfo=None) for at in ALWAYS] == [datetime.min, datetime.max]  # noqa: DTZ901


def test_any_language_of_the_version_in_force_is_right() -> None:
    assert found(look(12, NEW), look(13, NEW_IN_ENGLISH), look(14, NEW)) == [unverified(12)]


def test_a_version_is_in_force_from_its_very_moment() -> None:
    assert found(look(10, NEW)) == [unverified(10)]
    assert found(look(10, OLD)) == [unverified(10), quarantined(10, None)]


def test_nothing_is_right_before_the_first_version() -> None:
    for text_no in (OLD, NEW):
        assert found(look(1, text_no)) == [
            unverified(1),
            quarantined(1, 2),
            quarantined(2, 10),
            quarantined(10, None),
        ]


def test_an_old_version_an_unknown_text_and_another_policy_are_wrong() -> None:
    for text_no in (OLD, UNKNOWN, TERMS_OF_USE):
        assert found(look(16, text_no)) == [unverified(16), quarantined(16, None)]


def test_doubt_begins_at_the_last_right_look() -> None:
    assert found(look(11, NEW), look(12, NEW), look(14, OLD)) == [
        unverified(11),
        quarantined(12, 14),
        quarantined(14, None),
    ]


def test_doubt_ends_at_the_next_right_look_and_releases_the_words_in_force() -> None:
    released = [NEW, NEW_IN_ENGLISH]
    assert found(look(12, NEW), look(14, OLD), look(15, UNKNOWN), look(17, NEW), look(19, NEW)) == [
        unverified(12),
        quarantined(12, 14, released),
        quarantined(14, 15, released),
        quarantined(15, 17, released),
    ]


def test_a_screen_that_goes_wrong_twice_is_mended_once() -> None:
    released = [NEW, NEW_IN_ENGLISH]
    assert found(look(12, OLD), look(13, NEW), look(14, NEW), look(16, OLD)) == [
        unverified(12),
        quarantined(12, 13, released),
        quarantined(14, 16),
        quarantined(16, None),
    ]


def test_the_words_in_force_change_within_a_doubt() -> None:
    assert found(look(3, NEW), look(11, NEW)) == [
        unverified(3),
        quarantined(3, 10, [OLD]),
        quarantined(10, 11, [NEW, NEW_IN_ENGLISH]),
    ]


def test_a_change_at_a_look_makes_no_empty_span() -> None:
    assert found(look(2, UNKNOWN), look(10, NEW)) == [unverified(2), quarantined(2, 10, [OLD])]


def test_words_wrong_at_one_look_are_wrong_whatever_else_was_seen_at_that_moment() -> None:
    for looks in [(look(12, NEW), look(12, OLD)), (look(12, OLD), look(12, NEW))]:
        assert found(look(11, NEW), *looks) == [unverified(11), quarantined(11, 12), quarantined(12, None)]


def test_looks_may_come_in_any_order_and_count_up_to_the_moment_asked_about() -> None:
    assert found(look(14, OLD), look(12, NEW), until=13) == [unverified(12)]
    assert found(look(14, OLD), look(12, NEW), until=14) == [
        unverified(12),
        quarantined(12, 14),
        quarantined(14, None),
    ]


def test_each_screen_is_judged_by_itself() -> None:
    web_test = ScreenId("web_test")
    looks = look(12, OLD, web_test), look(11, NEW), look(13, NEW, web_test), look(14, NEW)
    assert found(*looks) == [
        unverified(11),
        unverified(12, web_test),
        quarantined(12, 13, [NEW, NEW_IN_ENGLISH], web_test),
    ]


def test_a_screen_is_wrong_once_a_version_is_in_force_that_nothing_showed_yet() -> None:
    shown = {OLD: TEXTS[OLD]}
    assert doubts([look(12, OLD)], list(TEXTS.values()), shown, day(30)) == [unverified(12), quarantined(12, None)]


def test_a_screen_is_in_use_from_its_first_moment_until_just_before_its_last() -> None:
    first, last = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
    screen = Screen(ScreenId("s"), SeasonId("2027"), "registration", PolicyId("privacy"), first, last)
    moment = timedelta(microseconds=1)
    used = [screen.is_in_use(at) for at in (first - moment, first, last - moment, last)]
    assert used == [False, True, True, False]
    always = Screen(ScreenId("s"), SeasonId("2027"), "registration", PolicyId("privacy"), None, None)
    assert always.is_in_use(first)


def test_a_screen_was_last_seen_right_before_a_moment_by_its_own_looks() -> None:
    in_force = TextsInForce(PRIVACY, list(TEXTS.values()), TEXTS)
    looks = [look(3, OLD), look(5, OLD), look(6, UNKNOWN), look(11, NEW), look(12, NEW, ScreenId("other"))]
    seen = [last_seen_right(SCREEN, looks, in_force, day(before)) for before in (3, 4, 7, 11, 20)]
    assert seen == [None, day(3), day(5), day(5), day(11)]
    assert last_seen_right(ScreenId("never"), looks, in_force, day(20)) is None
