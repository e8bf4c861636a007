"""From a recorded defect to whom it affects: 74,878 people provided to 34 clients, 7,983 of them in the gap.

python -m benchmarks.incident [--people N] [--gap N]

Each figure stands beside a floor measured in the same run on the same server: closing the gate beside a bare commit,
the affected set beside one statement of SQL that finds the same people without their reasons, a hash or the ledger.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import numpy as np
from sqlalchemy import text
from tests.smtp import mail_server

from benchmarks.gate import KEY, NOW, ROW_KEY, covering, terms, vacuum
from kanmon.audits.gap.model import GapRule, Integers, Window
from kanmon.audits.gap.service import GapAudit
from kanmon.audits.gap.store import AuditStore
from kanmon.clients.contract import Platform, Season, ServiceTerms
from kanmon.clients.store import ServiceStore
from kanmon.consent.law import JP_APPI_2022
from kanmon.core.clock import ReplayClock, SystemClock
from kanmon.core.ids import ClientId, IncidentId, RunId, SeasonId
from kanmon.db.database import prepare_database
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.unit_of_work import Database, WriteSession
from kanmon.gate.service import Gate
from kanmon.gate.store.facts import GateStore
from kanmon.incidents.model import Criteria, IncidentClass, IncidentScope
from kanmon.incidents.notices.mail import hand_over
from kanmon.incidents.notices.service import TOLD_ITEMS, write_notices
from kanmon.incidents.notices.smtp import SmtpPost, settings_from
from kanmon.incidents.notices.store import MailRecords, PostgresMailStore
from kanmon.incidents.service import IncidentLog
from kanmon.incidents.store import IncidentRecords, PostgresIncidentStore
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.rights.recall.service import Recalls
from kanmon.rights.recall.store import PostgresRecallStore

CLIENTS = 34
SEASON = SeasonId("2026")
OPENS, CLOSES = datetime(2025, 6, 1, tzinfo=UTC), datetime(2027, 3, 31, tzinfo=UTC)
SINCE, UNTIL = OPENS, NOW - timedelta(hours=1)

FILL = """
INSERT INTO run VALUES ('r', 'benchmark', now(), now(), false, NULL, 'began');
INSERT INTO member (member_no, member_id, season_id, registered_at, email)
    SELECT i, 'M' || i, '2026', '2025-06-01', 'm' || i || '@example.jp' FROM generate_series(1, {people}) i;
INSERT INTO screen VALUES ('pre_entry', '2026', 'pre_entry', NULL, 'p', NULL, NULL);
INSERT INTO consent_act (load_id, member_no, occurred_at, screen_id, text_no, action, refusable)
    SELECT 1, i, timestamptz '2025-07-01' + make_interval(secs => i), 'registration', 2, 'accept', true
    FROM generate_series(1, {people}) i;
INSERT INTO consent_act (load_id, member_no, occurred_at, screen_id, text_no, action, refusable)
    SELECT 1, i, timestamptz '2025-08-01' + make_interval(secs => i), 'pre_entry', 1, 'accept', true
    FROM generate_series({gap} + 1, {people}) i;
"""
PROVIDE = """
INSERT INTO applicant (client_id, season_id, applicant_id, position, applied_at, as_of, brought_member_no)
    SELECT '{client}', '2026', 'A' || i, i, '2025-06-01', '2026-03-01', i
    FROM generate_series(1, {people}) i WHERE mod(i, {clients}) = {number};
INSERT INTO provision (provision_id, run_id, client_id, season_id, acted_at, real_at, is_replay, content_sha256,
        law_profile_id, recipient, report)
    VALUES ('P-{client}', 'r', '{client}', '2026', '2026-03-01', '2026-03-01', false, '', '', '{{}}', '{{}}');
INSERT INTO provision_record (client_id, applicant_no, provision_id, member_no, consent_no, score_no, items,
        provided_at, created_at, retain_until, method)
    SELECT client_id, applicant_no, 'P-{client}', member_no, 1, 1, '{{score}}',
        '2026-03-01', '2026-03-01', '2029-03-01', 'SINGLE'
    FROM applicant WHERE client_id = '{client}';
"""
FLOOR = """
    SELECT count(*) FROM provision_record r
    WHERE client_id = :client AND provided_at >= :since AND provided_at < :until AND NOT EXISTS (
        SELECT FROM consent_act c
        WHERE c.member_no = r.member_no AND action = 'accept' AND text_no = 1 AND occurred_at < r.provided_at
    )
"""


class NoUse:
    """A lake without events: whoever used a function said so on a screen."""

    def users(self, members: Integers, kinds: frozenset[str], window: Window) -> Integers:  # noqa: ARG002
        """Nobody."""
        return np.empty(0, np.int64)


def client(number: int) -> ClientId:
    return ClientId(f"C{number}")


def fill(session: WriteSession, people: int, gap: int) -> None:
    run = session.connection.exec_driver_sql
    service = ServiceStore(session)
    companies = {client(number): terms(client(number)).client for number in range(CLIENTS)}
    season = Season(SEASON, OPENS, None, CLOSES)
    release = terms(client(0)).release
    service.replace_terms(
        ServiceTerms(JP_APPI_2022.profile_id, Platform("p", "a", "r"), release, {SEASON: season}, companies), OPENS
    )
    service.add_policy_version(covering(), OPENS)
    run("INSERT INTO displayed_text (text_sha256) VALUES (%s), (%s)", (covering().text_sha256, "0" * 64))
    run(FILL.format(people=people, gap=gap))
    for number in range(CLIENTS):
        session.act_for(client(number))
        run(PROVIDE.format(client=client(number), people=people, clients=CLIENTS, number=number))
    session.act_for(None)


def timed(deed: Callable[[], object]) -> float:
    start = time.perf_counter()
    deed()
    return time.perf_counter() - start


def log(session: WriteSession, at: datetime) -> IncidentLog:
    ledger = Ledger(PostgresLedgerStore(session), KEY)
    return IncidentLog(PostgresIncidentStore(session), ledger, ReplayClock(at), ServiceStore(session).terms())


def record(database: Database) -> None:
    with database.write() as session:
        log(session, UNTIL).open(
            IncidentClass.UNCOVERED, "a defect", IncidentScope(SINCE, UNTIL, SEASON), "o", None, Criteria()
        )


def bare_commit(database: Database) -> None:
    with database.write() as session:
        session.connection.execute(text("INSERT INTO check_attempt VALUES ('', now())"))


def allowed(database: Database) -> int:
    """How many of all clients' applicants the gate clears."""
    cleared = 0
    for number in range(CLIENTS):
        with database.write() as session:
            store = GateStore(session)
            cleared += len(Gate(store, store).ask(terms(client(number)), RunId("r")).clearances)
    return cleared


def compute(database: Database, number: IncidentId, rule: GapRule) -> None:
    with database.read() as session:
        found = GapAudit(AuditStore(session), NoUse()).affected(SEASON, SINCE, UNTIL, rule, only_provided=True)
    with database.write() as session:
        log(session, UNTIL + timedelta(minutes=1)).keep_set(number, found, {"rule": rule.value}, "o")


def floor(database: Database) -> int:
    found = 0
    with database.read() as session:
        for number in range(CLIENTS):
            session.act_for(client(number))
            asked = {"client": client(number), "since": SINCE, "until": UNTIL}
            found += session.connection.execute(text(FLOOR), asked).scalar_one()
    return found


def measure(people: int, gap: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        server = EmbeddedPostgres(Path(folder) / "pg")
        server.start()
        try:
            prepare_database(server.logins())
            database = Database(server.logins().app, ROW_KEY)
            with database.write() as session:
                fill(session, people, gap)
            vacuum(server)
            before = allowed(database)
            commit = min(timed(lambda: bare_commit(database)) for _ in range(5))
            closing = timed(lambda: record(database))
            held = allowed(database)
            (number,) = numbers(database)
            computing = timed(lambda: compute(database, number, GapRule.STRICT))
            beneath = min(timed(lambda: floor(database)) for _ in range(3))
            by_release = timed(lambda: compute(database, number, GapRule.RELEASE))
            with database.read() as session:
                affected = len({one.member_no for one in IncidentRecords(session).affected(number)})
            told = tell(database, number)
            found = {
                "people": people, "clients": CLIENTS, "allowed_before": before, "allowed_while_held": held,
                "allowed_once_computed": allowed(database), "affected": affected, "floor_found": floor(database),
                "gate_closed_s": round(closing, 3), "bare_commit_s": round(commit, 4),
                "set_s": round(computing, 2), "set_by_release_s": round(by_release, 2),
                "set_floor_s": round(beneath, 2),
                **told,
            }  # fmt: skip
            database.close()
            return found
        finally:
            server.stop()


def tell(database: Database, number: IncidentId) -> dict[str, object]:
    """Notices to everybody affected, written and handed over to a mail server here, and the requests to companies."""
    at = UNTIL + timedelta(minutes=2)
    with database.write() as session:
        for item in TOLD_ITEMS:
            log(session, at).learn(number, item.value, f"{item.value}: in words of some length. " * 4, "o")

    def write() -> None:
        with database.write() as session:
            incident = PostgresIncidentStore(session).incident(number)
            assert incident is not None
            ledger = Ledger(PostgresLedgerStore(session), KEY)
            write_notices(PostgresMailStore(session), ledger, incident, Platform("p", "a", "r"), ReplayClock(at), None)
            ledger.sign(at)

    def ask() -> None:
        with database.write() as session:
            Recalls(
                PostgresRecallStore(session), Ledger(PostgresLedgerStore(session), KEY), ReplayClock(at)
            ).ask_for_incident(number)

    def copy() -> None:
        with database.write() as session:
            session.connection.execute(text("CREATE TEMP TABLE same AS SELECT * FROM mail"))

    writing, asking, copying = timed(write), timed(ask), timed(copy)
    with database.read() as reading:
        letters = dict(MailRecords(reading).counts(number))
    with mail_server() as mailboxes:
        settings = settings_from(mailboxes.environ())
        assert settings is not None

        def hand() -> None:
            with SmtpPost.open(settings, SystemClock()) as post:
                for _ in hand_over(partial(mail_store, database), post, SystemClock().now):
                    pass

        handing = timed(hand)
        taken = len(mailboxes.taken)
    return {
        "letters": letters, "notices_s": round(writing, 2), "notices_floor_s": round(copying, 2),
        "requests_s": round(asking, 2), "handing_over_s": round(handing, 1), "taken": taken,
    }  # fmt: skip


@contextmanager
def mail_store(database: Database) -> Iterator[PostgresMailStore]:
    with database.write() as session:
        yield PostgresMailStore(session)


def numbers(database: Database) -> list[IncidentId]:
    with database.read() as session:
        return [one.incident_id for one in IncidentRecords(session).incidents()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=74_878)
    parser.add_argument("--gap", type=int, default=7_983)
    chosen = parser.parse_args()
    print(json.dumps(measure(chosen.people, chosen.gap)), flush=True)


if __name__ == "__main__":
    main()
