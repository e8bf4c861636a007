"""Papers of clients on a real database: what is on record opens and closes the gate, and nothing put in beside us."""

from collections.abc import Sequence

import pytest
from sqlalchemy import insert, text

from kanmon.access.account import Account, Role
from kanmon.audits.rejudgement.store import PostgresRejudgementReader
from kanmon.clients.contract import Client
from kanmon.clients.papers.model import CheckFinding, ClientPaper, PaperDraft, PaperFile, PaperKind
from kanmon.clients.papers.questions import questions_of
from kanmon.clients.papers.rules import PaperLackKind, PaperRefused
from kanmon.clients.papers.service import PaperService
from kanmon.clients.papers.store import PaperRecords, PostgresPaperStore
from kanmon.clients.store import ServiceStore
from kanmon.consent.law import JP_APPI_2017
from kanmon.core.errors import UnknownClient
from kanmon.core.ids import ClientId, RunId
from kanmon.db.unit_of_work import Database
from kanmon.gate.decision import ReasonCode, Use
from kanmon.gate.question import Terms
from kanmon.gate.service import Gate
from kanmon.gate.store.book import BookStore
from kanmon.gate.store.facts import GateStore
from kanmon.gate.store.standing_facts import unexplained_since
from kanmon.ledger.entry import EntryType
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.bound_rows import enter
from kanmon.ledger.store.entries import PostgresLedgerStore
from tests.rows import KEY
from tests.stores.test_binding import Tamper, named, tamper
from tests.stores.test_withdrawal_race import CLIENTS, CLOCK, DAY, RELEASE, SEASON, board
from tests.tables import tables

__all__ = ["board", "tamper"]
ONE, OTHER = CLIENTS
BEFORE, AFTER = PaperKind.CHECK_BEFORE_USE, PaperKind.CHECK_AFTER_USE
MAY, MAY_NOT = CheckFinding.MAY_USE, CheckFinding.MAY_NOT_USE


@pytest.fixture
def owner(board: Database) -> Account:
    with board.write() as session:
        made = insert(tables.account).values(name="po", role="privacy_owner", password_hash="", created_at=CLOCK.now())
        number = session.connection.scalar(made.returning(tables.account.c.account_no))
    return Account(int(number or 0), "po", Role.PRIVACY_OWNER, staff_person="Ito Aki")


def record(board: Database, by: Account, draft: PaperDraft, client: ClientId = ONE.client_id) -> ClientPaper:
    with board.write() as session:
        ledger = Ledger(PostgresLedgerStore(session), KEY)
        terms = ServiceStore(session).terms()
        paper = PaperService(PostgresPaperStore(session), ledger, CLOCK, terms).record(client, draft, by)
        enter(session, ledger)
    return paper


def check(finding: CheckFinding, kind: PaperKind = BEFORE) -> PaperDraft:
    return PaperDraft(kind, None, "Sato Mei", (), dict.fromkeys(questions_of(kind), "words"), finding)


def reasons(board: Database, client: Client = ONE) -> Sequence[ReasonCode]:
    """Why the gate denies the batch, now."""
    terms = Terms(Use.PROVIDE, CLOCK.now(), client, SEASON, RELEASE, JP_APPI_2017)
    with board.write() as session:
        answers = Gate(GateStore(session), GateStore(session)).ask(terms, RunId("race"))
    return [reason.code for reason in answers.terms_reasons]


def doubted(board: Database) -> set[str]:
    """Tables in which the audit finds something, but for the answers of `reasons`, which enters none."""
    return named(board) - {"gate_decision"}


def test_what_staff_find_closes_the_gate_and_opens_it_again(board: Database, owner: Account) -> None:
    assert reasons(board) == []
    forbidding = record(board, owner, check(MAY_NOT))
    assert reasons(board) == [ReasonCode.USE_FORBIDDEN]
    assert reasons(board, OTHER) == []
    with pytest.raises(PaperRefused) as told:
        record(board, owner, check(MAY_NOT))
    assert [lack.code for lack in told.value.lacks] == [PaperLackKind.DOUBLED]
    allowing = record(board, owner, check(MAY))
    assert reasons(board) == []
    with board.read() as session:
        assert PaperRecords(session).papers(ONE.client_id) == [forbidding, allowing]
        assert PaperRecords(session).papers(OTHER.client_id) == []
        entered = session.connection.execute(
            text("SELECT type FROM ledger_entry WHERE seq = :seq"), {"seq": allowing.ledger_seq}
        )
        assert entered.scalar_one() == EntryType.CLIENT_PAPER
    assert doubted(board) == set()


def test_a_refused_paper_leaves_no_trace(board: Database, owner: Account) -> None:
    staff_of_client = Account(owner.account_no, "hr", Role.CLIENT, client_id=ONE.client_id)
    for by, draft, lack in (
        (staff_of_client, check(MAY), PaperLackKind.NOT_STAFF),
        (owner, check(MAY, AFTER), PaperLackKind.NOTHING_USED),
        (owner, PaperDraft(PaperKind.USE_AGREEMENT, None, "Sato"), PaperLackKind.FILE_MISSING),
    ):
        with pytest.raises(PaperRefused) as told:
            record(board, by, draft)
        assert lack in [found.code for found in told.value.lacks]
    with pytest.raises(UnknownClient):
        record(board, owner, check(MAY), ClientId("nobody"))
    with board.read() as session:
        assert PaperRecords(session).papers(ONE.client_id) == []
        assert session.connection.scalar(text("SELECT count(*) FROM ledger_entry WHERE type = 'client_paper'")) == 0


PUT_IN = """
    INSERT INTO client_paper (client_id, kind, season_id, dated_at, client_person, files, questions, answers, finding,
        conditions, account_no, role, person, recorded_at, real_at, ledger_seq)
    SELECT client_id, kind, season_id, now(), client_person, files, questions, answers, 'may_use', conditions,
        account_no, role, person, now(), now(), ledger_seq + 1000 FROM client_paper
"""
ATTACKS = {
    "a finding changed": "UPDATE client_paper SET finding = 'may_use'",
    "a check deleted": "DELETE FROM client_paper",
    "a check put in": PUT_IN,
    "a check given to another season": "UPDATE client_paper SET season_id = 'x'",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_check_that_was_not_recorded_so_opens_nothing(
    attack: str, board: Database, owner: Account, tamper: Tamper
) -> None:
    record(board, owner, check(MAY_NOT))
    assert tamper(ATTACKS[attack]) == 1
    assert ReasonCode.LOG_INCONSISTENT in reasons(board)
    assert ReasonCode.LOG_INCONSISTENT not in reasons(board, OTHER)
    assert doubted(board) == {"client_paper"}
    with board.read() as session:
        assert BookStore(session).read().unproved == {ONE.client_id}


def test_the_answer_to_a_check_after_use_states_the_use(board: Database, owner: Account) -> None:
    """Both judges hear it from when it was recorded, and of that season's reports alone."""
    received_at = CLOCK.now() - 40 * DAY
    with board.write() as session:
        session.act_for(ONE.client_id)
        report = {
            "provision_id": "p", "run_id": "race", "client_id": ONE.client_id, "season_id": SEASON.season_id,
            "acted_at": received_at, "real_at": received_at, "handed_over_at": received_at, "is_replay": False,
            "content_sha256": "", "law_profile_id": "", "recipient": {}, "report": {},
        }  # fmt: skip
        session.connection.execute(insert(tables.provision).values(report))
        receipt = {"provision_id": "p", "client_id": ONE.client_id, "account_no": owner.account_no, "pack": {}}
        session.connection.execute(insert(tables.receipt).values(**receipt, acknowledged_at=received_at, ledger_seq=0))
    assert ReasonCode.POSTCHECK_OVERDUE in reasons(board)
    asked_before = CLOCK.now()
    answered = record(board, owner, check(MAY, AFTER))
    assert reasons(board) == []
    with board.read() as session:
        assert unexplained_since(session, ONE.client_id, asked_before) == received_at
        [known] = PostgresRejudgementReader(session).receipts(ONE.client_id)
        assert (known.acknowledged_at, known.stated_at) == (received_at, answered.recorded_at)


def test_papers_stand_in_for_dates_of_the_contract(board: Database, owner: Account) -> None:
    unstated = 'contract || \'{"use_agreement_signed_at": null, "pre_use_check_at": null}\''
    with board.write() as session:
        session.connection.execute(text(f"UPDATE client SET contract = {unstated}"))
        client = ServiceStore(session).terms().clients[ONE.client_id]
    missing = {ReasonCode.NO_USE_AGREEMENT, ReasonCode.PRECHECK_STALE}
    assert missing <= set(reasons(board, client))
    record(board, owner, PaperDraft(PaperKind.USE_AGREEMENT, None, "Sato", (PaperFile("a.pdf", "a" * 64, 1),)))
    record(board, owner, check(MAY))
    assert missing.isdisjoint(reasons(board, client))
