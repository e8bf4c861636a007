"""The gate over many acts of consent: facts, rules and the record of every answer, for a season's applicants.

python -m benchmarks.gate [--applicants N] [--acts N ...]

Facts and rules are also asked for a quarter and a half of the clients, so that the growth shows.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text

from benchmarks.world import CLIENTS
from kanmon.clients.contract import Approval, Client, Contract, ProductRelease, ReviewRole, Scheme, Season
from kanmon.clients.store import ServiceStore
from kanmon.consent.law import JP_APPI_2022
from kanmon.consent.policy import Clause, Element, PolicyVersion, Recipients, Statement
from kanmon.core.ids import ClientId, PolicyId, PolicyVersionId, RunId, SeasonId
from kanmon.db.database import prepare_database
from kanmon.db.embedded_postgres import DATABASE, EmbeddedPostgres
from kanmon.db.logins import engine_as
from kanmon.db.row_key import RowKey
from kanmon.db.unit_of_work import Database, RowBatch, WriteSession
from kanmon.gate.decision import Decision, Use
from kanmon.gate.evidence import decisions_entry
from kanmon.gate.question import Terms
from kanmon.gate.service import Gate, GateRecord
from kanmon.gate.store.facts import GateStore
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.act_seals import ActSeals
from kanmon.ledger.store.bound_rows import enter
from kanmon.ledger.store.entries import PostgresLedgerStore

KEY = SigningKey.generate("kanmon/benchmark")
ROW_KEY = RowKey.derived(KEY.private)
NOW = datetime(2026, 4, 1, tzinfo=UTC)
OPENS, CLOSES = datetime(2025, 6, 1, tzinfo=UTC), datetime(2027, 3, 31, tzinfo=UTC)
SEASON = SeasonId("2026")
ACTS_A_MEMBER = 5
NAMED = frozenset(ClientId(f"C{number}") for number in range(CLIENTS))


class NoRecord:
    """Takes answers and keeps none, to time facts and rules by themselves."""

    def record_decisions(self, run_id: RunId, terms: Terms, decisions: Sequence[Decision]) -> None:
        """Do nothing."""


def covering() -> PolicyVersion:
    said: dict[Element, Statement] = {element: Statement("…") for element in Element} | {
        Element.RECIPIENTS: Statement("…", Recipients(NAMED)),
        Element.ITEMS: Statement("…", frozenset({"applicant_id", "score", "category"})),
        Element.PURPOSE: Statement("…", "follow_up_support"),
        Element.PROHIBITED_USES: Statement("…", frozenset({"selection"})),
        Element.PARTNER_SITES: Statement("…", frozenset()),
    }
    del said[Element.FOREIGN]
    return PolicyVersion(PolicyId("p"), PolicyVersionId("1"), "ja", OPENS, "words", (Clause("c1", said),))


def terms(client: ClientId) -> Terms:
    contract = Contract(
        Scheme.PERSONAL_DATA, OPENS, CLOSES, SEASON, SEASON, "follow_up_support", frozenset({"selection"}),
        "予測スコア", "スコアなし", (), OPENS, NOW, OPENS, "…",
    )  # fmt: skip
    approvals = tuple(Approval(role, role.value, OPENS) for role in ReviewRole)
    return Terms(
        Use.SCORE, NOW, Client(client, "", "", "", contract), Season(SEASON, OPENS, None, CLOSES),
        ProductRelease("1", False, approvals), JP_APPI_2022,
    )  # fmt: skip


def fill(session: WriteSession, acts: int, applicants: int) -> None:
    """Five acts for each member: mostly agreements to known or stale words, some refusals and withdrawals."""
    members = acts // ACTS_A_MEMBER
    ServiceStore(session).add_policy_version(covering(), NOW)
    run = session.connection.exec_driver_sql
    run("INSERT INTO displayed_text (text_sha256) VALUES (%s), (%s)", (covering().text_sha256, "0" * 64))
    run("INSERT INTO run VALUES ('r', 'benchmark', now(), now(), false, NULL, 'began')")
    run("INSERT INTO season (season_id, opens_at, closes_at) VALUES ('2026', now(), now())")
    run("INSERT INTO client SELECT 'C' || i, '', '', '', '{}', now() FROM generate_series(0, %s) i", (CLIENTS - 1,))
    run(
        "INSERT INTO member (member_no, member_id, season_id, registered_at) "
        "SELECT i, 'M' || i, '2026', now() FROM generate_series(1, %s) i",
        (members,),
    )
    session.connection.execute(
        text(
            """INSERT INTO consent_act
                (load_id, member_no, occurred_at, screen_id, text_no, action, client_id, refusable)
            SELECT 1, m, timestamptz '2025-06-01' + make_interval(secs => (random() * 25000000)::int), 's' || k,
                CASE WHEN k < 4 THEN 1 ELSE 2 END,
                (ARRAY['accept','accept','accept','accept','accept','accept','accept','accept','refuse','withdraw'])
                    [1 + floor(random() * 10)::int], NULL, true
            FROM generate_series(1, :members) m, generate_series(1, :each) k"""
        ),
        {"members": members, "each": ACTS_A_MEMBER},
    )
    ActSeals(session).seal_all()
    for number in range(CLIENTS):
        session.act_for(ClientId(f"C{number}"))
        session.connection.execute(
            text(
                """INSERT INTO applicant
                    (client_id, season_id, applicant_id, position, applied_at, as_of, brought_member_no)
                SELECT :client, '2026', 'A' || i, i, timestamptz '2025-06-01', timestamptz '2026-03-31',
                    1 + (i::bigint * :clients + :number) * 7919 % :members
                FROM generate_series(1, :each) i"""
            ),
            {
                "client": f"C{number}", "clients": CLIENTS, "number": number, "members": members,
                "each": applicants // CLIENTS,
            },
        )  # fmt: skip
        session.added.append(RowBatch("applicant", (f"C{number}", "2026"), ClientId(f"C{number}")))
    enter(session, Ledger(PostgresLedgerStore(session), KEY))


def asked(database: Database, clients: int, is_recorded: bool) -> dict[str, object]:
    """Ask about all applicants of so many clients; a recorded answer is kept in table and ledger, as a run does."""
    start = time.perf_counter()
    allowed = decided = 0
    for number in range(clients):
        with database.write() as session:
            store = GateStore(session)
            record: GateRecord = store if is_recorded else NoRecord()
            found = Gate(store, record).ask(terms(ClientId(f"C{number}")), RunId("r"))
            if is_recorded:
                ledger = Ledger(PostgresLedgerStore(session), KEY)
                ledger.append([decisions_entry(found, RunId("r"))])
                ledger.sign(NOW)
            decided += len(found.decisions)
            allowed += len(found.clearances)
    return {"seconds": round(time.perf_counter() - start, 2), "decided": decided, "allowed": allowed}


def measure(acts: int, applicants: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "pg")
        server.start()
        try:
            prepare_database(server.logins())
            database = Database(server.logins().app, ROW_KEY)
            with database.write() as session:
                fill(session, acts, applicants)
            with database.write() as session:  # as every load does
                for table in ("consent_act", "applicant", "member"):
                    session.connection.execute(text(f"SELECT gather_statistics('{table}')"))
            at_once = asked(database, CLIENTS, False)
            vacuum(server)
            shares = {f"1/{part}": asked(database, CLIENTS // part, False) for part in (4, 2, 1)}
            recorded = asked(database, CLIENTS, True)
            database.close()
            return {"acts": acts, "right_after_filling": at_once, "facts_and_rules": shares, "with_record": recorded}
        finally:
            server.stop()


def vacuum(server: EmbeddedPostgres) -> None:
    """What autovacuum does by itself within minutes of a load."""
    with engine_as(server.superuser_url(DATABASE), None).connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--applicants", type=int, default=75_000)
    parser.add_argument("--acts", type=int, nargs="+", default=[2_000_000, 4_000_000, 8_000_000])
    chosen = parser.parse_args()
    for acts in chosen.acts:
        print(json.dumps({"applicants": chosen.applicants, **measure(acts, chosen.applicants)}), flush=True)


if __name__ == "__main__":
    main()
