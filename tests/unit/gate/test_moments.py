"""Where it is not known exactly when people acted, the gate allows only what every possible order allows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanmon.consent.law import JP_APPI_2022
from kanmon.gate.decision import Use
from tests.unit.gate.test_histories import C1, FULL, TEXTS, Asked, day, histories, yes
from tests.unit.gate.worlds import Act, Person, World

HALF = timedelta(hours=12)
spans = st.tuples(st.integers(1, 4), st.sampled_from([0, 0, 0.5, 1, 2]))
deeds = st.lists(st.tuples(spans, st.sampled_from(["accept", "accept", "withdraw", "refuse"])), min_size=1, max_size=3)
asked_days = st.sampled_from([3, 5, 6, 8])


def person(done: list[tuple[tuple[int, float], str]]) -> Person:
    return Person(
        tuple(
            Act(number, day(on), do, FULL, until=day(on) + timedelta(days=lasts) if lasts else None)
            for number, ((on, lasts), do) in enumerate(done)
        )
    )


def possible(one: Person) -> Iterator[Person]:
    """The person with every act at one of its possible moments, half a day apart, in every combination."""
    moments = [[act.at + step * HALF for step in range((act.latest - act.at) // HALF + 1)] for act in one.acts]
    for drawn in product(*moments):
        exact = (replace(act, at=at, until=None) for act, at in zip(one.acts, drawn, strict=True))
        yield replace(one, acts=tuple(exact))


def is_allowed(one: Person, on: int) -> bool:
    [answer] = yes(World([one], {FULL: TEXTS[FULL]}), Asked(on, Use.SCORE, JP_APPI_2022.profile_id, C1, None))
    return answer


@pytest.mark.hypothesis
def test_what_is_allowed_is_allowed_in_every_possible_order() -> None:
    answered: Counter[bool] = Counter()

    @histories(250)
    @given(deeds, asked_days)
    def holds(done: list[tuple[tuple[int, float], str]], on: int) -> None:
        one = person(done)
        says_yes = is_allowed(one, on)
        answered[says_yes] += 1
        in_every_order = all(is_allowed(exact, on) for exact in possible(one))
        assert in_every_order or not says_yes
        if sum(act.do == "accept" for act in one.acts) == 1:
            assert says_yes == in_every_order

    holds()
    assert set(answered) == {True, False}
