"""Providing a season's scores: the gate, provision records and ledger entries, client by client, without the files.

python -m benchmarks.provide [--applicants N] [--acts N] [--rounds N]

A withdrawal waits at most as long as the longest of these transactions. Then each client is provided again, by turns
with and without what binds rows to the ledger; what either costs is processor time, PostgreSQL's included.
"""
# ruff: noqa: ARG002 - what stands for the checks looks at nothing

import argparse
import json
import os
import time
from collections.abc import Collection, Mapping
from dataclasses import replace

from sqlalchemy import text

from benchmarks.database import own_database
from benchmarks.gate import ACTS_A_MEMBER, KEY, ROW_KEY, fill, terms, vacuum
from benchmarks.measure import cpu_seconds, tree_cpu_seconds
from benchmarks.world import CLIENTS
from kanmon.clients.contract import Platform
from kanmon.core.clock import ReplayClock
from kanmon.core.ids import ApplicantNo, ClientId, MemberNo, RunId, SeasonId
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.unit_of_work import Database, RowBatch, WriteSession
from kanmon.gate.decision import Use
from kanmon.gate.service import Gate
from kanmon.gate.store.facts import GateStore
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.bound_rows import enter
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.provision.service import ComputedScore, ProvisionService
from kanmon.provision.store.decisions import DecisionStore
from kanmon.provision.store.provisions import PostgresProvisionStore
from kanmon.provision.withholding import WithholdingBatch

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


class UncheckedGate(GateStore):
    """Takes acts and terms as they lie."""

    def unproved(self, members: Collection[MemberNo]) -> Collection[MemberNo]:
        """Nobody."""
        return frozenset()

    def unproved_rows(self, client: ClientId, season: SeasonId) -> Collection[ApplicantNo]:
        """Nobody."""
        return frozenset()

    def are_terms_proved(self, client: ClientId) -> bool:
        """Of every client."""
        return True


class UncheckedProvisions(PostgresProvisionStore):
    """Takes scores and records as they lie, and enters nothing of its own rows."""

    def unproved(
        self, client: ClientId, season: SeasonId, scores: Mapping[ApplicantNo, ComputedScore]
    ) -> frozenset[ApplicantNo]:
        """Nobody."""
        return frozenset()

    def enter(self, ledger: Ledger) -> None:
        """Leave it."""


RUNS = text(
    """
    INSERT INTO run (run_id, command, acted_at, real_at, is_replay, state)
    SELECT name, 'benchmark', now(), now(), false, 'began' FROM unnest(CAST(:runs AS text[])) name
    """
)


def provide_within(
    session: WriteSession,
    number: int,
    seals: SealedRows,
    *,
    run: str = "r",
    gate: type[GateStore] = GateStore,
    provisions: type[PostgresProvisionStore] = PostgresProvisionStore,
) -> int:
    """Provide to a client, though it be the same again; how many people."""
    asked = replace(terms(ClientId(f"C{number}")), use=Use.PROVIDE)
    company = replace(asked.client, legal_name="c", address="a", representative="r")
    store, ledger = gate(session), Ledger(PostgresLedgerStore(session), KEY)
    service = ProvisionService(
        provisions(session, seals),
        Gate(store, store),
        ledger,
        ReplayClock(asked.asked_at),
        Platform("p", "a", "r"),
        WithholdingBatch(DecisionStore(session), ledger),
    )
    return service.provide(replace(asked, client=company), RunId(run), again=True).provided


def provide(database: Database, number: int, seals: SealedRows) -> tuple[float, int]:
    """Seconds and people of one provision."""
    start = time.perf_counter()
    with database.write() as session:
        provided = provide_within(session, number, seals)
    return time.perf_counter() - start, provided


def compare(database: Database, rounds: int, server: EmbeddedPostgres, seals: SealedRows) -> dict[str, object]:
    """Processor seconds of providing to all clients, with and without what binds rows; by turns, client by client."""
    spent = {"bound": 0.0, "unbound": 0.0}
    for turn in range(rounds):
        with database.write() as session:
            session.connection.execute(RUNS, {"runs": [f"{way}{turn}" for way in spent]})
        for number in range(CLIENTS):
            ways = list(spent)
            for way in ways if (number + turn) % 2 else reversed(ways):
                stores = {"gate": UncheckedGate, "provisions": UncheckedProvisions} if way == "unbound" else {}
                with database.write() as session:
                    before = spent_by(server)
                    provide_within(session, number, seals, run=f"{way}{turn}", **stores)
                    spent[way] += spent_by(server) - before
                    enter(
                        session, Ledger(PostgresLedgerStore(session), KEY)
                    )  # uncounted: the next one finds all in order
    seconds = {f"{way}_processor_seconds": round(total / rounds, 2) for way, total in spent.items()}
    return {**seconds, "ratio": round(spent["bound"] / spent["unbound"], 3)}


def spent_by(server: EmbeddedPostgres) -> float:
    """Processor seconds of this process and of PostgreSQL so far."""
    postmaster = int((server.data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
    return cpu_seconds(os.getpid()) + tree_cpu_seconds(postmaster)


def measure(
    database: Database, acts: int, applicants: int, rounds: int, server: EmbeddedPostgres, seals: SealedRows
) -> dict[str, object]:
    with database.write() as session:
        fill(session, acts, applicants)
    with database.write() as session:
        for number in range(CLIENTS):
            session.act_for(ClientId(f"C{number}"))
            session.connection.execute(SCORES, {"at": terms(ClientId("C0")).asked_at})
            session.connection.execute(MODEL, {"client": f"C{number}", "at": terms(ClientId("C0")).asked_at})
            kinds = {"score": "r", "prediction_model": f"m-C{number}", "model_artefact": f"m-C{number}"}
            session.added += [
                RowBatch(kind, (f"C{number}", name), ClientId(f"C{number}")) for kind, name in kinds.items()
            ]
        session.added.append(RowBatch("terms"))
        enter(session, Ledger(PostgresLedgerStore(session), KEY))
    vacuum(server)
    provisions = [provide(database, number, seals) for number in range(CLIENTS)]
    seconds = [taken for taken, _ in provisions]
    return {
        "applicants": applicants,
        "acts": acts,
        "provided": sum(people for _, people in provisions),
        "seconds": round(sum(seconds), 2),
        "longest_seconds": round(max(seconds), 2),
        **compare(database, rounds, server, seals),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applicants", type=int, default=75_000)
    parser.add_argument("--acts", type=int, default=400_000 * ACTS_A_MEMBER)
    parser.add_argument("--rounds", type=int, default=2)
    chosen = parser.parse_args()
    with own_database(ROW_KEY) as own:
        seals = SealedRows(own.folder / "keys")
        measured = measure(own.database, chosen.acts, chosen.applicants, chosen.rounds, own.server, seals)
        print(json.dumps(measured))


if __name__ == "__main__":
    main()
