"""The states of a consent: what leads where, and that only a person's agreement makes one valid."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanmon.consent.evidence import ConsentAct
from kanmon.consent.state import MOVES, VALID, ConsentState, history, state_of
from kanmon.core.ids import EvidenceId, MemberId, ScreenId, TextSha256

NOW = datetime(2026, 6, 1, tzinfo=UTC)
S = ConsentState


def act(day: int, action: str) -> ConsentAct:
    at = NOW - timedelta(days=100 - day)
    return ConsentAct(EvidenceId(day), MemberId("M1"), at, ScreenId("s"), TextSha256("0"), action, None, None)


def states(*acts: tuple[int, str], valid_days: int | None = None, invalidated: bool = False) -> list[ConsentState]:
    found = history([act(*one) for one in acts], NOW, valid_days, NOW if invalidated else None)
    return [event.state for event in found]


def test_every_state_leads_somewhere_and_what_is_not_valid_only_to_a_new_request() -> None:
    assert MOVES.keys() == set(S)
    for state, to in MOVES.items():
        assert to
        if state not in VALID | {S.REQUESTED}:
            assert to == {S.REQUESTED}
    assert {state for state, to in MOVES.items() if S.GIVEN in to} == {S.REQUESTED}
    assert {state for state, to in MOVES.items() if S.RENEWED in to} == VALID


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        ([], []),
        ([(1, "accept")], [S.REQUESTED, S.GIVEN]),
        ([(1, "accept"), (2, "accept")], [S.REQUESTED, S.GIVEN, S.RENEWED]),
        ([(1, "refuse")], [S.REQUESTED, S.REFUSED]),
        ([(1, "withdraw")], []),
        ([(1, "accept"), (2, "withdraw")], [S.REQUESTED, S.GIVEN, S.WITHDRAWN]),
        ([(1, "accept"), (2, "refuse")], [S.REQUESTED, S.GIVEN, S.WITHDRAWN]),
        (
            [(1, "accept"), (2, "withdraw"), (3, "accept")],
            [S.REQUESTED, S.GIVEN, S.WITHDRAWN, S.REQUESTED, S.GIVEN],
        ),
        ([(1, "accept"), (101, "withdraw")], [S.REQUESTED, S.GIVEN]),  # after now
    ],
)
def test_what_a_person_does_moves_the_consent(acts: list[tuple[int, str]], expected: list[ConsentState]) -> None:
    assert states(*acts) == expected


def test_a_consent_runs_out_and_can_be_given_again() -> None:
    assert states((1, "accept"), valid_days=99) == [S.REQUESTED, S.GIVEN, S.EXPIRED]
    assert states((1, "accept"), valid_days=100) == [S.REQUESTED, S.GIVEN]
    again = [S.REQUESTED, S.GIVEN, S.EXPIRED, S.REQUESTED, S.GIVEN]
    assert states((1, "accept"), (95, "accept"), valid_days=30) == again
    assert states((1, "accept"), (20, "accept"), valid_days=90) == [S.REQUESTED, S.GIVEN, S.RENEWED]


def test_only_what_stands_can_be_found_invalid() -> None:
    assert states((1, "accept"), invalidated=True)[-1] is S.INVALIDATED
    assert states((1, "refuse"), invalidated=True)[-1] is S.REFUSED


acts_drawn = st.lists(st.tuples(st.integers(1, 110), st.sampled_from(["accept", "refuse", "withdraw"])), max_size=8)


@given(acts_drawn, st.none() | st.integers(1, 120), st.booleans())
def test_every_history_goes_by_the_moves(
    drawn: list[tuple[int, str]], valid_days: int | None, invalidated: bool
) -> None:
    acts = [act(*one) for one in sorted(drawn)]
    events = history(acts, NOW, valid_days, NOW if invalidated else None)
    came_from = S.UNKNOWN
    for event in events:
        assert event.state in MOVES[came_from]
        came_from = event.state
    moments = [event.at for event in events]
    assert moments == sorted(moments)
    last = [one for one in acts if one.occurred_at <= NOW][-1:]
    if state_of(events) in VALID:
        assert last
        assert any(one.action == "accept" for one in acts)
        assert last[0].action == "accept"
