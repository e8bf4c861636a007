"""Providing a season's scores: the gate, provision records and ledger entries, client by client, without the files.

python -m benchmarks.provide [--applicants N] [--acts N]

A withdrawal waits at most as long as the longest of these transactions.
"""

import argparse
import json
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from benchmarks.gate import ACTS_A_MEMBER, KEY, ROW_KEY, fill, terms, vacuum
from benchmarks.world import CLIENTS
from kanmon.adapters.embedded_postgres import EmbeddedPostgres
from kanmon.adapters.postgres.bound_rows import enter
from kanmon.adapters.postgres.database import prepare_database
from kanmon.adapters.postgres.decision_store import DecisionStore
from kanmon.adapters.postgres.gate_store import GateStore
from kanmon.adapters.postgres.ledger_store import LedgerStore
from kanmon.adapters.postgres.provision_store import ProvisionStore
from kanmon.adapters.sealed_rows import SealedRows
from kanmon.adapters.unit_of_work import Added, Database
from kanmon.bootstrap.garbage import settle
from kanmon.clients.contract import Platform
from kanmon.clock import ReplayClock
from kanmon.gate.decision import Use
from kanmon.gate.service import Gate
from kanmon.ids import ClientId, RunId
from kanmon.ledger.service import Ledger
from kanmon.provision.service import ProvisionService
from kanmon.provision.withholding import Withheld

SCORES = text(
    """
    INSERT INTO score (run_id, client_id, applicant_no, model_id, value, computed_at, consent_no)
    SELECT 'r', client_id, applicant_no, 'm-' || client_id, applicant_no % 10000, :at, 1 FROM applicant
    """
)


MODEL = text(
    """
    INSERT INTO prediction_model (model_id, client_id, version, season_id, run_id, trained_at, acted_at, artefact, card,
        sha256)
    VALUES ('m-' || :client, :client, 1, '2026', 'r', :at, :at, decode(repeat('00', 100000), 'hex'), '{}', '')
    """
)


def provide(database: Database, number: int, seals: SealedRows) -> tuple[float, int]:
    """Seconds and people of one provision."""
    asked = replace(terms(ClientId(f"C{number}")), use=Use.PROVIDE)
    company = replace(asked.client, legal_name="c", address="a", representative="r")
    start = time.perf_counter()
    with database.write() as session:
        store = GateStore(session)
        ledger = Ledger(LedgerStore(session), KEY)
        service = ProvisionService(
            ProvisionStore(session, seals),
            Gate(store, store),
            ledger,
            ReplayClock(asked.asked_at),
            Platform("p", "a", "r"),
            Withheld(DecisionStore(session), ledger),
        )
        done = service.provide(replace(asked, client=company), RunId("r"))
        enter(session, ledger)
    return time.perf_counter() - start, done.provided


def measure(
    database: Database, acts: int, applicants: int, server: EmbeddedPostgres, seals: SealedRows
) -> dict[str, object]:
    with database.write() as session:
        fill(session, acts, applicants)
    with database.write() as session:
        for number in range(CLIENTS):
            session.act_for(ClientId(f"C{number}"))
            session.connection.execute(SCORES, {"at": terms(ClientId("C0")).asked_at})
            session.connection.execute(MODEL, {"client": f"C{number}", "at": terms(ClientId("C0")).asked_at})
            kinds = {"score": "r", "prediction_model": f"m-C{number}", "model_artefact": f"m-C{number}"}
            session.added += [Added(kind, (f"C{number}", name), ClientId(f"C{number}")) for kind, name in kinds.items()]
        session.added.append(Added("terms"))
        enter(session, Ledger(LedgerStore(session), KEY))
    vacuum(server)
    provisions = [provide(database, number, seals) for number in range(CLIENTS)]
    seconds = [taken for taken, _ in provisions]
    return {
        "applicants": applicants,
        "acts": acts,
        "provided": sum(people for _, people in provisions),
        "seconds": round(sum(seconds), 2),
        "longest_seconds": round(max(seconds), 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applicants", type=int, default=75_000)
    parser.add_argument("--acts", type=int, default=400_000 * ACTS_A_MEMBER)
    chosen = parser.parse_args()
    settle()  # as every command of the product does
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "pg")
        server.start()
        try:
            prepare_database(server.logins())
            database = Database(server.logins().app, ROW_KEY)
            print(
                json.dumps(measure(database, chosen.acts, chosen.applicants, server, SealedRows(Path(folder) / "keys")))
            )
            database.close()
        finally:
            server.stop()


if __name__ == "__main__":
    main()
