"""Recall: what sealing adds to providing a season, opening and rendering aside, and asking for many people at once.

python -m benchmarks.recall [--applicants N] [--acts N] [--withdrawn N]

`sealing_share` is the part of the time to provide that goes to sealing. Then N people who were provided withdraw.
"""

import argparse
import json
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks.gate import ACTS_A_MEMBER, KEY, NOW, ROW_KEY, fill, vacuum
from benchmarks.provide import SCORES, provide
from benchmarks.world import CLIENTS
from kanmon.core.clock import ReplayClock
from kanmon.core.ids import ClientId
from kanmon.db.database import prepare_database
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.unit_of_work import Database
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.provision.report import Report
from kanmon.provision.store.hidden_rows import HiddenRows
from kanmon.rights.recall.service import Recalls
from kanmon.rights.recall.store import PostgresRecallStore

WITHDRAW = text(
    """
    INSERT INTO consent_act (load_id, member_no, occurred_at, screen_id, text_no, action)
    SELECT 1, member_no, :at, 's', 1, 'withdraw' FROM member WHERE member_no = ANY (:members)
    """
)
LATER = NOW + timedelta(days=1)


class TimedSeals(SealedRows):
    """Seals, and counts the seconds that it takes."""

    seconds = 0.0

    def seal(self, report: Report) -> dict[str, Any]:
        """As `SealedRows.seal`."""
        start = time.perf_counter()
        try:
            return super().seal(report)
        finally:
            self.seconds += time.perf_counter() - start


def provided_members(database: Database) -> list[int]:
    found: set[int] = set()
    for number in range(CLIENTS):
        with database.read(ClientId(f"C{number}")) as session:
            found.update(session.connection.scalars(text("SELECT member_no FROM provision_record")))
    return sorted(found)


def ask(database: Database) -> tuple[float, int, int]:
    """Seconds, requests and rows of asking for everybody who withdrew."""
    start = time.perf_counter()
    with database.write() as session:
        recalls = Recalls(PostgresRecallStore(session), Ledger(PostgresLedgerStore(session), KEY), ReplayClock(LATER))
        asked = recalls.ask_for_withdrawn()
    return time.perf_counter() - start, len(asked), sum(one.rows for one in asked)


def destroy(database: Database, seals: SealedRows) -> float:
    """Seconds to destroy the keys of all that were asked back."""
    start = time.perf_counter()
    with database.write() as session:
        for client, run, applicants in HiddenRows(session, seals).waiting():
            seals.destroy(client, run, applicants)
    return time.perf_counter() - start


def measure(database: Database, chosen: argparse.Namespace, server: EmbeddedPostgres, keys: Path) -> dict[str, object]:
    with database.write() as session:
        fill(session, chosen.acts, chosen.applicants)
    with database.write() as session:
        for number in range(CLIENTS):
            session.act_for(ClientId(f"C{number}"))
            session.connection.execute(SCORES, {"at": NOW})
    vacuum(server)
    seals = TimedSeals(keys)
    provisions = [provide(database, number, seals) for number in range(CLIENTS)]
    seconds = sum(taken for taken, _ in provisions)
    members = provided_members(database)[: chosen.withdrawn]
    with database.write() as session:
        session.connection.execute(WITHDRAW, {"at": LATER, "members": members})
    asking, requests, rows = ask(database)
    again, none, _ = ask(database)
    return {
        "provided": sum(people for _, people in provisions),
        "provide_seconds": round(seconds, 2),
        "seal_seconds": round(seals.seconds, 2),
        "sealing_share": round(seals.seconds / seconds, 3),
        "withdrawn": len(members),
        "ask_seconds": round(asking, 2),
        "requests": requests,
        "rows": rows,
        "ask_again_seconds": round(again, 2),
        "requests_again": none,
        "destroy_seconds": round(destroy(database, seals), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applicants", type=int, default=75_000)
    parser.add_argument("--acts", type=int, default=400_000 * ACTS_A_MEMBER)
    parser.add_argument("--withdrawn", type=int, default=7_983)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "pg")
        server.start()
        try:
            prepare_database(server.logins())
            database = Database(server.logins().app, ROW_KEY)
            print(json.dumps(measure(database, chosen, server, Path(folder) / "keys")))
            database.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
