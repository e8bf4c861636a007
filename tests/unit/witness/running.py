"""Witnesses in processes of their own, and a log to be witnessed."""

import hashlib
import http.client
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.note import SigningKey, VerifierKey, encoded
from kanmon.ledger.service import Ledger
from kanmon.ledger.tree import consistency_proof, root
from tests.unit.ledger.memory import AT, MemoryStore

ADDED = "/add-checkpoint"


@dataclass(frozen=True)
class Reply:
    status: int
    body: str
    content_type: str


@dataclass
class RunningWitness:
    """One that answers at a port of this machine."""

    folder: Path
    vkey: str
    port: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add(self, body: bytes | str) -> Reply:
        return asked(self.port, "POST", ADDED, body if isinstance(body, bytes) else body.encode())

    def newest(self, origin: str) -> Reply:
        return asked(self.port, "GET", f"/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint", None)


def asked(port: int, method: str, path: str, body: bytes | None) -> Reply:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return Reply(answer.status, answer.read().decode(), answer.headers["Content-Type"])
    finally:
        connection.close()


def made(folder: Path, name: str, logs: Sequence[VerifierKey]) -> str:
    """A witness's folder, and the key that others trust."""
    ended = commanded("init", str(folder), "--name", name)
    assert ended.returncode == 0, ended.stderr
    tables = "".join(f'\n[[log]]\nkeys = ["{key}"]\n' for key in logs)
    with (folder / "witness.toml").open("a") as config:
        config.write(tables)
    return ended.stdout.strip()


def commanded(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "kanmon_witness", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@contextmanager
def serving(folder: Path, vkey: str) -> Iterator[RunningWitness]:
    command = [sys.executable, "-m", "kanmon_witness", "serve", "--listen", "127.0.0.1:0", "--config"]
    with subprocess.Popen([*command, str(folder / "witness.toml")], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert " serves " in line, line + process.stderr.read()
        port = int(line.rsplit(":", 1)[1].strip("/\n"))
        try:
            yield RunningWitness(folder, vkey, port, process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.stderr.read()
            process.wait(30)


@contextmanager
def witness(folder: Path, name: str, *logs: VerifierKey) -> Iterator[RunningWitness]:
    with serving(folder, made(folder, name, logs)) as running:
        yield running


class TestLog:
    """A log in memory, whose copies may go different ways."""

    __test__ = False

    def __init__(self, key: SigningKey) -> None:
        self.key = key
        self.store = MemoryStore()
        self.ledger = Ledger(self.store, key)

    def grow(self, count: int, word: str = "as it was") -> str:
        """Enter deeds and sign; the note."""
        self.ledger.append(NewEntry(EntryType.AUDIT, AT, {"word": word, "number": number}) for number in range(count))
        note = self.ledger.sign(AT)
        assert note is not None
        return note

    def copy(self) -> "TestLog":
        other = TestLog(self.key)
        for name in ("kept", "secrets", "tiles", "notes"):
            mine = getattr(self.store, name)
            setattr(other.store, name, mine.copy())
        return other

    def note(self, size: int) -> str:
        return Checkpoint(self.key.name, size, root(self.store, size)).signed(self.key)

    def proof(self, old: int, new: int) -> list[bytes]:
        return consistency_proof(self.store, old, new)

    def request(self, old: int, new: int | None = None) -> str:
        """The body of add-checkpoint, with the proof that belongs to it."""
        size = self.store.size() if new is None else new
        return body(old, self.proof(old, size) if old <= size else [], self.note(size))


def body(old: int | str, proof: Sequence[bytes], note: str) -> str:
    return f"old {old}\n" + "".join(f"{encoded(one)}\n" for one in proof) + f"\n{note}"
