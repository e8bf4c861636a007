"""How far a version has come: the newest look counts, only looks since the roll-out began do, and unknown is no."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from kanmon.consent.policy import PolicyVersion
from kanmon.core.ids import PolicyId, PolicyVersionId, RunId, ScreenId, TextSha256
from kanmon.reviews.revisions.roll_out import CoverageFinding, CoverageRun, RollOut, roll_out
from kanmon.reviews.revisions.rules import LackCode
from kanmon.reviews.revisions.use_cases import coverage_is_due
from kanmon.reviews.screens.coverage import LookFinding, RefusalVerdict, ScreenFinding, ScreenOutcome, UnregisteredPage

BEGAN = datetime(2026, 4, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ONE, TWO = ScreenId("one"), ScreenId("two")
JA, EN = (
    PolicyVersion(PolicyId("p"), PolicyVersionId("4"), language, BEGAN, text, ())
    for language, text in (("ja", "新しい文面"), ("en", "new words"))
)
OLD = TextSha256("0" * 64)


def finding(
    screen: ScreenId, version: PolicyVersion, found: TextSha256 | None, outcome: ScreenOutcome = ScreenOutcome.IN_FORCE
) -> ScreenFinding:
    return ScreenFinding(screen, version.language, "http://b", LookFinding(outcome, found=found), 0, 3)


def right(*screens: ScreenId) -> list[ScreenFinding]:
    return [finding(screen, version, version.text_sha256) for screen in screens for version in (JA, EN)]


def run(hours: int, *findings: ScreenFinding, is_round: bool = True) -> CoverageFinding:
    at = BEGAN + hours * HOUR
    return CoverageFinding(CoverageRun(RunId(str(hours)), at, at, is_round, True, 0), findings, (), {})


def judged(*runs: CoverageFinding) -> RollOut:
    return roll_out({ONE, TWO}, [JA, EN], runs, BEGAN)


def codes(found: RollOut) -> list[LackCode]:
    return [lack.code for lack in found.lacks()]


def test_every_screen_in_every_language_makes_it_complete() -> None:
    found = judged(run(1, *right(ONE, TWO)))
    assert (codes(found), found.verified) == ([], 2)


def test_one_screen_in_one_language_is_enough_to_refuse() -> None:
    wrong = finding(TWO, EN, OLD, ScreenOutcome.OTHER_WORDS)
    found = judged(run(1, *right(ONE), finding(TWO, JA, JA.text_sha256), wrong))
    [lack] = found.lacks()
    assert dict(lack.values) == {"screen": TWO, "language": "en", "expected": EN.text_sha256, "found": OLD}
    assert found.verified == 1


def test_a_look_from_before_or_at_the_change_counts_for_nothing() -> None:
    assert codes(judged(run(-1, *right(ONE, TWO)))) == [LackCode.SCREEN_UNVERIFIED] * 4 + [LackCode.BOARD_NOT_SEARCHED]
    assert LackCode.SCREEN_UNVERIFIED in codes(judged(run(0, *right(ONE, TWO))))


def test_the_newest_look_counts() -> None:
    wrong = finding(ONE, JA, OLD, ScreenOutcome.OTHER_WORDS)
    assert codes(judged(run(1, wrong, *right(TWO)), run(2, *right(ONE), is_round=False))) == []
    assert codes(judged(run(1, *right(ONE, TWO)), run(2, wrong, is_round=False))) == [LackCode.SCREEN_UNVERIFIED]


def test_right_words_judged_against_other_words_are_not_taken_for_right() -> None:
    """What was in force when somebody looked may not be what is rolled out."""
    found = judged(run(1, *right(TWO), finding(ONE, JA, OLD), finding(ONE, EN, EN.text_sha256)))
    assert codes(found) == [LackCode.SCREEN_UNVERIFIED]


def test_a_round_over_all_screens_is_asked_for() -> None:
    assert codes(judged(run(1, *right(ONE, TWO), is_round=False))) == [LackCode.BOARD_NOT_SEARCHED]


def test_an_unregistered_page_blocks_until_a_later_round_finds_none() -> None:
    page = UnregisteredPage("http://b/lp", "http://b", ("p",), True)
    found = replace(run(1, *right(ONE, TWO)), unregistered=(page,))
    assert codes(judged(found)) == [LackCode.UNREGISTERED_CONSENT_SURFACE]
    assert codes(judged(found, run(2, is_round=False))) == [LackCode.UNREGISTERED_CONSENT_SURFACE]
    assert codes(judged(found, run(2))) == []


def test_a_function_that_a_refusal_costs_blocks() -> None:
    costly = replace(run(1, *right(ONE, TWO)), trials={ONE: RefusalVerdict.COSTS, TWO: RefusalVerdict.FREE})
    assert codes(judged(costly)) == [LackCode.REFUSAL_COSTS]


@pytest.mark.parametrize(("hours", "is_due"), [(None, True), (0, False), (23, False), (24, True)])
def test_the_screens_are_due_after_their_time(hours: int | None, is_due: bool) -> None:
    last = None if hours is None else BEGAN - hours * HOUR
    assert coverage_is_due(BEGAN, last, 24 * HOUR) is is_due
