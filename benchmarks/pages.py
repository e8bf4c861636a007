"""A person's own page over a served workspace, against the page for everybody of the same server in the same run.

python -m benchmarks.pages [--seconds N]

Each caller is signed in as a person of their own, whom several companies handed over and of whom scores were computed.
"""

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from benchmarks.gate import NOW
from benchmarks.intake import kanmon, wait_for
from benchmarks.online import at_rank, free_port, settle
from benchmarks.world import CLIENTS
from kanmon.application.application import stop_database
from kanmon.core.ids import ClientId
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.unit_of_work import Database
from kanmon.ledger.files.keys import LedgerKeyFile
from kanmon.web.access import SESSION_COOKIE

PEOPLE = 40
ACTS = 200_000
PAGES = ("/about", "/me")


def seat_people(server: EmbeddedPostgres) -> Sequence[str]:
    """Scores and an open session for each of so many people: the tokens of the sessions."""
    database = Database(server.logins().app)
    for number in range(CLIENTS):
        with database.write(ClientId(f"C{number}")) as session:
            session.connection.exec_driver_sql(
                "INSERT INTO score (client_id, applicant_no, run_id, value, computed_at, model_id, consent_no, "
                "explanation) SELECT client_id, applicant_no, 'r', 1, %s, 'm', 1, NULL FROM applicant "
                "WHERE member_no <= %s",
                (NOW, PEOPLE),
            )
    tokens = [secrets.token_urlsafe(32) for _ in range(PEOPLE)]
    with database.write() as session:
        for number, token in enumerate(tokens, 1):
            session.connection.exec_driver_sql(
                "WITH made AS (INSERT INTO account (name, role, member_no, password_hash, created_at) "
                "VALUES (%s, 'person', %s, '', now()) RETURNING account_no) "
                "INSERT INTO sign_in_session (account_no, token_sha256, way, begun_at, seen_at, ends_at) "
                "SELECT account_no, %s, 'password', now(), now(), now() + interval '1 hour' FROM made",
                (f"person-{number}", number, sha256(token.encode()).digest()),
            )
    database.close()
    return tokens


@contextmanager
def served() -> Iterator[tuple[int, Sequence[str]]]:
    """A real server over a season, with people who are signed in: its port, and their tokens."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        kanmon("init", str(workspace))
        server = EmbeddedPostgres(workspace / "postgres")
        settle(server, ACTS, LedgerKeyFile(workspace / "ledger.key").key())
        tokens = seat_people(server)
        port = free_port()
        command = [sys.executable, "-m", "kanmon", "serve", "--port", str(port), "--workspace", str(workspace)]
        environment = {**os.environ, "KANMON_LIMIT_OWN_PAGES": "1000000"}
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as serving:
            try:
                wait_for(port)
                yield port, tokens
            finally:
                serving.terminate()
        stop_database(workspace)


def measure(port: int, tokens: Sequence[str], page: str, callers: int, seconds: float) -> dict[str, object]:
    """How often a second a page is answered to so many callers, each of whom asks again once answered."""
    ends_at = time.perf_counter() + seconds
    taken: list[float] = []

    def call(token: str) -> None:
        asked = urllib.request.Request(
            f"http://127.0.0.1:{port}{page}", headers={"Cookie": f"{SESSION_COOKIE}={token}"}
        )
        while (begun := time.perf_counter()) < ends_at:
            with urllib.request.urlopen(asked) as answer:
                answer.read()
            taken.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=call, args=(token,)) for token in tokens[:callers]]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "page": page,
        "callers": callers,
        "per_second": round(len(taken) / (time.perf_counter() - begun), 1),
        "p50_ms": round(at_rank(taken, 0.5) * 1_000, 1),
        "p99_ms": round(at_rank(taken, 0.99) * 1_000, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    chosen = parser.parse_args()
    with served() as (port, tokens):
        for page in PAGES:
            measure(port, tokens, page, 1, 1)
        for callers in (1, 4, 40):
            everybodys, own = (measure(port, tokens, page, callers, chosen.seconds) for page in PAGES)
            print(json.dumps(everybodys), json.dumps(own), sep="\n", flush=True)


if __name__ == "__main__":
    main()
