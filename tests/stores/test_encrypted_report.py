"""Where words that somebody in a report agreed to promise an encrypted file (E15), it goes in one; its password is told
once to the operator, apart from it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from kanmon.consent.policy import Clause, Element, Statement
from kanmon.core.ids import RunId
from kanmon.db.unit_of_work import Database
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.provision.files.encrypted import opened_zip
from kanmon.provision.files.folder import ReportFolder
from kanmon.provision.report import Report
from kanmon.provision.store.client_statements import ClientStatements
from kanmon.provision.store.provisions import PostgresProvisionStore
from tests.stores import test_withdrawal_race as race
from tests.stores.test_withdrawal_race import CLIENTS, COVERING, MEMBERS, NOW, SEALS, board, provide, withdraw

__all__ = ["board"]
ONE, OTHER = CLIENTS
SEALED = Clause("c2", {Element.MEANS: Statement("提供します", "encrypted_file")})


@pytest.fixture
def promised(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody on the board agrees to words that promise an encrypted file."""
    monkeypatch.setattr(race, "COVERING", replace(COVERING, clauses=(*COVERING.clauses, SEALED)))


def hand_over(database: Database, root: Path) -> list[Report]:
    with database.write() as session:
        store = PostgresProvisionStore(session, SEALS)
        reports = [report for _, report in store.waiting_reports(ONE.client_id)]
        for report in reports:
            ReportFolder(root / "reports").hand_over(report)
            store.mark_handed_over(report.provision_id, ONE.client_id, NOW)
    return reports


def told(database: Database) -> Mapping[RunId, str]:
    with database.write() as session:
        return PostgresProvisionStore(session, SEALS).tell_passwords(ONE.client_id, NOW)


@pytest.mark.usefixtures("promised")
def test_the_file_is_encrypted_and_its_password_is_told_once(board: Database, tmp_path: Path) -> None:
    assert provide(board, ONE, "first").provided == len(MEMBERS)
    assert told(board) == {}
    [report] = hand_over(board, tmp_path)
    [file] = (tmp_path / "reports" / ONE.client_id / report.run_id).iterdir()
    passwords = told(board)
    inside = opened_zip(file.read_bytes(), passwords[report.run_id])
    assert inside is not None
    assert inside["report.csv"].count(b"0.5000") == len(MEMBERS)
    assert told(board) == {}
    with board.read(ONE.client_id) as session:
        kept = session.connection.scalar(text("SELECT report::text FROM provision"))
    assert passwords[report.run_id] not in kept


@pytest.mark.usefixtures("promised")
def test_what_is_written_anew_after_a_withdrawal_has_the_same_password(board: Database, tmp_path: Path) -> None:
    provide(board, ONE, "first")
    [report] = hand_over(board, tmp_path)
    withdraw(board, MEMBERS[0])
    with board.write() as session:
        session.act_for(ONE.client_id)
        stored = session.connection.scalar(text("SELECT report FROM provision"))
    again = SEALS.open(stored, {report.rows[0].applicant_id})
    assert (again.password, again.is_encrypted) == (report.password, True)
    assert again.rows[0].score is None


def test_words_that_promise_nothing_leave_the_files_plain(board: Database, tmp_path: Path) -> None:
    provide(board, ONE, "first")
    [report] = hand_over(board, tmp_path)
    folder = tmp_path / "reports" / ONE.client_id / report.run_id
    assert {path.name for path in folder.iterdir()} == {"report.csv", "report.xlsx", "report.pdf"}
    assert told(board) == {}


@pytest.mark.usefixtures("promised")
def test_at_the_client_s_desk_it_is_told_once_too(board: Database, tmp_path: Path) -> None:
    provide(board, ONE, "first")
    [report] = hand_over(board, tmp_path)
    shown = []
    for _ in range(2):
        with board.write() as session:
            desk = ClientStatements(session, Ledger(PostgresLedgerStore(session), race.KEY), ONE.client_id, 1)
            shown.append(
                (desk.records.is_password_told(report.provision_id), desk.note_password(report.provision_id, NOW))
            )
    assert shown == [(False, True), (True, False)]
    assert told(board) != {}
