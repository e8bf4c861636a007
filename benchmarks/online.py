"""The gate online: one decision, and 200 at once, against a bare `SELECT 1` of the same server in the same run.

python -m benchmarks.online [--acts N] [--requests N]

Every request for a decision follows one for the floor on the same connection, so that whatever else the machine does
meets both. What is asked about is drawn from all applicants of all clients.
"""

import argparse
import json
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from benchmarks.gate import NOW, fill, terms, vacuum
from benchmarks.intake import kanmon, wait_for
from benchmarks.world import CLIENTS
from kanmon.application.application import stop_database
from kanmon.clients.contract import Platform, ServiceTerms
from kanmon.clients.store import ServiceStore
from kanmon.core.ids import ClientId
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.row_key import RowKey
from kanmon.db.unit_of_work import Database
from kanmon.ledger.files.keys import LedgerKeyFile
from kanmon.ledger.note import SigningKey

APPLICANTS = 75_000
FLOOR = b"GET /api/v1/ping HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass(frozen=True)
class Pair:
    """Milliseconds of one request for the floor and of the one for decisions that followed it."""

    floor: float
    asked: float


class Caller:
    """A program with one connection that stays open."""

    def __init__(self, port: int, key: str, chance: random.Random) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._key, self._chance = key, chance

    def pair(self, size: int) -> Pair:
        question = self._question(size)
        return Pair(self._timed(FLOOR), self._timed(question))

    def _question(self, size: int) -> bytes:
        names = [f"A{number}" for number in self._chance.sample(range(1, APPLICANTS // CLIENTS), size)]
        client = f"C{self._chance.randrange(CLIENTS)}"
        body = json.dumps({"client_id": client, "applicant_ids": names, "use": "score"}).encode()
        head = (
            "POST /api/v1/decisions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Authorization: Bearer {self._key}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def _timed(self, request: bytes) -> float:
        start = time.perf_counter()
        self._socket.sendall(request)
        answer = self._socket.recv(65_536)
        while b"\r\n\r\n" not in answer:
            answer += self._socket.recv(65_536)
        head, _, body = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer)
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += self._socket.recv(65_536)
        return (time.perf_counter() - start) * 1_000


def measure(port: int, key: str, callers: int, size: int, requests: int) -> dict[str, object]:
    """So many pairs by so many callers at a time."""
    pairs: list[Pair] = []

    def call(number: int) -> None:
        caller = Caller(port, key, random.Random(number))
        pairs.extend([caller.pair(size) for _ in range(requests // callers)])

    threads = [threading.Thread(target=call, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    floor, asked = ([getattr(pair, side) for pair in pairs] for side in ("floor", "asked"))
    told: dict[str, object] = {"callers": callers, "applicants": size}
    for name, milliseconds in (("floor", floor), ("asked", asked)):
        told |= {f"{name}_p50_ms": at_rank(milliseconds, 0.5), f"{name}_p99_ms": at_rank(milliseconds, 0.99)}
    told["to_floor_p50"] = round(at_rank(asked, 0.5) / at_rank(floor, 0.5), 2)
    told["decisions_per_second"] = round(len(asked) * size * callers * 1_000 / sum(asked))
    return told


def at_rank(milliseconds: list[float], share: float) -> float:
    return round(sorted(milliseconds)[int(len(milliseconds) * share)], 3)


def free_port() -> int:
    """A port that nobody listens at now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(acts: int) -> Iterator[tuple[int, str]]:
    """A real server over a season of so many acts of consent: its port, and a key that may ask."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        kanmon("init", str(workspace))
        told = kanmon("key", "add", "benchmark", "--may", "decisions", "--json", "--workspace", str(workspace))
        settle(EmbeddedPostgres(workspace / "postgres"), acts, LedgerKeyFile(workspace / "ledger.key").key())
        port = free_port()
        command = [sys.executable, "-m", "kanmon", "serve", "--port", str(port), "--workspace", str(workspace)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                wait_for(port)
                yield port, json.loads(told)["key"]
            finally:
                server.terminate()
        stop_database(workspace)


def settle(server: EmbeddedPostgres, acts: int, key: SigningKey) -> None:
    """The season in the database, with its terms in force and its statistics gathered."""
    server.start()
    database = Database(server.logins().app, RowKey.derived(key.private))
    clients = {ClientId(f"C{number}"): terms(ClientId(f"C{number}")) for number in range(CLIENTS)}
    any_terms = clients[ClientId("C0")]
    season = any_terms.season
    assert season is not None
    with database.write() as session:
        fill(session, acts, APPLICANTS)
        service = ServiceTerms(
            any_terms.profile.profile_id,
            Platform("", "", ""),
            any_terms.release,
            {season.season_id: season},
            {client: found.client for client, found in clients.items()},
        )
        ServiceStore(session).replace_terms(service, NOW)
    with database.write() as session:
        for table in ("consent_act", "applicant", "member"):
            session.connection.execute(text(f"SELECT gather_statistics('{table}')"))
    database.close()
    vacuum(server)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--acts", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=4_000)
    chosen = parser.parse_args()
    with served(chosen.acts) as (port, key):
        measure(port, key, 1, 1, 500)
        for callers in (1, 8):
            for size in (1, 200):
                requests = chosen.requests // (1 if size == 1 else 20)
                print(json.dumps(measure(port, key, callers, size, requests)), flush=True)


if __name__ == "__main__":
    main()
