"""Jobs as a person meets them: a worker killed in mid-run, another command at work, several serving processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pyarrow.parquet as pq
import pytest

from kanmon.access.account import Account, Role
from kanmon.application.application import Application
from kanmon.cli.progress import LineProgress
from kanmon.core.ids import ClientId
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import DatabaseLogins
from kanmon.gate.switch.model import SwitchScope
from kanmon.gate.switch.use_cases import stop
from kanmon.jobs.job import Job, JobKind, JobResult
from kanmon.jobs.store import PostgresJobs
from kanmon.jobs.use_cases.asking import ask_for_run
from kanmon.jobs.use_cases.deeds import deeds_of
from kanmon.jobs.worker import LEASE, JobProgress, Worker
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.provision.use_cases.client import ClientService, refusals_of
from tests.journey.command import MAIN_THAT_DIES, Road, kanmon
from tests.journey.conftest import Ran
from tests.journey.portals.conftest import wait_for

MakeWorkspace = Callable[[Road | None], Road]
OURS = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
JOBS = "SELECT state, attempts FROM job WHERE kind = 'run' ORDER BY job_no"
TOLD = "SELECT told -> 'clients' -> 'KITAHAMA' FROM job WHERE kind = 'run' ORDER BY job_no"
EVENTS = [
    {"event_id": name, "occurred_at": "2026-04-01T09:00:00+09:00", "kind": "view", "cookie_id": name} for name in "ab"
]
LISTENS = "0A"
"""A socket's state in /proc/net/tcp."""
KITAHAMA = ("--client", "KITAHAMA")
WHO = ("--because", "an incident", "--person", "Sato")
SOMEBODY = "SELECT member_id FROM member ORDER BY member_no LIMIT 1"


def asked(road: Road, client: str) -> None:
    """A run for one client, as its staff asks for it."""
    road("account", "add", f"hr-{client}", "--client", client)
    [(account,)] = road.rows("SELECT account_no FROM account WHERE client_id = :client", client=client)
    with Application.open(road.root, None, LineProgress(), alone=False) as application:
        ask_for_run(application, ClientId(client), account)


def test_two_workers_on_one_server_do_each_job_once_though_one_is_killed(
    ran: Ran, loaded: Road, workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scores are recorded as provided, the report is not yet where the client finds it: the other puts it there."""
    road = workspace(loaded)
    asked(road, "AOBA")
    asked(road, "MINATO")
    logins = EmbeddedPostgres(road.root / "postgres").logins()
    monkeypatch.setenv("KANMON_DATABASE_URL", logins.app.render_as_string(hide_password=False))
    monkeypatch.setenv("KANMON_MIGRATOR_URL", logins.migrator.render_as_string(hide_password=False))
    options = ["worker", "--lease", "2", "--until-empty", "--workspace", str(road.root)]
    place = "kanmon.provision.files.folder:ReportFolder:hand_over:1"
    with subprocess.Popen([sys.executable, "-c", MAIN_THAT_DIES, place, *options]) as killed:
        wait_until(lambda: ("running", 1) in road.rows(JOBS))
        with subprocess.Popen([sys.executable, "-m", "kanmon", *options]) as other:
            assert killed.wait() == -signal.SIGKILL
            assert other.wait() == 0
    assert sorted(road.rows(JOBS)) == [("done", 1), ("done", 2)]
    provided = road.rows("SELECT client_id, count(*), count(handed_over_at) FROM provision GROUP BY 1 ORDER BY 1")
    assert provided == [("AOBA", 1, 1), ("MINATO", 1, 1)]
    for client in ("AOBA", "MINATO"):
        [report], [expected] = road.reports(client), ran.road.reports(client)
        assert (report / "report.csv").read_bytes() == (expected / "report.csv").read_bytes()


def test_a_job_waits_while_another_command_holds_the_workspace(ran: Ran, workspace: MakeWorkspace) -> None:
    road = workspace(ran.road)
    asked(road, "MINATO")
    with Application.open(road.root, None, LineProgress(), alone=False) as application:
        with application.workspace.hold():
            command = [sys.executable, "-m", "kanmon", "worker", "--until-empty", "--workspace", str(road.root)]
            with subprocess.Popen(command, env=environment()) as process:
                wait_until(lambda: road.rows("SELECT step FROM job WHERE kind = 'run'")[0][0] is not None)
                assert process.poll() is None
                process.terminate()
        assert process.returncode == 0
    assert road.rows(JOBS) == [("waiting", 0)]
    assert road("worker", "--until-empty").status == 0
    assert road.rows(JOBS) == [("done", 1)]


@pytest.mark.parametrize("where", ["embedded", "given"])
def test_several_processes_answer_as_one(
    where: str, ran: Ran, season: Path, workspace: MakeWorkspace, tmp_path: Path, logins: DatabaseLogins
) -> None:
    """Each serving process is killed in turn: the session, the withdrawal and the jobs are in none of them.

    The worker beside them takes the events that were sent into the lake.
    """
    with pytest.MonkeyPatch.context() as patched:
        if where == "given":
            patched.setenv("KANMON_DATABASE_URL", logins.app.render_as_string(hide_password=False))
            patched.setenv("KANMON_MIGRATOR_URL", logins.migrator.render_as_string(hide_password=False))
            road = Road(tmp_path / "given")
            assert kanmon("init", road.root).status == 0
            assert road("load", season).status == 0
            member = pq.read_table(season / "members.parquet")["member_id"][0].as_py()
        else:
            road = workspace(ran.road)
            [(member,)] = road.rows(SOMEBODY)
        password = road("account", "add", "somebody", "--member", member, "--json").json["password"]
        key = road("key", "add", "board", "--may", "events", "--json").json["key"]
        before = events_in_the_lake(road)
        with served_by(2, road) as (url, process):
            form = urlencode({"name": "somebody", "password": password})
            status, signed_in, _ = answer(url, "POST", "/sign-in", {}, form)
            assert status == 303
            session = {"Cookie": signed_in["set-cookie"].split(";")[0]}
            status, withdrawn, _ = answer(url, "POST", "/me/withdraw", session)
            assert status == 303
            program = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
            assert answer(url, "POST", "/api/v1/events", program, json.dumps({"events": EVENTS}))[0] == 200
            for child in serving(process):
                os.kill(child, signal.SIGKILL)
                wait_until(partial(is_replaced, process, child))
                status, _, said = answer(url, "GET", withdrawn["location"], session)
                assert status == 200
                assert "同意を撤回しました" in said
            wait_until(lambda: events_in_the_lake(road) == before + len(EVENTS))
            assert json.loads(answer(url, "GET", "/api/v1/state", program)[2]) == {"waiting": 0}
            children = children_of(process.pid)
            process.terminate()
            assert process.wait(60) == 0
        wait_until(lambda: not any(Path(f"/proc/{child}").exists() for child in children))


def test_a_job_of_a_client_that_was_stopped_is_refused_and_the_client_told_so(
    ran: Ran, workspace: MakeWorkspace
) -> None:
    """Stopped while the job waits, and stopped while a worker is at its last step."""
    road = workspace(ran.road)
    told = {"outcome": "refused", "refused_by": ["DENY_CLIENT_SUSPENDED"]}
    asked(road, "KITAHAMA")
    assert road("stop", *KITAHAMA, "--consents-stand", *WHO).status == 0
    assert road("worker", "--until-empty").status == 0
    assert road.rows(JOBS) == [("refused", 1)]
    assert road.rows(TOLD) == [(told,)]
    assert road("resume", *KITAHAMA, *WHO).status == 0
    reports = road.reports("KITAHAMA")
    with Application.open(road.root, None, LineProgress(), alone=False) as application:
        [(account,)] = road.rows("SELECT account_no FROM account")
        ask_for_run(application, ClientId("KITAHAMA"), account)
        deed = deeds_of(application)[JobKind.RUN]

        def stopped_in(job: Job, telling: JobProgress) -> JobResult:
            return deed(job, StoppedIn("provide", "KITAHAMA", telling, application))

        begin = application.transactions.writing(lambda work: PostgresJobs(work.session))
        failures: list[Exception] = []
        assert Worker(begin, {JobKind.RUN: stopped_in}, "w", LEASE, lambda: False, failures.append).work()
        assert not failures
        assert road.rows(JOBS)[1:] == [("refused", 1)]
        assert road.rows(TOLD)[1:] == [(told,)]
        desk = ClientService(application, Account(account, "hr", Role.CLIENT, client_id=ClientId("KITAHAMA")))
        assert {words for job in desk.desk().jobs for words in refusals_of(job)} == {"the client is suspended"}
    assert road.reports("KITAHAMA") == reports


class StoppedIn(JobProgress):
    """Tells what another does; as one step begins, a client is stopped."""

    def __init__(self, name: str, client: str, telling: JobProgress, application: Application) -> None:
        self._name = name
        self._scope = SwitchScope(ClientId(client))
        self._telling = telling
        self._application = application

    @contextmanager
    def step(self, name: str, total: int | None = None) -> Iterator[JobProgress]:
        if name == self._name:
            stop(self._application, self._scope, "owner", "an incident", consents_doubted=False)
        with self._telling.step(name, total) as step:
            yield step


def events_in_the_lake(road: Road) -> int:
    return DuckDBLake(road.root / "lake").sizes()["event"]


@contextmanager
def served_by(workers: int, road: Road) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "kanmon", "serve", "--workers", str(workers), "--port", str(port)]
    with subprocess.Popen([*command, "--workspace", str(road.root)], stdout=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(url, process)
            yield url, process
        finally:
            process.terminate()


def answer(
    url: str, method: str, path: str, headers: dict[str, str], body: str = ""
) -> tuple[int, dict[str, str], str]:
    for _ in range(50):  # a connection that a killed process had taken is lost: a browser asks again as well
        connection = HTTPConnection(urlsplit(url).netloc, timeout=600)
        try:
            connection.request(method, path, body, {**OURS, **headers})
            response = connection.getresponse()
            told = {name.lower(): value for name, value in response.getheaders()}
            return response.status, told, response.read().decode()
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError("nobody answers")


def serving(process: "subprocess.Popen[bytes]") -> set[int]:
    """The processes that answer: those of the children that hold a socket which listens."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    listening = {f"socket:[{row[9]}]" for row in rows if row[3] == LISTENS}
    return {child for child in children_of(process.pid) if listening & held_by(child)}


def is_replaced(process: "subprocess.Popen[bytes]", gone: int) -> bool:
    found = serving(process)
    return gone not in found and len(found) == 2


def held_by(pid: int) -> set[str]:
    """The open files of a process, as the kernel names them; nothing of one that has ended."""
    try:
        return {os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()}
    except OSError:
        return set()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "KANMON_DATABASE_URL"}


def wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(6000):
        if is_so():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to that")
