"""A run that asks the gate and does nothing else, put together without what scores."""

from kanmon.bootstrap.application import Application
from kanmon.bootstrap.awaited import take_awaited
from kanmon.bootstrap.decisions import enter_answers
from kanmon.bootstrap.judging import judging_over
from kanmon.road.gate_run import GateRun


def gate_run(application: Application) -> GateRun:
    """A new run that asks the gate, after what waits for the ledger is entered; raises as `check_providing`, and
    `LakeDamaged`."""
    enter_answers(application)
    take_awaited(application)
    application.check_providing()
    lake = application.lake
    lake.check_files()
    return GateRun(application.transactions, application.clock, application.progress, judging_over(lake))
