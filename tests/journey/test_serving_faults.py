"""The service when its database dies or freezes, or the process that began it is killed: it says so, and comes back."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from kanmon.application.application import stop_database
from kanmon.web.availability import WORDS_OF_PAGES
from tests.journey.command import kanmon
from tests.journey.test_jobs import children_of

PATIENCE = 600
"""Seconds in which a fact has to come about on the slowest machine."""
WAYS = (["--no-worker"], ["--workers", "2", "--no-worker"])


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("faults") / "workspace"
    assert kanmon("init", str(root)).status == 0
    yield root
    stop_database(root)


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@contextmanager
def served(root: Path, *options: str) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "kanmon", "serve", "--port", str(port), "--workspace", str(root), *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            until(lambda: process.poll() is not None or ping(port) == 200)
            assert process.poll() is None
            yield port, process
        finally:
            process.terminate()


def ping(port: int) -> int | None:
    """The status of the ping; None where nobody takes connections."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/api/v1/ping")
        answer = connection.getresponse()
        told = json.loads(answer.read())
    except OSError:
        return None
    finally:
        connection.close()
    assert answer.status == 200 or told["code"] == "DATABASE_UNAVAILABLE"
    return answer.status


def server_pid(root: Path) -> int:
    return int((root / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0])


@pytest.mark.parametrize("options", WAYS, ids=" ".join)
def test_a_database_that_was_killed_is_started_again(root: Path, options: list[str]) -> None:
    with served(root, *options) as (port, _):
        gone = server_pid(root)
        os.kill(gone, signal.SIGKILL)
        until(lambda: server_pid(root) not in (gone, 4_194_304))
        until(lambda: ping(port) == 200)
        until(lambda: all(ping(port) == 200 for _ in range(8)))


def test_a_frozen_database_is_told_and_forgotten_when_it_goes_on(root: Path) -> None:
    with served(root, "--no-worker") as (port, _):
        frozen = [server_pid(root), *children_of(server_pid(root))]
        for process in frozen:
            os.kill(process, signal.SIGSTOP)
        try:
            assert ping(port) == 503
            until(lambda: page(port)[0] == 503)
            assert page(port) == (503, WORDS_OF_PAGES)  # which nothing tried to reach the database for
        finally:
            for process in reversed(frozen):
                os.kill(process, signal.SIGCONT)
        until(lambda: ping(port) == 200)
        until(lambda: page(port)[0] == 200)


def page(port: int) -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", "/sign-in")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_who_answers_ends_with_the_process_that_began_it(root: Path) -> None:
    with served(root, "--workers", "2", "--no-worker") as (port, parent):
        children = children_of(parent.pid)
        assert children
        parent.kill()
        parent.wait()
        until(lambda: ping(port) is None)
    with socket.socket() as listening:  # as the next `kanmon serve` does
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen()


@pytest.mark.parametrize("options", WAYS, ids=" ".join)
def test_told_to_stop_it_answers_what_it_has_begun_and_takes_nothing_new(root: Path, options: list[str]) -> None:
    """The second half of a form arrives after nobody takes connections any more."""
    body = b"login=nobody&password=wrong"
    head = (
        f"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\nContent-Length: {len(body)}\r\n"
    )
    kind = "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    with served(root, *options) as (port, process), socket.create_connection(("127.0.0.1", port), PATIENCE) as line:
        line.sendall(f"{head}{kind}".encode() + body[:10])
        until(lambda: not unread(line))
        process.terminate()
        until(lambda: ping(port) is None)
        assert process.poll() is None
        line.sendall(body[10:])
        answer = line.makefile("rb").readline()
        assert process.wait(PATIENCE) == 0
    assert answer.startswith(b"HTTP/1.1 ")
    assert b" 503 " not in answer


def unread(line: socket.socket) -> bool:
    """Whether what was sent still waits for the other side to read it, as the kernel counts it."""
    here, there = (f"{line_end[1]:04X}" for line_end in (line.getsockname(), line.getpeername()))
    for row in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        _, local, remote, _, queues, *_ = row.split()
        if local.endswith(f":{there}") and remote.endswith(f":{here}"):
            return queues.partition(":")[2] != "00000000"
    return True
