"""A run that asks the gate and does nothing else, put together without what scores."""

from kanmon.application.application import Application
from kanmon.application.judging import judging_over
from kanmon.gate.use_cases import enter_answers
from kanmon.ledger.use_cases.awaited import take_awaited
from kanmon.pipeline.gate_run import GateRun
from kanmon.pipeline.use_cases.transactions import season_transactions


def gate_run(application: Application) -> GateRun:
    """A new run that asks the gate, after what waits for the ledger is entered; raises as `check_providing`, and
    `LakeDamaged`."""
    enter_answers(application)
    take_awaited(application)
    application.check_providing()
    lake = application.lake
    lake.check_files()
    return GateRun(
        season_transactions(application.transactions), application.clock, application.progress, judging_over(lake)
    )
