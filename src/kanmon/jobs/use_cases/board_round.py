"""A round over the board's screens as a worker does it. Loads the browser."""

from collections.abc import Sequence

from kanmon.application.application import Application
from kanmon.core.ids import ScreenId
from kanmon.jobs.job import Job, JobResult, JobState
from kanmon.jobs.timer import AlertCode
from kanmon.jobs.use_cases.telling import raise_alert
from kanmon.reviews.screens.reach import NamedOrigin
from kanmon.reviews.screens.use_cases import go_round_board


def do(named: Sequence[NamedOrigin], application: Application, job: Job) -> JobResult:
    """Open the job's screens, or all in use; an origin out of a page counts only where `named` has it."""
    screens, base = job.arguments["screens"], job.arguments["base"]
    assert isinstance(screens, list)
    chosen = [ScreenId(name) for name in screens]
    found = go_round_board(application, chosen, None if base is None else str(base), named)
    if not found.is_clean:
        facts = {"screens": found.screens, "covered": found.covered}
        raise_alert(application, job, AlertCode.SCREENS_WRONG, facts)
    told = {"run_id": found.run_id, "screens": found.screens, "covered": found.covered, "is_clean": found.is_clean}
    return JobResult(JobState.DONE, told)
