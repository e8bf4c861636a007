"""The decision lock and the use audit on a real database: what a report shows, and who is suspended."""

import random
from dataclasses import replace

import pytest
from sqlalchemy import text

from kanmon.audits.use.rules import UseFinding, is_drawn_as_registered
from kanmon.audits.use.service import ClientAudit, UseAudit
from kanmon.audits.use.store import PostgresUseAuditStore
from kanmon.clients.contract import Client, ServiceTerms
from kanmon.clients.decision import DecisionVerdict, Draw
from kanmon.core.ids import ApplicantId, ClientId
from kanmon.db.unit_of_work import Database
from kanmon.gate.switch.store import StopRecords, StopStore
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.provision.report import ReportRow
from kanmon.provision.store.decisions import DecisionStore, enter_decisions
from tests.stores.test_withdrawal_race import CLIENTS, CLOCK, CONTRACT, KEY, MEMBERS, PLATFORM, RELEASE, SEASON, board
from tests.stores.test_withdrawal_race import provide as provide_to

__all__ = ["board"]
LOCKED = replace(CLIENTS[0], contract=replace(CONTRACT, decision_lock=True, stages=("1", "2")))
AUDITED = replace(CLIENTS[0], contract=replace(CONTRACT, withheld_share=0.3))
AUDITED_TOO = replace(CLIENTS[1], contract=replace(CONTRACT, withheld_share=0.3))
APPLICANTS = [ApplicantId(member) for member in MEMBERS]
ENTRIES = text(
    "SELECT e.type, d.changes FROM decision_act d JOIN ledger_entry e ON e.seq = d.ledger_seq ORDER BY act_no"
)
SELECTS = text(
    """
    WITH made AS (
        INSERT INTO applicant (client_id, season_id, applicant_id, position, applied_at, as_of)
        SELECT :client, :season, 'x' || n, 1000 + n, now(), now() FROM generate_series(1, :count) n
        RETURNING applicant_no, position - 1000 AS n
    )
    INSERT INTO score (run_id, client_id, applicant_no, model_id, value, computed_at, consent_no)
    SELECT 'race', :client, applicant_no, 'm', n * 7919 % 10000, now(), 1 FROM made
    """
)
WATCHED = text(
    """
    SELECT a.applicant_id, s.score_no, s.value, a.applicant_no FROM applicant a JOIN score s USING (applicant_no)
    WHERE a.client_id = :client AND a.applicant_id LIKE 'x%'
    """
)
WATCH = text(
    """
    INSERT INTO audited_applicant (applicant_no, client_id, season_id, stage, is_withheld, score_no, watched_at)
    VALUES (:number, :client, :season, '1', :held, :score, now())
    """
)


def provide(database: Database, client: Client, run: str) -> dict[ApplicantId, ReportRow]:
    report = provide_to(database, client, run).report
    assert report is not None
    assert [row.applicant_id for row in report.rows] == APPLICANTS
    return {row.applicant_id: row for row in report.rows}


def commit(
    database: Database, applicant: ApplicantId, verdict: DecisionVerdict = DecisionVerdict.PASS, stage: str = "1"
) -> None:
    with database.write() as session:
        done = DecisionStore(session).decide(
            LOCKED.client_id, SEASON.season_id, applicant, stage, verdict, CLOCK.now()
        )  # fmt: skip
        assert done
        enter_decisions(session, Ledger(PostgresLedgerStore(session), KEY))


def name_stage(database: Database, applicant: ApplicantId, stage: str | None) -> None:
    with database.write(LOCKED.client_id) as session:
        session.connection.execute(
            text("UPDATE applicant SET stage = :stage WHERE applicant_id = :applicant"),
            {"stage": stage, "applicant": applicant},
        )


def shown(rows: dict[ApplicantId, ReportRow]) -> set[ApplicantId]:
    return {applicant for applicant, row in rows.items() if row.score is not None}


def test_a_locked_row_is_one_without_a_score_until_its_decision(board: Database) -> None:
    first = provide(board, LOCKED, "r1")
    assert set(first.values()) == {ReportRow(one, None, None) for one in APPLICANTS}
    with board.read(LOCKED.client_id) as session:
        assert session.connection.scalar(text("SELECT count(*) FROM provision_record")) == 0
    name_stage(board, APPLICANTS[0], "1")
    name_stage(board, APPLICANTS[1], "2")
    for applicant in APPLICANTS[:3]:
        commit(board, applicant)
    assert shown(provide(board, LOCKED, "r2")) == {APPLICANTS[0], APPLICANTS[2]}


def test_no_interleaving_shows_a_score_before_its_decision(board: Database) -> None:
    chance = random.Random(3)
    decided: dict[ApplicantId, set[str]] = {one: set() for one in APPLICANTS}
    first: dict[ApplicantId, str | None] = dict.fromkeys(APPLICANTS)
    seen = 0
    for number in range(120):
        applicant, stage = chance.choice(APPLICANTS), chance.choice(["1", "2"])
        match chance.randrange(4):
            case 0:
                named = chance.choice([None, "1", "2"])
                first[applicant] = first[applicant] or named
                name_stage(board, applicant, named)
            case 1 | 2:
                commit(board, applicant, chance.choice(list(DecisionVerdict)), stage)
                decided[applicant].add(stage)
            case 3:
                open_now = {one for one in APPLICANTS if decided[one] & ({first[one]} if first[one] else {"1", "2"})}
                found = shown(provide(board, LOCKED, f"r{number}"))
                assert found == open_now
                seen += len(found)
    assert seen > 50


def test_a_decision_and_every_change_of_it_stand_in_the_ledger(board: Database) -> None:
    commit(board, APPLICANTS[0])
    commit(board, APPLICANTS[0])
    provide(board, LOCKED, "r1")
    commit(board, APPLICANTS[0], DecisionVerdict.FAIL)
    with board.read(LOCKED.client_id) as session:
        assert session.connection.execute(ENTRIES).all() == [("client_decision", None), ("client_decision", "pass")]
        [changed] = DecisionStore(session).changed(LOCKED.client_id)
        assert (changed.applicant_id, changed.committed, changed.changed_to) == (APPLICANTS[0], "pass", "fail")
        assert changed.was_open
        assert not DecisionStore(session).changed(CLIENTS[1].client_id)


def test_of_another_client_nothing_is_decided(board: Database) -> None:
    with board.write() as session:
        store = DecisionStore(session)
        assert not store.decide(
            LOCKED.client_id, SEASON.season_id, ApplicantId("theirs"), "1", DecisionVerdict.PASS, CLOCK.now()
        )  # fmt: skip


def test_just_those_are_withheld_whom_the_registered_seed_draws(board: Database) -> None:
    rows = provide(board, AUDITED, "r1")
    with board.read() as session:
        store = PostgresUseAuditStore(session)
        registered = store.registered(AUDITED.client_id, SEASON.season_id)
        assert registered is not None
        provided_seq = session.connection.scalar(text("SELECT ledger_seq FROM provision"))
        assert provided_seq is not None
        assert registered.ledger_seq < provided_seq
        drawn = {one for one in APPLICANTS if registered.plan.draw.is_drawn(one)}
        assert shown(rows) == set(APPLICANTS) - drawn
        watch = store.watch(AUDITED.client_id, SEASON.season_id, CLOCK.now())
        assert (watch.cases, watch.undecided) == ([], len(APPLICANTS))
    for applicant in APPLICANTS:
        commit(board, applicant)
    assert shown(provide(board, AUDITED, "r2")) == set(APPLICANTS)
    with board.read() as session:
        watch = PostgresUseAuditStore(session).watch(AUDITED.client_id, SEASON.season_id, CLOCK.now())
        assert {case.applicant_id for case in watch.cases if case.is_withheld} == drawn
        assert watch.plan is not None
        assert is_drawn_as_registered(watch.plan.draw, watch.cases)


def selection(database: Database, client: Client, draw: Draw, *, misused: bool) -> None:
    """A thousand applicants, decided by score where the client misuses it and could read it, else by a coin."""
    chance, asked = random.Random(client.client_id), {"client": client.client_id, "season": SEASON.season_id}
    with database.write(client.client_id) as session:
        session.connection.execute(SELECTS, {**asked, "count": 1_000})
        for applicant, score_no, value, number in session.connection.execute(WATCHED, asked).all():
            held = draw.is_drawn(applicant)
            session.connection.execute(WATCH, {**asked, "number": number, "held": held, "score": score_no})
            passed = value < 5_000 if misused and not held else chance.random() < 0.5
            verdict = DecisionVerdict.PASS if passed else DecisionVerdict.FAIL
            DecisionStore(session).decide(
                client.client_id, SEASON.season_id, applicant, "1", verdict, CLOCK.now()
            )  # fmt: skip


def audit(database: Database) -> dict[ClientId, ClientAudit]:
    clients = {one.client_id: one for one in (AUDITED, AUDITED_TOO)}
    terms = ServiceTerms("JP-APPI-2017", PLATFORM, RELEASE, {SEASON.season_id: SEASON}, clients)
    with database.write() as session:
        audits = UseAudit(
            PostgresUseAuditStore(session), StopStore(session), Ledger(PostgresLedgerStore(session), KEY), CLOCK, terms
        ).look("owner", "AC-24", suspends=True)
    return {one.client.client_id: one for one in audits}


def test_a_client_that_selects_by_score_is_suspended_and_the_honest_one_is_not(
    board: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kanmon.clients.use_plan.secrets.token_bytes", random.Random(5).randbytes)  # 1 seed in 200 errs
    for client, misused in ((AUDITED, True), (AUDITED_TOO, False)):
        provide(board, client, f"r-{client.client_id}")
        with board.read() as session:
            plan = DecisionStore(session).plan(client.client_id, SEASON.season_id)
        assert plan is not None
        selection(board, client, plan.draw, misused=misused)
    audits = audit(board)
    told = {client: ([look.finding for look in one.looks], one.is_suspended) for client, one in audits.items()}
    assert told == {
        AUDITED.client_id: ([UseFinding.MISUSE_FOUND], True),
        AUDITED_TOO.client_id: ([UseFinding.NOTHING_FOUND], False),
    }
    refused = provide_to(board, AUDITED, "r-after")
    assert [reason.code for reason in refused.decisions.terms_reasons] == ["DENY_CLIENT_SUSPENDED"]
    again = audit(board)
    assert again[AUDITED.client_id].looks == audits[AUDITED.client_id].looks
    with board.read() as session:
        store = PostgresUseAuditStore(session)
        assert len(store.looked(AUDITED.client_id, SEASON.season_id)) == 1
        assert len(StopRecords(session).switched()) == 1


def test_nobody_is_watched_who_was_provided_before_the_audit_began(board: Database) -> None:
    provide(board, CLIENTS[0], "before")
    provide(board, AUDITED, "r1")
    with board.read(AUDITED.client_id) as session:
        assert session.connection.scalar(text("SELECT count(*) FROM audited_applicant")) == 0


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_plan_is_registered_once(board: Database, share: float) -> None:
    provide(board, AUDITED, "r1")
    other = replace(AUDITED, contract=replace(CONTRACT, withheld_share=share))
    provide(board, other, "r2")
    with board.read() as session:
        plan = DecisionStore(session).plan(AUDITED.client_id, SEASON.season_id)
        assert plan is not None
        assert plan.draw.share == 0.3
