"""An act that was taken live carries its answer and the text served for it: one statement of SQL on either is seen."""

from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kanmon.audits.reconciliation.service import RowMismatch, reconcile
from kanmon.audits.reconciliation.store.entered import ReconciliationStore
from kanmon.consent.collected.service import ConsentAnswer
from kanmon.consent.collected.use_cases import collection_store
from kanmon.consent.evidence import ConsentAct
from kanmon.core.clock import ReplayClock
from kanmon.core.ids import EvidenceId, MemberId, MemberNo, ScreenId
from kanmon.db.tables.evidence import consent_answer, served_text
from kanmon.db.unit_of_work import Database
from kanmon.gate.decision import ReasonCode
from kanmon.ledger.store.act_seals import SEALED_OF_ONE, ActSeals
from kanmon.ledger.store.answers import ANSWER_COLUMNS, TEXT_COLUMNS
from kanmon.rights.erasure.service import Erasures
from kanmon.rights.erasure.store.erasures import PostgresErasureStore
from kanmon.rights.erasure.use_cases import erasing
from tests.databases import FilledDatabases
from tests.portals.revised_season import DAY, HOUR, SCREENS
from tests.rows import seal_acts
from tests.stores.revision_world import DEPLOYED_AT, MEMBERS, MINUTE, OLD, RevisedBoard, revised_board
from tests.stores.test_binding import Tamper, tamper

__all__ = ["tamper"]
AT, LATER = DEPLOYED_AT, DEPLOYED_AT + HOUR
BY_FILE = text(
    """
    INSERT INTO consent_act (load_id, member_no, occurred_at, screen_id, text_no, action)
    SELECT 1, member_no, occurred_at + interval '1 day', screen_id, text_no, action
    FROM consent_act JOIN member USING (member_no) WHERE member_id = 'C'
    """
)


def answered_board(database: Database, folder: Path) -> RevisedBoard:
    board = revised_board(database, folder)
    board.serve("C", AT)
    with database.write() as session:
        session.connection.execute(BY_FILE)
        seal_acts(session)
    return board


@pytest.fixture
def board(database: Database, tmp_path: Path, filled_databases: FilledDatabases) -> RevisedBoard:
    """Everybody agreed live; C did by a file, too, and read words once more without an answer."""
    return filled_databases.fill(database, tmp_path, answered_board).at(database, tmp_path)


def findings(board: RevisedBoard) -> dict[str, set[RowMismatch]]:
    """What the audit of the ledger finds about answers and acts, by person; no entry tells of the load of a test."""
    named: dict[str, set[RowMismatch]] = {}
    with board.database.read() as session:
        for finding in reconcile(ReconciliationStore(session)):
            if finding.table in {"consent_act", "consent_answer"} and finding.batch != "load 1":
                named.setdefault(finding.batch.removeprefix("member "), set()).add(finding.fault)
    return named


def numbers(board: RevisedBoard) -> dict[MemberNo, str]:
    """Everybody of whom there is an act."""
    with board.database.read() as session:
        known = "SELECT member_no, member_id FROM member WHERE member_no IN (SELECT member_no FROM consent_act)"
        found = session.connection.execute(text(known))
        return {MemberNo(number): name for number, name in found}


def unproved(board: RevisedBoard) -> str:
    """Whose acts the gate takes for nothing; the audit of provisions and the gate online hold the same."""
    named = numbers(board)
    with board.database.read() as session:
        gate = ActSeals(session).unproved(named)
        assert ReconciliationStore(session).unrecorded(named) == gate
        one = text(f"SELECT f.member_no, o.is_lost FROM member f CROSS JOIN LATERAL ({SEALED_OF_ONE}) o")
        assert {number for number, is_lost in session.connection.execute(one) if is_lost} == gate
    return "".join(sorted(named[number] for number in gate))


PUT_IN = text(
    """
    INSERT INTO consent_answer
        (key_no, act_id, content_sha256, action, member_id, screen_id, consent_no, answered_at, salt)
    SELECT 1, 'later', :content, action, member_id, screen_id, consent_no, answered_at, salt
    FROM consent_answer WHERE action = 'withdraw'
    """
)
LOADED = "(SELECT consent_no FROM consent_act WHERE load_id = 1)"
UNANSWERED = "(SELECT max(served_no) FROM served_text WHERE member_id = 'C')"
ANSWER_OF_A = "UPDATE consent_answer SET {} WHERE member_id = 'A'"
TEXT_OF_A = "UPDATE served_text SET {} WHERE member_id = 'A'"
CHANGED, MISSING, NOT_ENTERED = RowMismatch.CHANGED, RowMismatch.MISSING, RowMismatch.NOT_ENTERED
ATTACKS: dict[str, tuple[str, dict[str, set[RowMismatch]]]] = {
    "answer changed": (ANSWER_OF_A.format("shown_sha256 = NULL"), {"A": {CHANGED}}),
    "answer said to be another person's": (ANSWER_OF_A.format("member_id = 'C'"), {"A": {CHANGED}}),
    "answer made older": (ANSWER_OF_A.format("answered_at = '2020-01-01'"), {"A": {CHANGED}}),
    "answer deleted": ("DELETE FROM consent_answer WHERE member_id = 'A'", {"A": {MISSING}}),
    "answer moved to another act": (
        ANSWER_OF_A.format(f"consent_no = {LOADED}"),
        {"A": {MISSING}, "C": {NOT_ENTERED}},
    ),
    "answers swapped": (
        """
        UPDATE consent_answer n SET content_sha256 = o.content_sha256, salt = o.salt
        FROM consent_answer o WHERE (n.member_id, o.member_id) IN (('A', 'B'), ('B', 'A'))
        """,
        {"A": {CHANGED}, "B": {CHANGED}},
    ),
    "answer to another text": (
        ANSWER_OF_A.format(f"served_no = {UNANSWERED}"),
        {"A": {CHANGED}},
    ),
    "answer put in": (
        f"""
        INSERT INTO consent_answer
            (key_no, act_id, content_sha256, action, member_id, screen_id, served_no, consent_no, answered_at)
        SELECT 1, 'forged', '', 'accept', 'C', screen_id, served_no, {LOADED}, served_at
        FROM served_text WHERE served_no = {UNANSWERED}
        """,
        {"C": {NOT_ENTERED}},
    ),
    "served text changed": (TEXT_OF_A.format("text_sha256 = repeat('0', 64)"), {"A": {CHANGED}}),
    "served text of another version": (TEXT_OF_A.format("version_id = '9'"), {"A": {CHANGED}}),
    "served text made older": (TEXT_OF_A.format("served_at = '2020-01-01'"), {"A": {CHANGED}}),
    "served text given to another person": (TEXT_OF_A.format("member_id = 'C'"), {"A": {CHANGED}}),
    "served text deleted": ("DELETE FROM served_text WHERE member_id = 'A'", {"A": {CHANGED}}),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_done_to_an_answer_or_its_text_denies_its_person_and_is_named(
    attack: str, board: RevisedBoard, tamper: Tamper
) -> None:
    statement, expected = ATTACKS[attack]
    assert (findings(board), unproved(board), board.allowed(OLD, LATER)) == ({}, "", "ABC")
    assert tamper(statement) > 0
    assert findings(board) == expected
    denied = "".join(sorted(expected))
    assert unproved(board) == denied
    decisions = board.decisions(OLD, LATER)
    for name in MEMBERS:
        reasons = [reason.code for reason in decisions[name].reasons]
        assert reasons == ([ReasonCode.LOG_INCONSISTENT] if name in denied else [])


def test_the_digest_taken_off_an_act_is_seen(board: RevisedBoard, tamper: Tamper) -> None:
    tamper("UPDATE consent_act SET answer_sha256 = NULL WHERE answer_sha256 IS NOT NULL")
    assert findings(board).keys() >= {"A", "B", "C"}
    assert board.allowed(OLD, LATER) == ""


def test_a_second_withdrawal_is_an_answer_to_the_act_that_stands(board: RevisedBoard, tamper: Tamper) -> None:
    for minutes in (1, 2):
        assert board.answer("A", "withdraw", AT + minutes * MINUTE).act is not None
    assert (findings(board), unproved(board)) == ({}, "")
    first = "answer_no = (SELECT min(answer_no) FROM consent_answer WHERE action = 'withdraw')"
    tamper(f"UPDATE consent_answer SET screen_id = 'another' WHERE {first}")
    assert findings(board) == {"A": {CHANGED}}


def test_a_withdrawal_whose_answer_was_put_in_before_it_came_is_recorded(board: RevisedBoard) -> None:
    """By the app's login, with the ID and the words that the board's program is going to send."""
    assert board.answer("A", "withdraw", AT + MINUTE).act is not None
    assert board.answer("A", "accept", AT + 2 * MINUTE).act is not None
    assert board.allowed(OLD, AT + 3 * MINUTE) == "ABC"
    later = ConsentAnswer("later", "withdraw", MemberId("A"), ScreenId(SCREENS[0]), refusable=True)
    with board.database.write() as session:
        session.connection.execute(PUT_IN, {"content": later.content_sha256()})
    for minutes in (4, 5):
        with board._collection(AT + minutes * MINUTE) as collection:
            record = collection.take(1, later)
        assert record.act is not None
        assert record.act.occurred_at == AT + 4 * MINUTE
    assert board.allowed(OLD, LATER) == "BC"


def test_an_act_from_before_answers_were_bound_counts_as_it_did(board: RevisedBoard, tamper: Tamper) -> None:
    at = AT + MINUTE
    refused = ConsentAct(
        EvidenceId(0), MemberId("C"), at, ScreenId(SCREENS[0]), board.serve("C", at).text.text_sha256, "refuse", None,
        True,
    )  # fmt: skip
    with board.transactions.begin(waits=True) as work:
        store = collection_store(work.session)
        (seq,) = work.ledger.append([refused.entry(at)])
        number = store.add(refused, seq)
        work.ledger.sign(ReplayClock(at).real())
    tamper(
        """
        INSERT INTO consent_answer
            (key_no, act_id, content_sha256, action, member_id, screen_id, consent_no, answered_at)
        VALUES (1, 'old', '', 'refuse', 'C', 's', :number, now())
        """,
        number=number,
    )
    assert (findings(board), unproved(board)) == ({}, "")


@pytest.mark.parametrize("digest", [None, "0" * 64])
def test_no_agreement_is_taken_without_the_answer_that_its_entry_names(digest: str | None, board: RevisedBoard) -> None:
    agreed = ConsentAct(
        EvidenceId(0), MemberId("C"), AT, ScreenId(SCREENS[0]), board.serve("C", AT).text.text_sha256, "accept", None,
        True,
    )  # fmt: skip
    with board.transactions.begin(waits=True) as work:
        store = collection_store(work.session)
        (seq,) = work.ledger.append([agreed.entry(AT)])
        with pytest.raises(IntegrityError), store._session.connection.begin_nested():
            store.add(agreed, seq, digest)
        work.ledger.sign(AT)


@pytest.mark.parametrize("is_kept", [True, False])
def test_an_erasure_leaves_audits_and_proofs_intact(is_kept: bool, board: RevisedBoard) -> None:
    """Also of somebody who refused under the text of the person who is erased."""
    borrowed = board.serve("A", AT + MINUTE)
    refusal = ConsentAnswer("borrowed", "refuse", MemberId("C"), ScreenId(SCREENS[0]), token=borrowed.token)
    with board._collection(AT + MINUTE) as collection:
        refused = collection.take(1, refusal).act
    assert refused is not None
    nothing = cast("Any", object())
    erasures = Erasures(
        erasing(board.transactions), nothing, nothing, nothing, ReplayClock(AT + DAY)
    )  # fmt: skip
    erasures.request(MemberId("A"), "code")
    assert (findings(board), unproved(board)) == ({}, "")
    with board.database.read() as session:
        agreed = text(
            "SELECT consent_no FROM consent_act JOIN member USING (member_no)"
            " WHERE member_id = 'A' AND action = 'accept'"
        )
        acts = list(map(EvidenceId, session.connection.scalars(agreed))) if is_kept else []
    with board.transactions.begin(waits=True) as work:
        store = PostgresErasureStore(work.session, work.seals)
        [erasure] = store.all()
        seqs = set(store.naming(MemberId("A"))) - set(store.consent_seqs(acts))
        store.erase(erasure.erasure_no, acts)
        work.ledger.hold()
        work.ledger.erase(sorted(seqs), AT + DAY, "asked for")
        work.ledger.sign(AT + DAY)
    with board.database.read() as session:
        left = text("SELECT member_id FROM consent_answer UNION ALL SELECT member_id FROM served_text")
        assert set(session.connection.scalars(left)) == {"B", "C"}
    assert (findings(board), unproved(board)) == ({}, "")


def test_a_digest_covers_every_column_of_an_answer_and_of_its_text() -> None:
    """But its own number, the act, which is the one that carries it, and the text, which is bound by its number."""
    assert set(ANSWER_COLUMNS) == set(consent_answer.c.keys()) - {"answer_no", "consent_no", "refusal", "served_no"}
    assert set(TEXT_COLUMNS) == set(served_text.c.keys())
