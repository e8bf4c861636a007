"""A server that recovers is waited for as long as it goes on, and no longer."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kanmon.db.postgres_startup import STANDSTILL_SECONDS, comes_up, signs_of_life

RECOVERS, SILENT = 1, 2
REFUSED = "2026-11-30 00:00:00.000 UTC [7] FATAL:  the database system is starting up\n"


@dataclass
class Machine:
    """A clock that goes on while somebody waits, and what happens in each pause."""

    happens: Callable[[int], None] = lambda number: None
    now: float = 0
    pauses: int = field(default=0)

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.pauses += 1
        self.happens(self.pauses)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log"
    path.touch()
    return path


def write(log: Path, line: str) -> None:
    with log.open("a", encoding="utf-8") as file:
        file.write(line)


def test_a_recovery_that_goes_on_is_waited_for_however_long_it_takes(log: Path) -> None:
    """Once it was given up after 300 seconds, and started again from the beginning."""

    def recover(number: int) -> None:
        write(log, REFUSED)
        if number % 10 == 0:
            write(log, f"2026-11-30 00:00:00.000 UTC [7] LOG:  redo in progress, elapsed time: {number}.00 s\n")

    machine = Machine(recover)
    is_up = comes_up(
        lambda: 0 if machine.now > 3_600 else RECOVERS, os.getpid, log, seconds=lambda: machine.now, pause=machine.pause
    )
    assert is_up
    assert machine.now > 3_600


def test_questions_that_were_refused_are_no_sign_of_life(log: Path) -> None:
    machine = Machine(lambda number: write(log, REFUSED))
    assert not comes_up(lambda: RECOVERS, os.getpid, log, seconds=lambda: machine.now, pause=machine.pause)
    assert STANDSTILL_SECONDS < machine.now < 2 * STANDSTILL_SECONDS


def test_a_server_that_is_gone_is_not_waited_for(log: Path) -> None:
    machine = Machine()
    pids = iter([os.getpid(), os.getpid(), None])
    assert not comes_up(lambda: RECOVERS, lambda: next(pids), log, seconds=lambda: machine.now, pause=machine.pause)
    assert machine.pauses == 2


@pytest.fixture
def busy() -> Iterator[int]:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as process:
        yield process.pid
        process.kill()


def test_a_process_that_works_is_alive_and_one_that_was_stopped_is_not(busy: int, log: Path) -> None:
    def signs() -> tuple[str, ...]:
        return signs_of_life(busy, log, is_answering=False)

    first = signs()
    while signs() == first:  # it works, so that its time goes on
        pass
    os.kill(busy, signal.SIGSTOP)
    os.waitpid(busy, os.WUNTRACED)
    stopped = signs()
    machine = Machine()
    assert not comes_up(lambda: SILENT, lambda: busy, log, seconds=lambda: machine.now, pause=machine.pause)
    assert signs() == stopped
    assert signs_of_life(busy, log, is_answering=True) == ("",)  # who answers us works at that alone
