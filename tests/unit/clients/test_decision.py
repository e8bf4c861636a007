"""The decision lock: no interleaving opens a score before its decision; the draw is the seed's alone."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import pytest
from benchmarks.decision_lock import leaks
from hypothesis import given
from hypothesis import strategies as st

from kanmon.clients.decision import ApplicantStanding, DecisionAct, DecisionVerdict, Draw, Withholding
from kanmon.core.errors import StatementIncomplete
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId

ONE = ApplicantId("a1")
DRAW = Draw(b"s" * 32, 0.2)
ACT = DecisionAct(
    ClientId("one"), ApplicantNo(1), "1", "pass", datetime(2026, 4, 1, tzinfo=UTC), None, UUID(int=7)
)  # fmt: skip


@pytest.mark.parametrize(
    ("standing", "is_decided"),
    [
        (ApplicantStanding(None), False),
        (ApplicantStanding("1"), False),
        (ApplicantStanding("1", frozenset({"2"})), False),
        (ApplicantStanding("1", frozenset({"1"})), True),
        (ApplicantStanding(None, frozenset({"2"})), True),
    ],
)
def test_a_score_waits_for_the_decision_of_the_stage_that_was_named(
    standing: ApplicantStanding, is_decided: bool
) -> None:
    assert standing.is_decided is is_decided
    assert Withholding(locks=True).withholds(ONE, standing) is not is_decided
    assert not Withholding().withholds(ONE, standing)


def test_thousands_of_interleavings_leak_nothing_and_without_the_lock_they_do() -> None:
    chance = random.Random(12)
    assert sum(leaks(chance, Withholding(locks=True)) for _ in range(5_000)) == 0
    assert sum(leaks(chance, Withholding()) for _ in range(200)) > 100


@given(st.text(min_size=1), st.sets(st.sampled_from(["1", "2"])))
def test_what_is_drawn_waits_and_what_is_not_does_not(name: str, decided: set[str]) -> None:
    standing = ApplicantStanding("1", frozenset(decided))
    expected = DRAW.is_drawn(ApplicantId(name)) and "1" not in decided
    assert Withholding(draw=DRAW).withholds(ApplicantId(name), standing) is expected


def test_a_fifth_is_drawn() -> None:
    drawn = sum(DRAW.is_drawn(ApplicantId(f"a{number}")) for number in range(10_000))
    assert 1_850 < drawn < 2_150


@pytest.mark.parametrize(
    "change",
    [
        {"decision": "fail"},
        {"stage": "2"},
        {"changes": "fail"},
        {"salt": UUID(int=8)},
        {"applicant_no": ApplicantNo(2)},
    ],
)
def test_a_commitment_is_to_every_part_of_a_decision(change: Mapping[str, object]) -> None:
    parts = {name: getattr(ACT, name) for name in ACT.__dataclass_fields__}
    assert DecisionAct(**{**parts, **change}).commitment() != ACT.commitment()


@pytest.mark.parametrize("written", ["", "PASS", "maybe"])
def test_a_decision_is_a_pass_or_a_fail(written: str) -> None:
    with pytest.raises(StatementIncomplete):
        DecisionVerdict.stated(written)
