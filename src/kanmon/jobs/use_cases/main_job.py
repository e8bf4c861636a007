"""The main job as a worker does it. Loads the linker, models and charts."""

from collections.abc import Mapping

from kanmon.application.application import Application
from kanmon.jobs.job import Job, JobResult, JobState
from kanmon.ledger.use_cases.awaited import take_awaited
from kanmon.pipeline.gate_run import ClientRun
from kanmon.pipeline.use_cases.season import season_run
from kanmon.provision.service import ProvisionOutcome


def do(application: Application, job: Job) -> JobResult:
    """Link, train, gate, score and provide for the job's client, or for all."""
    with application.workspace.hold():
        take_awaited(application)
        run = season_run(application)
        clients = run.begin("job", [] if job.client_id is None else [job.client_id], None)
        run.all_steps(clients)
        run.finish()
    are_refused = bool(clients) and all(client.is_refused for client in clients)
    told = {"run_id": run.run_id, "clients": {client.client.client_id: _told(client) for client in clients}}
    return JobResult(JobState.REFUSED if are_refused else JobState.DONE, told)


def _told(run: ClientRun) -> Mapping[str, object]:
    """What came of a run for one client: nothing that says anything of a person."""
    assert run.provided is not None
    is_new = run.provided.outcome is ProvisionOutcome.PROVIDED or bool(run.handed_over_late)
    return {
        "outcome": ProvisionOutcome.PROVIDED.value if is_new else run.provided.outcome.value,
        "refused_by": sorted(code.value for code in run.denied_by),
    }
