"""The gate's facts and rules on every engine: the answers are those of the world in memory, reasons and all."""

from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kanmon.adapters.engines.judging import EngineJudging
from kanmon.consent.screens import Rendering
from kanmon.gate.stops import StopAct
from tests.engines.conftest import EngineOver
from tests.stores.test_gate_histories import distinct, numbered
from tests.unit.gate.test_histories import TEXTS, Asked, incidents, looks, persons, questions, switches
from tests.unit.gate.worlds import Incident, Person, World


def test_people_are_judged_alike_wherever_the_evidence_is(engine_over: EngineOver, tmp_path: Path) -> None:
    judging = EngineJudging(engine_over(tmp_path))
    allowed = 0

    @settings(
        max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck), database=None,
        derandomize=True,
    )  # fmt: skip
    @given(
        st.lists(persons.map(distinct), min_size=30, max_size=40),
        looks,
        switches,
        incidents,
        st.lists(questions, min_size=2, max_size=2),
    )
    def holds(
        drawn: list[Person],
        seen: list[Rendering],
        switched: list[StopAct],
        hit: list[Incident],
        asked: list[Asked],
    ) -> None:
        nonlocal allowed
        people = [numbered(member, person) for member, person in enumerate(drawn, start=1)]
        world = World(people, TEXTS, seen, switched=switched, incidents=hit)
        for one in asked:
            here = world.ask(one.terms, one.computed_at)
            assert world.ask(one.terms, one.computed_at, judging) == here
            allowed += sum(decision.is_allowed for decision in here)

    holds()
    assert allowed > 10
