"""The gate's facts and rules on every engine: the answers are those of the world in memory, reasons and all."""

from pathlib import Path

import pytest
from hypothesis import given

from kanmon.engines.judging import EngineJudging
from tests.engines.conftest import EngineOver
from tests.stores.test_gate_histories import History, few, histories


@pytest.mark.hypothesis
def test_people_are_judged_alike_wherever_the_evidence_is(engine_over: EngineOver, tmp_path: Path) -> None:
    judging = EngineJudging(engine_over(tmp_path))
    allowed = 0

    @few(2, 3)
    @given(histories(30, 40, asked=2, most_asked=2, never_quiet=True))
    def holds(drawn: History) -> None:
        nonlocal allowed
        world = drawn.world
        for one in drawn.asked:
            here = world.ask(one.terms, one.computed_at)
            assert world.ask(one.terms, one.computed_at, judging) == here
            allowed += sum(decision.is_allowed for decision in here)

    holds()
    assert allowed > 0
