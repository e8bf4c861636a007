"""Rows that tie an applicant to a member, confirm a consent or approve a model: one statement of SQL is seen."""

from collections.abc import Iterable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kanmon.audits.reconciliation.service import RowMismatch
from kanmon.core.errors import LogInconsistent
from kanmon.core.ids import ApplicantId, ModelId
from kanmon.db.unit_of_work import Database, RowBatch, WriteSession
from kanmon.gate.decision import ReasonCode
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.bound_rows import enter
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.ledger.store.notice_seals import NoticeSeals
from kanmon.linkage.link import LinkDecision
from kanmon.linkage.store import LinkStore
from kanmon.modelling.registry import ModelApproval
from kanmon.modelling.store.models import ModelStore
from kanmon.rights.requests.service import Method, RequestForm, RequestType
from kanmon.rights.requests.store import PostgresRequestStore
from tests.rows import KEY, recording
from tests.stores.test_binding import Tamper, denied, found, named, score, tamper
from tests.stores.test_withdrawal_race import CLIENTS, CLOCK, DAY, MEMBERS, NOW, RUN, SEASON, board, provide

__all__ = ["board", "tamper"]
ONE, OTHER = CLIENTS
VICTIM, BYSTANDER, THIRD = MEMBERS[0], MEMBERS[1], MEMBERS[2]
OF_VICTIM = f"applicant_id = '{VICTIM}' AND client_id = 'one'"
NUMBER = f"(SELECT applicant_no FROM applicant WHERE {OF_VICTIM})"
ERASURE = text(
    """
    INSERT INTO erasure (member_no, code_sha256, person_sha256, requested_at, real_at, is_replay, ledger_seq)
    VALUES (:member, '', '', now(), now(), false, 1) RETURNING erasure_no
    """
)
OTHER_MEMBER = 20
LINK = "client_id, applicant_no, decision, member_no, decided_by, linked_at, run_id"


@pytest.fixture
def world(board: Database) -> Database:
    """The board, with a confirmation for everybody, an approval of the model, and three rows that were linked."""
    with board.write() as session:
        session.act_for(ONE.client_id)
        run = session.connection.execute
        linked = [str(member) for member in MEMBERS[:3]]
        run(text("INSERT INTO recipient_consent SELECT applicant_no, client_id, now(), 'declared' FROM applicant"))
        run(
            text(
                f"INSERT INTO link ({LINK}) SELECT client_id, applicant_no, 'linked', brought_member_no, 'linker/1', "
                "now(), 'race' FROM applicant WHERE applicant_id = ANY (:linked)"
            ),
            {"linked": linked},
        )
        run(
            text(
                "UPDATE applicant SET linked_member_no = brought_member_no, brought_member_no = NULL "
                "WHERE applicant_id = ANY (:linked)"
            ),
            {"linked": linked},
        )
        of_season = (ONE.client_id, SEASON.season_id)
        session.added += [RowBatch(kind, of_season, ONE.client_id) for kind in ("applicant", "tie")]
        session.added.append(RowBatch("recipient_consent", (ONE.client_id,), ONE.client_id))
        ModelStore(session).approve(ModelApproval(ModelId("m-one"), ONE.client_id, "p", "b", CLOCK.now()))
        enter(session, Ledger(PostgresLedgerStore(session), KEY))
    return board


APP = {
    "a row put in": (
        "applicant",
        """
        INSERT INTO applicant (client_id, season_id, applicant_id, position, applied_at, as_of, brought_member_no)
        SELECT client_id, season_id, 'forged', 99, applied_at, as_of, linked_member_no FROM applicant WHERE {of}
        """,
    ),
    "a row given to another member": ("applicant", "UPDATE applicant SET brought_member_no = 5 WHERE {of}"),
    "a row's browser": ("applicant", "UPDATE applicant SET cookie_id = 'x' WHERE {of}"),
    "a row's moment": ("applicant", "UPDATE applicant SET as_of = as_of + interval '1 hour' WHERE {of}"),
    "a row's email": ("applicant", "UPDATE applicant SET email = 'x@example.jp' WHERE {of}"),
    "a tie": ("tie", "UPDATE applicant SET linked_member_no = 5 WHERE {of}"),
    "a decision put in": (
        "tie",
        (f"INSERT INTO link ({LINK}) SELECT client_id, applicant_no, 'unlinked', NULL, 'linker/1', now(), 'race' "
        "FROM applicant WHERE {of}"),
    ),
    "a confirmation": (
        "recipient_consent",
        "UPDATE recipient_consent SET confirmed_at = '2020-01-01' WHERE applicant_no = {number}",
    ),
}  # fmt: skip
"""What the app's login may do; the table that the audit names."""
PAST_GUARDS = {
    "a row deleted": (
        "applicant",
        (
            "WITH a AS (DELETE FROM link WHERE applicant_no = {number}),"
            " b AS (DELETE FROM recipient_consent WHERE applicant_no = {number}) DELETE FROM applicant WHERE {of}"
        ),
    ),
    "a decision changed": ("tie", "UPDATE link SET decided_by = 'x' WHERE applicant_no = {number}"),
    "a decision deleted": ("tie", "DELETE FROM link WHERE applicant_no = {number}"),
    "a confirmation put in": (
        "recipient_consent",
        (
            "INSERT INTO recipient_consent SELECT applicant_no, 'other', now(), 'declared' FROM applicant"
            f" WHERE client_id = 'other' AND applicant_id = '{VICTIM}'"
        ),
    ),
    "a confirmation deleted": ("recipient_consent", "DELETE FROM recipient_consent WHERE applicant_no = {number}"),
}
"""What only somebody does who has taken the database's guards away."""


def decide(world: Database) -> None:
    """A person says that the victim's row is nobody's."""
    with recording(world) as session:
        store = LinkStore(session)
        [row] = store.examined(ONE.client_id, ApplicantId(VICTIM))
        store.decide(row, LinkDecision.UNLINKED, None, "person", RUN, CLOCK.now())


def formatted(statement: str) -> str:
    return statement.format(of=OF_VICTIM, number=NUMBER)


@pytest.mark.parametrize("attack", APP)
def test_what_the_apps_login_does_to_a_row_opens_nothing_and_is_named(attack: str, world: Database) -> None:
    assert named(world) == set()
    table, statement = APP[attack]
    with world.write(ONE.client_id) as session:
        assert session.connection.execute(text(formatted(statement))).rowcount == 1
    assert named(world) == {table}
    score(world)
    result = provide(world, ONE, "later")
    name = "forged" if attack == "a row put in" else VICTIM
    [reasons] = [d.reasons for d in result.decisions.decisions if d.applicant_id == name]
    assert ReasonCode.LOG_INCONSISTENT in {reason.code for reason in reasons}
    assert denied(result, BYSTANDER) == []


@pytest.mark.parametrize("attack", PAST_GUARDS)
def test_what_is_done_to_a_row_past_the_guards_opens_nothing_and_is_named(
    attack: str, world: Database, tamper: Tamper
) -> None:
    table, statement = PAST_GUARDS[attack]
    assert tamper(formatted(statement)) == 1
    assert table in named(world)
    client = OTHER if attack == "a confirmation put in" else ONE
    score(world)
    result = provide(world, client, "later")
    assert attack == "a row deleted" or denied(result, VICTIM) == [ReasonCode.LOG_INCONSISTENT]
    assert denied(result, BYSTANDER) == []


@pytest.mark.parametrize(
    "statement",
    [
        f"DELETE FROM applicant WHERE {OF_VICTIM}",
        "UPDATE link SET decided_by = 'x'",
        "DELETE FROM link",
        "DELETE FROM recipient_consent",
        "UPDATE model_approval SET approved_by = 'x'",
        "DELETE FROM model_approval",
    ],
)
def test_what_the_apps_login_may_not_do(statement: str, world: Database) -> None:
    with pytest.raises(DBAPIError), world.write(ONE.client_id) as session:
        session.connection.execute(text(statement))


def test_a_tie_that_was_undone_does_not_come_back_with_its_older_decision(world: Database, tamper: Tamper) -> None:
    """Somebody decides that the row is nobody's; decision and tie are then put back to what they were."""
    decide(world)
    assert named(world) == set()
    assert tamper(
        f"""
        WITH gone AS (DELETE FROM link WHERE decided_by = 'person')
        UPDATE applicant SET linked_member_no = 1 WHERE {OF_VICTIM}
        """
    )
    assert named(world) == {"tie"}
    score(world)
    assert denied(provide(world, ONE, "later"), VICTIM) == [ReasonCode.LOG_INCONSISTENT]


def test_a_person_decides_nothing_on_a_tie_that_is_not_what_was_recorded(world: Database) -> None:
    with world.write(ONE.client_id) as session:
        session.connection.execute(text(formatted(APP["a tie"][1])))
    with pytest.raises(LogInconsistent):
        decide(world)


def test_the_linker_leaves_a_row_whose_decision_was_put_in(world: Database) -> None:
    """A person had decided; a forged decision of the linker would let the linker decide again."""
    decide(world)
    with world.write(ONE.client_id) as session:
        session.connection.execute(text(formatted(APP["a decision put in"][1])))
    with world.write(ONE.client_id) as session:
        session.connection.execute(text("UPDATE applicant SET email = 'x@example.jp'"))
        listed = LinkStore(session).to_compare(ONE.client_id, SEASON.season_id)
        assert listed is not None
        victim = session.connection.scalar(text(f"SELECT {NUMBER}"))
        assert len(listed.numbers) == 2
        assert victim not in listed.numbers
        assert session.connection.scalar(text("SELECT count(*) FROM link")) == 5


def test_a_later_change_does_not_cover_a_forged_row(world: Database) -> None:
    """And of the others, what was changed meanwhile counts."""
    with world.write(ONE.client_id) as session:
        session.connection.execute(text(formatted(APP["a row's browser"][1])))
    with recording(world) as session:
        session.act_for(ONE.client_id)
        changed = (
            "UPDATE applicant SET as_of = as_of - interval '1 hour' WHERE applicant_id = :other RETURNING applicant_no"
        )
        number = session.connection.scalar(text(changed), {"other": BYSTANDER})
        names = (ONE.client_id, SEASON.season_id)
        session.added.append(RowBatch("applicant", names, ONE.client_id, (f"{number}/",)))
    assert {(finding.fault, finding.rows) for finding in found(world)} == {(RowMismatch.CHANGED, ("1/",))}
    score(world)
    result = provide(world, ONE, "later")
    assert denied(result, VICTIM) == [ReasonCode.LOG_INCONSISTENT]
    assert result.provided == len(MEMBERS) - 1


def test_nothing_is_allowed_on_rows_whose_entry_is_unreadable(world: Database, tamper: Tamper) -> None:
    tamper("DELETE FROM ledger_secret WHERE seq = (SELECT max(ledger_seq) FROM bound_rows WHERE kind = 'tie')")
    score(world)
    assert provide(world, ONE, "later").provided == 0
    assert provide(world, OTHER, "elsewhere").provided == len(MEMBERS)


APPROVALS = {
    "put in": "INSERT INTO model_approval (model_id, client_id, approved_by, because, approved_at)"
    " SELECT model_id, client_id, 'x', 'y', approved_at FROM model_approval",
    "changed": "UPDATE model_approval SET because = 'x'",
    "deleted": "DELETE FROM model_approval",
}


@pytest.mark.parametrize("attack", APPROVALS)
def test_nothing_is_provided_by_a_model_whose_approval_is_not_what_was_given(
    attack: str, world: Database, tamper: Tamper
) -> None:
    with world.write() as session:
        approved = ModelStore(session).newest_approved(ONE.client_id, CLOCK.now())
    assert approved is not None
    tamper(APPROVALS[attack])
    assert named(world) == {"model_approval"}
    score(world)
    result = provide(world, ONE, "later")
    assert (result.provided, denied(result, VICTIM)) == (0, [ReasonCode.LOG_INCONSISTENT])
    with world.write() as session:
        if attack == "deleted":
            assert ModelStore(session).newest_approved(ONE.client_id, CLOCK.now()) is None
        else:
            with pytest.raises(LogInconsistent):
                ModelStore(session).newest_approved(ONE.client_id, CLOCK.now())


def test_an_approval_put_in_by_the_apps_login_lets_no_model_score(board: Database) -> None:
    with board.write(ONE.client_id) as session:
        put_in = "INSERT INTO model_approval (model_id, client_id, approved_by, because, approved_at) VALUES"
        session.connection.execute(text(f"{put_in} ('m-one', 'one', 'x', 'y', now())"))
    assert named(board) == {"model_approval"}
    with board.write() as session, pytest.raises(LogInconsistent):
        ModelStore(session).newest_approved(ONE.client_id, CLOCK.now())


def test_a_person_said_to_be_erased_hides_no_score(world: Database, tamper: Tamper) -> None:
    """Rows of people who were erased are missing for nobody; whose row still says who it is was not erased."""
    with world.write(ONE.client_id) as session:
        session.connection.execute(
            text(
                f"""
                INSERT INTO erased_applicant (applicant_no, client_id, season_id, erasure_no, was_provided)
                SELECT applicant_no, client_id, season_id, :erasure, false FROM applicant WHERE {OF_VICTIM}
                """
            ),
            {"erasure": session.connection.scalar(ERASURE, {"member": OTHER_MEMBER})},
        )
    tamper(f"UPDATE score SET value = 1 WHERE client_id = 'one' AND applicant_no = {NUMBER}")
    assert named(world) == {"score"}


@pytest.fixture
def told(board: Database) -> Database:
    """The board, where all but the victim were sent a notice of scoring."""
    with recording(board) as session:
        numbers = range(2, len(MEMBERS) + 1)
        with NoticeSeals(session).sent(numbers):
            tell(session, numbers)
    return board


def tell(session: WriteSession, members: Iterable[int]) -> None:
    statement = text("INSERT INTO notice SELECT unnest(CAST(:members AS int[])), :at, 'scoring'")
    session.connection.execute(statement, {"members": list(members), "at": NOW - DAY})


NOT_INFORMED, LOG_INCONSISTENT = [ReasonCode.NOT_INFORMED], [ReasonCode.LOG_INCONSISTENT]
NOTICES = {
    "deleted": ("DELETE FROM notice WHERE member_no = 2", NOT_INFORMED),
    "made older": ("UPDATE notice SET occurred_at = '2020-01-01' WHERE member_no = 2", LOG_INCONSISTENT),
    "given to another": ("UPDATE notice SET member_no = 1 WHERE member_no = 2", NOT_INFORMED),
    "of another kind": ("UPDATE notice SET kind = 'other' WHERE member_no = 2", NOT_INFORMED),
    "all deleted": ("DELETE FROM notice", LOG_INCONSISTENT),
    "all of another kind": ("UPDATE notice SET kind = 'other'", LOG_INCONSISTENT),
}


def test_a_notice_put_in_by_the_apps_login_informs_nobody_and_is_named(told: Database) -> None:
    assert (named(told), denied(provide(told, ONE, "first"), VICTIM)) == (set(), NOT_INFORMED)
    with told.write() as session:
        tell(session, [1])
    assert {(one.fault, one.batch) for one in found(told)} == {
        (RowMismatch.NOT_ENTERED, f"member {VICTIM}"), (RowMismatch.NOT_ENTERED, "scoring"),
    }  # fmt: skip
    score(told)
    result = provide(told, ONE, "later")
    assert (denied(result, VICTIM), denied(result, BYSTANDER)) == (LOG_INCONSISTENT, [])


@pytest.mark.parametrize("attack", NOTICES)
def test_what_is_done_to_notices_past_the_guards_opens_nothing_and_is_named(
    attack: str, told: Database, tamper: Tamper
) -> None:
    statement, expected = NOTICES[attack]
    with pytest.raises(DBAPIError), told.write() as session:
        session.connection.execute(text(statement))
    assert tamper(statement) > 0
    assert named(told) == {"notice"}
    score(told)
    result = provide(told, ONE, "later")
    assert denied(result, BYSTANDER) == expected
    assert denied(result, VICTIM) in (LOG_INCONSISTENT, NOT_INFORMED)
    assert attack.startswith("all") is (denied(result, THIRD) != [])


def test_a_later_notice_does_not_cover_a_forged_one(told: Database) -> None:
    with told.write() as session:
        tell(session, [1])
    with recording(told) as session:
        PostgresRequestStore(session).add_notice(VICTIM, "correction", NOW)
        PostgresRequestStore(session).add_notice(BYSTANDER, "correction", NOW)
        PostgresRequestStore(session).add_notice(BYSTANDER, "correction", NOW - DAY)
    assert {one.batch for one in found(told)} == {f"member {VICTIM}", "scoring", "correction"}
    score(told)
    assert denied(provide(told, ONE, "later"), VICTIM) == LOG_INCONSISTENT


def test_notices_that_went_with_a_person_are_missing_for_nobody(told: Database) -> None:
    with recording(told) as session:
        number = session.connection.scalar(ERASURE, {"member": 2})
        with NoticeSeals(session).sent([2]):
            session.connection.execute(text("SELECT erase_of_member(:erasure, '{}')"), {"erasure": number})
    assert {one.table for one in found(told)} <= {"consent_act"}


STALE = {
    "deleted": "DELETE FROM stale_score",
    "made later": "UPDATE stale_score SET stale_at = '2999-01-01'",
    "given to another score": "UPDATE stale_score SET score_no = score_no + 1",
}


@pytest.mark.parametrize("attack", STALE)
def test_a_score_that_a_correction_made_stale_does_not_come_back(attack: str, board: Database, tamper: Tamper) -> None:
    with recording(board) as session:
        store = PostgresRequestStore(session)
        entry = NewEntry(EntryType.REQUEST, NOW, {"type": "history"})
        (seq,) = Ledger(PostgresLedgerStore(session), KEY).append([entry])
        number = store.add_request(RequestForm(VICTIM, RequestType.HISTORY, NOW, Method.PAPER, None, {}), seq)
        assert store.make_stale(number, VICTIM, ONE.client_id, NOW - 10 * DAY, CLOCK.now()) == 1
    assert named(board) == set()
    result = provide(board, ONE, "first")
    assert result.provided == len(MEMBERS) - 1
    with pytest.raises(DBAPIError), board.write(ONE.client_id) as session:
        session.connection.execute(text(STALE[attack]))
    assert tamper(STALE[attack]) == 1
    assert named(board) == {"stale_score"}
    assert denied(provide(board, ONE, "later"), VICTIM) == LOG_INCONSISTENT
