"""Which displayed texts are right at a moment."""

from datetime import UTC, datetime

from kanmon.consent.in_force import TextsInForce, version_in_force
from kanmon.consent.policy import PolicyVersion
from kanmon.core.ids import PolicyId, PolicyVersionId

PRIVACY = PolicyId("privacy")


def day(number: int) -> datetime:
    return datetime(2026, 4, number, tzinfo=UTC)


def version(name: str, begins_on: int, language: str = "ja", policy: PolicyId = PRIVACY) -> PolicyVersion:
    return PolicyVersion(policy, PolicyVersionId(name), language, day(begins_on), name, ())


OLD, NEW, ENGLISH, OTHER = (
    version("old", 2), version("new", 10), version("in English", 5, "en"),
    version("terms", 1, policy=PolicyId("terms")),
)  # fmt: skip
TEXTS = {1: OLD, 2: NEW, 3: ENGLISH, 4: OTHER}


def test_the_latest_version_is_right_from_its_first_moment() -> None:
    right = TextsInForce(PRIVACY, [OLD, NEW], {1: OLD, 2: NEW})
    assert [right.at(day(number)) for number in (1, 2, 9, 10, 30)] == [set(), {1}, {1}, {2}, {2}]
    assert right.changes == [day(2), day(10)]


def test_each_language_has_a_latest_version_of_its_own() -> None:
    right = TextsInForce(PRIVACY, TEXTS.values(), TEXTS)
    assert [right.at(day(number)) for number in (2, 5, 10)] == [{1}, {1, 3}, {2, 3}]


def test_while_a_version_is_in_force_that_nothing_showed_no_text_is_right() -> None:
    right = TextsInForce(PRIVACY, [OLD, NEW], {1: OLD})
    assert [right.at(day(9)), right.at(day(10))] == [{1}, frozenset()]


def test_editions_of_the_same_moment_are_all_right() -> None:
    again = version("new, once more", 10)
    right = TextsInForce(PRIVACY, [NEW, again], {2: NEW, 5: again})
    assert right.at(day(10)) == {2, 5}


def test_words_of_another_policy_are_never_right() -> None:
    terms_of_use = version("terms, the same day", 10, policy=PolicyId("terms"))
    assert TextsInForce(PRIVACY, [NEW, terms_of_use], {2: NEW, 4: terms_of_use}).at(day(10)) == {2}


def test_the_version_in_force_is_the_policys_own_in_the_language_that_is_wanted() -> None:
    versions = list(TEXTS.values())
    assert version_in_force(PRIVACY, "ja", versions, day(9)) == OLD
    assert version_in_force(PRIVACY, "ja", versions, day(10)) == NEW
    assert version_in_force(PRIVACY, "en", versions, day(10)) == ENGLISH
    assert version_in_force(PRIVACY, "en", versions, day(4)) is None
    assert version_in_force(PRIVACY, "ja", versions, day(1)) is None
    again = version("new, once more", 10)
    assert version_in_force(PRIVACY, "ja", [OLD, again, NEW], day(10)) == again
