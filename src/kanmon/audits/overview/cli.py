"""`kanmon status` and `kanmon runs`: what the state of a workspace is, and what was done in it.

JSON of `status`: `workspace`, `is_replay`, `stopped`, `loaded`, `clients`, `waiting`, `ledger_entries`, `disk`,
`versions`, and `timers`, each with `kind`, `every_seconds`, `due_at`, `last_state`,
`last_at`; of `runs`: `runs`, newest first.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from kanmon.audits.overview.shapes import (
    ClientStatusResult,
    LoadedTableResult,
    RunListed,
    RunsResult,
    StatusResult,
    TimerResult,
)
from kanmon.audits.overview.status import AwaitedWork, ClientStatus, LoadedTable, RunSummary, WorkspaceStatus
from kanmon.audits.overview.use_cases.status import Machine, machine_of, newest_runs, status_now
from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.language import N_, preferred_language, translations
from kanmon.jobs.timer import TimerState
from kanmon.jobs.use_cases.telling import timer_states
from kanmon.jobs.words import KINDS, STATES

_WAITING = {
    AwaitedWork.HOLDS: N_("on hold, since what may be a no could not be read: %(count)s; see kanmon hold list"),
    AwaitedWork.MODELS: N_("models held by the acceptance rule: %(count)s; see the card, then kanmon approve"),
    AwaitedWork.REVIEWS: N_("applicants whose member a person must choose: %(count)s; see kanmon link review"),
    AwaitedWork.INCIDENTS: N_("incidents not closed: %(count)s; see kanmon incident list"),
    AwaitedWork.MATTERS: N_("matters of an authority not closed: %(count)s; see kanmon matter list"),
    AwaitedWork.RECALLS: N_("requests to erase, not certified: %(count)s; see kanmon recall show"),
    AwaitedWork.LETTERS: N_("letters not handed over: %(count)s; see kanmon mail list"),
    AwaitedWork.JOBS: N_("jobs for the worker: %(count)s; kanmon worker does them"),
    AwaitedWork.FAILED_JOBS: N_("jobs that failed: %(count)s"),
}


def status(workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Say what is loaded, how each client stands, what waits for a person, and how much room is left."""
    with opened(workspace, at, alone=False) as application:
        state, machine = status_now(application), machine_of(application)
        timers = timer_states(application)
        root, is_replay = application.workspace.root, application.workspace.is_replay
    if as_json:
        print_json(_facts(root, state, machine, timers, is_replay=is_replay))
        return
    say(_("workspace %(folder)s"), folder=root)
    if is_replay:
        say(_("  a replay: commands may act at another moment"))
    if state.is_service_stopped:
        say(_("  the whole service is stopped; see kanmon resume"))
    _print_loaded(state)
    for client in state.clients:
        _print_client(client)
    _print_waiting(state)
    for timer in timers:
        _print_timer(timer)
    say(
        _(
            "Kanmon %(kanmon)s, Python %(python)s, PostgreSQL %(database)s; %(free)s GB free; %(entries)s entries in "
            "the ledger"
        ),
        kanmon=machine.kanmon_version,
        python=machine.python_version,
        database=state.database_version.split()[0],
        free=f"{machine.free_bytes / 1e9:,.1f}",
        entries=f"{state.ledger_entries:,}",
    )


def runs(
    workspace: WorkspaceOption = None,
    most: Annotated[int, typer.Option("--most", min=1, help="How many runs to list.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List the newest runs: when, by which command, and whether they ended."""
    with opened(workspace, None, alone=False) as application:
        known = newest_runs(application, most)
    if as_json:
        print_json(RunsResult(runs=[_run_facts(run) for run in known]))
        return
    if not known:
        say(_("nothing was run yet; next: kanmon run"))
    for run in known:
        if run.finished_at is None:
            ended = _("not finished: it goes on, or was cut off")
        else:
            ended = _("ended %(at)s") % {"at": run.finished_at.isoformat(timespec="seconds")}
        say("%(run)s  %(command)-8s  %(ended)s", run=run.run_id, command=run.command, ended=ended)


def _run_facts(run: RunSummary) -> RunListed:
    return {
        "run_id": run.run_id,
        "command": run.command,
        "acted_at": str(run.acted_at),
        "finished_at": None if run.finished_at is None else str(run.finished_at),
        "is_replay": run.is_replay,
        "is_finished": run.finished_at is not None,
    }


def _table_facts(table: LoadedTable) -> LoadedTableResult:
    return {
        "dataset": table.dataset,
        "file_name": table.file_name,
        "loaded_at": str(table.loaded_at),
        "rows": table.rows,
        "refused": table.refused,
    }


def _client_facts(client: ClientStatus) -> ClientStatusResult:
    return {
        "client_id": client.client_id,
        "season": client.season,
        "model_id": client.model_id,
        "is_model_held": client.is_model_held,
        "scored_by": client.scored_by,
        "scores": client.scores,
        "provision_id": client.provision_id,
        "provided_at": None if client.provided_at is None else str(client.provided_at),
        "persons": client.persons,
        "is_stopped": client.is_stopped,
    }


def _facts(
    root: Path, state: WorkspaceStatus, machine: Machine, timers: Sequence[TimerState], *, is_replay: bool
) -> StatusResult:
    return {
        "workspace": str(root),
        "is_replay": is_replay,
        "stopped": state.is_service_stopped,
        "loaded": [_table_facts(table) for table in state.loaded],
        "clients": [_client_facts(client) for client in state.clients],
        "waiting": {kind.value: count for kind, count in state.waiting.items()},
        "ledger_entries": state.ledger_entries,
        "disk": {"free_bytes": machine.free_bytes},
        "versions": {
            "kanmon": machine.kanmon_version,
            "python": machine.python_version,
            "postgresql": state.database_version,
        },
        "timers": [_timer_facts(timer) for timer in timers],
    }


def _timer_facts(timer: TimerState) -> TimerResult:
    last = timer.last
    return {
        "kind": timer.kind.value,
        "every_seconds": timer.every.total_seconds(),
        "due_at": str(timer.due_at),
        "last_state": None if last is None else last.state.value,
        "last_at": None if last is None else str(last.ended_at or last.begun_at or last.asked_at),
    }


def _print_timer(timer: TimerState) -> None:
    words, next_at = _(KINDS[timer.kind]), timer.due_at.isoformat(timespec="seconds")
    if timer.last is None:
        say(_("%(work)s: not done yet; next %(next)s"), work=words, next=next_at)
        return
    at = timer.last.ended_at or timer.last.begun_at or timer.last.asked_at
    say(
        _("%(work)s: last %(at)s, %(state)s; next %(next)s"),
        work=words,
        at=at.isoformat(timespec="seconds"),
        state=_(STATES[timer.last.state]),
        next=next_at,
    )


def _print_loaded(state: WorkspaceStatus) -> None:
    if not state.loaded:
        say(_("nothing was loaded yet; next: kanmon load DIR"))
    for table in state.loaded:
        say(
            _("  %(file)s, loaded %(at)s: %(rows)s rows, %(refused)s refused"),
            file=table.file_name,
            at=table.loaded_at.isoformat(timespec="seconds"),
            rows=f"{table.rows:,}",
            refused=f"{table.refused:,}",
        )


def _print_client(client: ClientStatus) -> None:
    say("%(client)s  %(season)s", client=client.client_id, season=client.season)
    if client.is_stopped:
        say(_("  stopped; see kanmon resume"))
    if client.model_id is None:
        say(_("  no model yet"))
    elif client.is_model_held:
        say(_("  model %(model)s, held until it is approved"), model=client.model_id)
    else:
        say(_("  model %(model)s"), model=client.model_id)
    if client.provided_at is None:
        say(_("  scores: %(scores)s; nothing was provided"), scores=f"{client.scores:,}")
    else:
        say(
            _("  scores: %(scores)s; last provided %(at)s, %(persons)s persons"),
            scores=f"{client.scores:,}",
            at=client.provided_at.isoformat(timespec="seconds"),
            persons=f"{client.persons:,}",
        )


def _print_waiting(state: WorkspaceStatus) -> None:
    waiting = {kind: count for kind, count in state.waiting.items() if count}
    if not waiting:
        say(_("nothing waits"))
    for kind, count in waiting.items():
        say(_(_WAITING[kind]), count=f"{count:,}")


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
