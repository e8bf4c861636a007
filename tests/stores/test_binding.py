"""What somebody does to the tables beside us, by one statement of SQL: it opens nothing, and the audit names it."""

from datetime import datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kanmon.audits.reconciliation.service import RowFinding, RowMismatch, reconcile
from kanmon.audits.reconciliation.store.entered import ReconciliationStore
from kanmon.core.errors import LogInconsistent
from kanmon.core.ids import MemberId, ModelId, ProvisionId
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import DatabaseLogins, engine_as
from kanmon.db.unit_of_work import Database, RowBatch
from kanmon.gate.decision import ReasonCode
from kanmon.ledger.service import Ledger
from kanmon.ledger.store import notice_seals
from kanmon.ledger.store.act_seals import COLUMNS
from kanmon.ledger.store.adoption import adopt
from kanmon.ledger.store.bound_rows import BoundRows, enter
from kanmon.ledger.store.bound_tables import BOUND, TERMS
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.modelling.registry import ModelApproval
from kanmon.modelling.store.models import ModelStore
from kanmon.provision.service import ProvisionOutcome, ProvisionResult
from kanmon.provision.store.provisions import PostgresProvisionStore
from kanmon.provision.store.received import ReceivedStore
from kanmon.rights.answer.store.training import closed_lists
from kanmon.rights.requests.objection import Objections, Word
from kanmon.rights.requests.store import PostgresRequestStore
from tests.rows import KEY
from tests.stores.test_withdrawal_race import CLIENTS, CLOCK, MEMBERS, RUN, SCORE, SEALS, board, provide, withdraw
from tests.tables import tables

__all__ = ["board"]
ONE, OTHER = CLIENTS
VICTIM, BYSTANDER = MEMBERS[0], MEMBERS[1]
GUARDED = (
    "consent_act", "consent_entry", "consent_correction", "score", "provision", "provision_record", "prediction_model",
    "client", "policy_version", "ledger_entry", "ledger_tile", "ledger_checkpoint", "ledger_secret", "bound_rows",
    "consent_seal", "model_approval", "objection", "person_request", "consent_answer", "served_text",
    "applicant", "link", "recipient_consent", "notice", "erased_applicant", "stale_score",
    "client_paper", "model_training",
)  # fmt: skip


@pytest.fixture
def tamper(postgres: EmbeddedPostgres, logins: DatabaseLogins) -> "Tamper":
    return Tamper(postgres, logins)


class Tamper:
    """Runs a statement as a superuser who has taken the guards away."""

    def __init__(self, postgres: EmbeddedPostgres, logins: DatabaseLogins) -> None:
        self._url = postgres.superuser_url(str(logins.app.database))

    def __call__(self, statement: str, **values: object) -> int:
        with engine_as(self._url, None).begin() as connection:
            for table in GUARDED:
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            return connection.execute(text(statement), values).rowcount


def score(board: Database) -> None:
    """New scores for everybody, computed after whatever was done to the acts, and entered."""
    with board.write() as session:
        for client in CLIENTS:
            session.act_for(client.client_id)
            session.connection.execute(SCORE, {"members": MEMBERS})
            session.added.append(RowBatch("score", (client.client_id, RUN), client.client_id))
        enter(session, Ledger(PostgresLedgerStore(session), KEY))


def found(board: Database) -> list[RowFinding]:
    """What the audit finds, but that these acts were put in without a load."""
    with board.read() as session:
        return [one for one in reconcile(ReconciliationStore(session)) if one.batch != "load 1"]


def named(board: Database) -> set[str]:
    return {one.table for one in found(board)}


def denied(result: ProvisionResult, member: str) -> list[ReasonCode]:
    [decision] = [one for one in result.decisions.decisions if one.applicant_id == member]
    return [reason.code for reason in decision.reasons]


FORGED = """
    INSERT INTO consent_act (load_id, member_no, occurred_at, screen_id, text_no, action)
    SELECT 1, member_no, now(), 's', 1, 'accept' FROM member WHERE member_id = :member
"""
OF_VICTIM = "member_no = (SELECT member_no FROM member WHERE member_id = :member)"
WITHDRAWN = f"action = 'withdraw' AND {OF_VICTIM}"
ACTS = {
    "an agreement put in": FORGED,
    "a withdrawal deleted": f"DELETE FROM consent_act WHERE {WITHDRAWN}",
    "a withdrawal turned into an agreement": f"UPDATE consent_act SET action = 'accept' WHERE {WITHDRAWN}",
    "a withdrawal narrowed to another client": f"UPDATE consent_act SET client_id = 'other' WHERE {WITHDRAWN}",
    "a withdrawal made older": f"UPDATE consent_act SET occurred_at = '2020-01-01' WHERE {WITHDRAWN}",
    "a withdrawal given to somebody else": f"UPDATE consent_act SET member_no = 99 WHERE {WITHDRAWN}",
}


@pytest.mark.parametrize("attack", ACTS)
def test_whoever_withdrew_is_not_provided_whatever_is_done_to_the_acts(
    attack: str, board: Database, tamper: Tamper
) -> None:
    withdraw(board, VICTIM)
    assert tamper(ACTS[attack], member=VICTIM) > 0
    assert f"member {VICTIM}" in {one.batch for one in found(board)}
    assert f"member {BYSTANDER}" not in {one.batch for one in found(board)}
    score(board)
    result = provide(board, ONE, "later")
    assert denied(result, VICTIM) == [ReasonCode.LOG_INCONSISTENT]
    assert denied(result, BYSTANDER) == []
    assert result.provided == len(MEMBERS) - 1


OBJECTIONS = {
    "deleted": f"DELETE FROM objection WHERE {OF_VICTIM}",
    "turned into a lifting": f"UPDATE objection SET action = 'lift' WHERE {OF_VICTIM}",
    "narrowed to another client": f"UPDATE objection SET client_id = 'other' WHERE {OF_VICTIM}",
    "made later than now": f"UPDATE objection SET occurred_at = '2999-01-01' WHERE {OF_VICTIM}",
    "given to somebody else": f"UPDATE objection SET member_no = 99 WHERE {OF_VICTIM}",
    "narrowed to training": f"UPDATE objection SET use = 'train' WHERE {OF_VICTIM}",
    "lifted by nobody": f"""
        INSERT INTO objection (request_no, member_no, occurred_at, action)
        SELECT request_no, member_no, occurred_at + interval '1 microsecond', 'lift' FROM objection WHERE {OF_VICTIM}
    """,
}


def say(board: Database, member: MemberId, word: Word, *, is_of_training: bool = False) -> None:
    with board.write() as session:
        ledger = Ledger(PostgresLedgerStore(session), KEY)
        objections = Objections(PostgresRequestStore(session), ledger, CLOCK)
        objections.say(member, word, None, CLIENTS, is_of_training=is_of_training)
        ledger.sign(CLOCK.now())


@pytest.mark.parametrize("attack", OBJECTIONS)
def test_whoever_objected_is_not_provided_whatever_is_done_to_the_objection(
    attack: str, board: Database, tamper: Tamper
) -> None:
    say(board, VICTIM, Word.OBJECT)
    assert named(board) == set()
    assert tamper(OBJECTIONS[attack], member=VICTIM) > 0
    assert {(finding.table, finding.batch) for finding in found(board)} >= {("objection", f"member {VICTIM}")} or (
        attack == "given to somebody else" and named(board) == {"objection"}
    )
    score(board)
    result = provide(board, ONE, "later")
    assert denied(result, VICTIM) == [ReasonCode.LOG_INCONSISTENT]
    assert denied(result, BYSTANDER) == []


def test_an_end_of_training_that_was_taken_away_closes_everything(board: Database, tamper: Tamper) -> None:
    say(board, VICTIM, Word.OBJECT, is_of_training=True)
    score(board)
    assert denied(provide(board, ONE, "first"), VICTIM) == []
    assert tamper(f"DELETE FROM objection WHERE {OF_VICTIM}", member=VICTIM) == 1
    assert ("objection", f"member {VICTIM}") in {(finding.table, finding.batch) for finding in found(board)}
    score(board)
    assert denied(provide(board, ONE, "later"), VICTIM) == [ReasonCode.LOG_INCONSISTENT]


def test_an_objection_that_was_lifted_is_no_fault(board: Database) -> None:
    for word, code in ((Word.OBJECT, [ReasonCode.CONSENT_WITHDRAWN]), (Word.LIFT, [])):
        say(board, VICTIM, word)
        score(board)
        assert denied(provide(board, ONE, word.value), VICTIM) == code
    assert named(board) == set()


def test_the_audit_names_the_act_by_moment_action_and_text(board: Database, tamper: Tamper) -> None:
    withdraw(board, VICTIM)
    tamper(ACTS["a withdrawal turned into an agreement"], member=VICTIM)
    [at, sha256] = query(board, VICTIM)
    rows = [row for finding in found(board) if finding.batch == f"member {VICTIM}" for row in finding.rows]
    assert any(f"{at.isoformat()} accept {sha256[:12]}" in row for row in rows)
    tamper(ACTS["a withdrawal deleted"].replace("action = 'withdraw'", "entry_seq IS NOT NULL"), member=VICTIM)
    rows = [row for finding in found(board) if finding.batch == f"member {VICTIM}" for row in finding.rows]
    assert any(row.startswith("entry ") and f" withdraw {sha256[:12]})" in row for row in rows)


def query(board: Database, member: MemberId) -> tuple[datetime, str]:
    """Moment and text of the newest act of a member that has an entry of its own."""
    statement = f"""
        SELECT occurred_at, text_sha256 FROM consent_act JOIN displayed_text USING (text_no)
        WHERE {OF_VICTIM} AND entry_seq IS NOT NULL
    """
    with board.read() as session:
        at, sha256 = session.connection.execute(text(statement), {"member": member}).one()
        return at, sha256


def test_an_old_seal_put_back_with_the_old_acts_does_not_bring_the_person_back(board: Database, tamper: Tamper) -> None:
    tamper("CREATE TABLE kept AS SELECT * FROM consent_seal")
    withdraw(board, VICTIM)
    tamper(ACTS["a withdrawal deleted"], member=VICTIM)
    tamper("DELETE FROM consent_entry WHERE consent_no NOT IN (SELECT consent_no FROM consent_act)")
    tamper("UPDATE consent_seal s SET numbers = k.numbers, seal = k.seal FROM kept k WHERE k.member_no = s.member_no")
    score(board)
    assert denied(provide(board, ONE, "later"), VICTIM) == [ReasonCode.LOG_INCONSISTENT]


def test_a_later_act_does_not_cover_a_forged_one(board: Database, tamper: Tamper) -> None:
    tamper(FORGED, member=VICTIM)
    withdraw(board, VICTIM, OTHER.client_id)
    score(board)
    assert denied(provide(board, ONE, "later"), VICTIM) == [ReasonCode.LOG_INCONSISTENT]


@pytest.mark.parametrize("origin", ["NULL", "999"])
def test_no_act_is_taken_that_came_from_nowhere(origin: str, board: Database) -> None:
    statement = FORGED.replace("(load_id,", "(entry_seq,").replace("SELECT 1,", f"SELECT {origin}::bigint,")
    with pytest.raises(IntegrityError), board.write() as session:
        session.connection.execute(text(statement), {"member": VICTIM})


def test_a_seal_covers_every_column_of_an_act_and_of_a_notice() -> None:
    assert set(COLUMNS) == set(tables.consent_act.columns.keys())
    assert set(notice_seals.COLUMNS) == set(tables.notice.columns.keys())


NUMBER = "(SELECT applicant_no FROM applicant WHERE client_id = 'one' AND applicant_id = :member)"
OF_ONE = f"client_id = 'one' AND applicant_no = {NUMBER}"
NEWEST = f"score_no = (SELECT max(score_no) FROM score WHERE {OF_ONE})"
ROWS = {
    "a score's value": ("score", f"UPDATE score SET value = 1 WHERE {OF_ONE}"),
    "a score deleted": ("score", f"DELETE FROM score WHERE {NEWEST}"),
    "a score put in": (
        "score",
        f"""
        INSERT INTO score (run_id, client_id, applicant_no, model_id, value, computed_at, consent_no)
        SELECT run_id, client_id, applicant_no, model_id, 1, now(), consent_no FROM score WHERE {NEWEST}
        """,
    ),
    "a record of provision deleted": ("provision_record", f"DELETE FROM provision_record WHERE {OF_ONE}"),
    "a record's consent": (
        "provision_record",
        f"UPDATE provision_record SET consent_no = consent_no + 1 WHERE {OF_ONE}",
    ),
}
ALL_OF_ONE = {
    "a number in a model": (
        "prediction_model",
        "UPDATE prediction_model SET card = '{\"auc\": 9}' WHERE client_id = 'one'",
    ),
    "a model": ("model_artefact", "UPDATE prediction_model SET artefact = 'b' WHERE client_id = 'one'"),
    "a report": (
        "provision",
        "UPDATE provision SET report = report || '{\"purpose\": \"any\"}' WHERE client_id = 'one'",
    ),
}


@pytest.mark.parametrize("attack", ROWS)
def test_nothing_is_provided_of_a_person_on_a_row_that_was_tampered_with(
    attack: str, board: Database, tamper: Tamper
) -> None:
    score(board)
    assert provide(board, ONE, "first").provided == len(MEMBERS)
    table, statement = ROWS[attack]
    assert named(board) == set()
    assert tamper(statement, member=VICTIM) > 0
    assert named(board) == {table}
    result = provide(board, ONE, "later")
    assert denied(result, VICTIM) == [ReasonCode.LOG_INCONSISTENT]
    assert result.provided == len(MEMBERS) - 1


@pytest.mark.parametrize("attack", ALL_OF_ONE)
def test_nothing_is_provided_to_a_client_whose_model_or_report_was_tampered_with(
    attack: str, board: Database, tamper: Tamper
) -> None:
    assert provide(board, ONE, "first").provided == len(MEMBERS)
    table, statement = ALL_OF_ONE[attack]
    assert tamper(statement) > 0
    assert named(board) == {table}
    result = provide(board, ONE, "later")
    assert denied(result, VICTIM) == [ReasonCode.LOG_INCONSISTENT]
    assert result.provided == 0
    assert provide(board, OTHER, "elsewhere").provided == len(MEMBERS)


@pytest.mark.parametrize(
    "attack", ["UPDATE model_training SET label = sha256('') WHERE applicant_no = 3", "DELETE FROM model_training"]
)
def test_a_training_list_that_is_not_the_one_committed_to_is_found(
    attack: str, board: Database, tamper: Tamper
) -> None:
    assert named(board) == set()
    assert tamper(attack) > 0
    assert named(board) == {"model_training"}


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE model_training SET label = sha256('') WHERE applicant_no = 3",
        "DELETE FROM model_training",
        "UPDATE prediction_model SET ledger_seq = NULL",
        "UPDATE prediction_model SET training_root = NULL",
    ],
)
def test_nobody_gets_a_proof_from_a_list_that_is_not_the_one_committed_to(
    attack: str, board: Database, tamper: Tamper
) -> None:
    """A model whose list is gone is not left out of the proof: a no that passes it over would be a lie."""
    with board.read() as session:
        intact = [found.checked().model_id for found in closed_lists(session, ONE.client_id)]
    assert intact
    assert tamper(attack) > 0
    with board.read() as session, pytest.raises(LogInconsistent):
        [found.checked() for found in closed_lists(session, ONE.client_id)]


def test_a_client_whose_contract_was_tampered_with_is_refused_as_a_whole(board: Database, tamper: Tamper) -> None:
    tamper("UPDATE client SET contract = contract || '{\"purpose\": \"any\"}' WHERE client_id = 'one'")
    assert [(one.fault, one.table, one.rows) for one in found(board)] == [(RowMismatch.CHANGED, "client", ("one",))]
    result = provide(board, ONE, "later")
    assert result.outcome is ProvisionOutcome.REFUSED
    assert [reason.code for reason in result.decisions.terms_reasons] == [ReasonCode.LOG_INCONSISTENT]
    assert provide(board, OTHER, "elsewhere").provided == len(MEMBERS)


def test_nobody_is_provided_anything_once_words_were_tampered_with(board: Database, tamper: Tamper) -> None:
    tamper("UPDATE policy_version SET clauses = '[]'")
    assert provide(board, OTHER, "later").outcome is ProvisionOutcome.REFUSED


@pytest.mark.parametrize("kind", BOUND)
def test_a_digest_covers_every_column_but_those_that_change_by_rule(kind: str) -> None:
    left_out = {
        "provision": {"handed_over_at"},
        "prediction_model": {"artefact"},
        "applicant": {"linked_member_no", "member_no", "stage", "bound_stage"},
    }.get(kind, set())
    bound = BOUND[kind]
    if kind == "model_artefact":
        assert bound.columns == ["artefact", "model_id"]
    elif kind == "tie":
        assert "linked_member_no" in bound.content
    else:
        assert set(bound.columns) == set(bound.table.columns.keys()) - left_out


@pytest.mark.parametrize("kind", TERMS)
def test_what_is_in_force_is_bound_whole(kind: str) -> None:
    assert set(TERMS[kind].columns) == set(TERMS[kind].table.columns.keys())


def test_rows_from_before_they_were_bound_are_taken_as_they_are_once(board: Database, tamper: Tamper) -> None:
    tamper("TRUNCATE bound_rows, consent_seal, ledger_tile, ledger_checkpoint, ledger_secret")
    tamper("DELETE FROM ledger_entry")
    with board.read() as session:
        assert BoundRows(session).unbound_clients() == {"one", "other"}
    adopted = []
    for _ in range(2):
        with board.write() as session:
            adopted.append(adopt(session, Ledger(PostgresLedgerStore(session), KEY)))
        tamper(FORGED, member=VICTIM)
    assert adopted == [True, False]
    assert found(board) != []
    score(board)
    assert provide(board, ONE, "later").provided == len(MEMBERS) - 1


def test_a_report_that_is_not_what_was_provided_is_handed_over_nowhere(board: Database, tamper: Tamper) -> None:
    provide(board, ONE, "first")
    for expected in (1, 0):
        with board.write() as session:
            assert len(list(PostgresProvisionStore(session, SEALS).waiting_reports(ONE.client_id))) == expected
        tamper(ALL_OF_ONE["a report"][1])
    tamper("UPDATE provision SET handed_over_at = now()")
    with board.read() as session, pytest.raises(LogInconsistent):
        ReceivedStore(session, SEALS).report(ONE.client_id, ProvisionId("first-one"))


@pytest.mark.parametrize("attack", ["a number in a model", "a model"])
def test_nobody_is_scored_by_a_model_that_is_not_what_was_registered(
    attack: str, board: Database, tamper: Tamper
) -> None:
    with board.write() as session:
        ModelStore(session).approve(ModelApproval(ModelId("m-one"), ONE.client_id, "p", "b", CLOCK.now()))
        enter(session, Ledger(PostgresLedgerStore(session), KEY))
    for is_tampered in (False, True):
        with board.write() as session:
            models, now = ModelStore(session), CLOCK.now()
            if is_tampered:
                with pytest.raises(LogInconsistent):
                    models.newest_approved(ONE.client_id, now)
            else:
                assert models.newest_approved(ONE.client_id, now) is not None
        tamper(ALL_OF_ONE[attack][1])
