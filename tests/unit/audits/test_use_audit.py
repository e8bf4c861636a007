"""The use audit (AC-24): finds selection by score, accuses nobody for what interviewers see, never says "clean"."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from numpy.typing import NDArray

from kanmon.audits.use.rules import (
    DecidedCase,
    UseFinding,
    WatchedSeason,
    association,
    holm,
    is_drawn_as_registered,
    judge,
    p_values,
    power,
    randomised,
)
from kanmon.clients.decision import Draw
from kanmon.clients.use_plan import Analysis, UsePlan
from kanmon.core.ids import ApplicantId, ClientId, SeasonId
from kanmon.ledger.canonical import canonical_nfc

AT = datetime(2026, 4, 1, tzinfo=UTC)
SEASON = SeasonId("2026")
SEEDS, APPLICANTS, SHARE, DRAWS = 1_000, 1_000, 0.2, 1_999
LEVEL = 0.01 / 2
"""Of a first look, which spends half of what a stage has."""


def season(
    planted: float, confounded: float, seed: int, seeds: int = SEEDS
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Scores, who is withheld and who passed: a row for each seed.

    Readable applicants pass less the higher their score, by `planted`; all do by `confounded`, as interviewers see
    something that goes with the score.
    """
    chance = np.random.default_rng(seed)
    scores = chance.random((seeds, APPLICANTS))
    withheld = chance.random((seeds, APPLICANTS)) < SHARE
    rate = 0.5 - (scores - 0.5) * (confounded + np.where(withheld, 0, planted))
    return scores, withheld, chance.random((seeds, APPLICANTS)) < rate


def flagged(planted: float, confounded: float, seed: int) -> float:
    scores, withheld, passed = season(planted, confounded, seed)
    products = association(scores, passed.astype(float))
    p = p_values(products, withheld, randomised(APPLICANTS, SHARE, DRAWS, seed + 1))
    return float((p <= LEVEL).mean())


def test_misuse_is_found_in_nine_of_ten_seeds_and_an_honest_client_accused_in_one_of_a_hundred_at_most() -> None:
    assert flagged(planted=float(Analysis().planted), confounded=0, seed=1) >= 0.90
    assert flagged(planted=0, confounded=0, seed=3) <= 0.01
    assert flagged(planted=0, confounded=0.8, seed=5) <= 0.01


def test_what_only_watches_would_accuse_that_honest_client() -> None:
    scores, _, passed = season(planted=0, confounded=0.8, seed=5, seeds=100)
    correlations = [np.corrcoef(one, two)[0, 1] for one, two in zip(scores, passed, strict=True)]
    assert np.mean(np.abs(correlations) * APPLICANTS**0.5 > 2.576) >= 0.7


def test_the_power_that_is_stated_is_the_power_there_is() -> None:
    scores, withheld, passed = season(planted=0.6, confounded=0, seed=7)
    products = association(scores, passed.astype(float))
    stated = power(products[0], float(passed[0].mean()), int(withheld[0].sum()), LEVEL, 0.6)
    assert abs(stated - flagged(planted=0.6, confounded=0, seed=1)) < 0.03


@pytest.mark.parametrize("passed", [0.0, 1.0, 0.001])
def test_where_nearly_all_pass_or_fail_there_is_no_power(passed: float) -> None:
    decisions = (np.arange(1000) < 1000 * passed).astype(float)
    scores = np.random.default_rng(1).random(1000)
    assert power(association(scores, decisions), passed, 200, LEVEL, 0.6) < 0.5


def plan(share: float = SHARE) -> UsePlan:
    return UsePlan(ClientId("X"), SEASON, Draw(b"s" * 32, share), Analysis(randomisations=4_999), AT)


def watch(planted: float, count: int, client: str = "X", looks: int = 0, stage: str = "1") -> WatchedSeason:
    registered, chance, cases = plan(), np.random.default_rng(11), []
    for number in range(count):
        named = ApplicantId(f"a{number}")
        held, score = registered.draw.is_drawn(named), chance.random()
        rate = 0.5 - (score - 0.5) * (0 if held else planted)
        cases.append(DecidedCase(named, stage, held, round(score * 10_000), bool(chance.random() < rate)))
    return WatchedSeason(registered, ClientId(client), SEASON, cases, 0, 0, {stage: looks})


def test_a_client_that_selects_by_score_is_found_and_another_is_not() -> None:
    found = judge([watch(0.9, 2_000, "X"), watch(0, 2_000, "Y")])
    assert [(one.client_id, one.finding) for one in found] == [
        ("X", UseFinding.MISUSE_FOUND), ("Y", UseFinding.NOTHING_FOUND),
    ]  # fmt: skip
    assert all(one.power is not None and one.power >= 0.8 for one in found)


@pytest.mark.parametrize("planted", [0.0, 0.9])
def test_too_few_decisions_say_nothing_and_are_not_tested(planted: float) -> None:
    [look] = judge([watch(planted, 150)])
    assert (look.finding, look.p) == (UseFinding.TOO_FEW_TO_TELL, None)


def test_nobody_withheld_or_no_plan_is_not_auditable() -> None:
    whole = watch(0.9, 500)
    readable = replace(whole, cases=[one for one in whole.cases if not one.is_withheld])
    assert [one.finding for one in judge([readable, replace(whole, plan=None)])] == [UseFinding.NOT_AUDITABLE] * 2


def test_looking_again_costs_so_that_looking_often_accuses_nobody() -> None:
    first, third = (judge([watch(0.75, 1_800, looks=looks)])[0] for looks in (0, 2))
    assert first.p is not None
    assert third.p == pytest.approx(4 * first.p)


def test_one_look_gives_one_answer_whoever_takes_it() -> None:
    assert judge([watch(0.5, 1_800)]) == judge([watch(0.5, 1_800)])


def test_holm() -> None:
    assert holm({0: 0.01, 1: 0.04, 2: 0.03}) == pytest.approx({0: 0.03, 2: 0.06, 1: 0.06})


def test_an_auditor_with_the_seed_draws_the_same() -> None:
    whole = watch(0, 300)
    assert is_drawn_as_registered(plan().draw, whole.cases)
    assert not is_drawn_as_registered(Draw(b"t" * 32, SHARE), whole.cases)
    assert 30 < sum(one.is_withheld for one in whole.cases) < 90


def test_the_ledger_gets_the_seeds_hash_and_never_the_seed() -> None:
    entry = plan().entry()
    assert entry.payload["seed_sha256"] == plan().draw.seed_sha256
    assert (b"s" * 32).hex().encode() not in canonical_nfc(entry.payload)
