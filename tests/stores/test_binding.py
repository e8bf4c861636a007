"""What somebody does to the tables beside us, by one statement of SQL: it opens nothing, and the audit names it."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kanmon.adapters.embedded_postgres import EmbeddedPostgres
from kanmon.adapters.postgres.act_seals import COLUMNS
from kanmon.adapters.postgres.logins import DatabaseLogins, engine_as
from kanmon.adapters.unit_of_work import Database
from kanmon.gate.decision import ReasonCode
from kanmon.provision.service import ProvisionResult
from tests.stores.test_withdrawal_race import CLIENTS, MEMBERS, SCORE, board, provide, withdraw
from tests.tables import tables

__all__ = ["board"]
ONE, OTHER = CLIENTS
VICTIM, BYSTANDER = MEMBERS[0], MEMBERS[1]


@pytest.fixture
def tamper(postgres: EmbeddedPostgres, logins: DatabaseLogins) -> "Tamper":
    return Tamper(postgres, logins)


class Tamper:
    """Runs a statement as a superuser who has taken the guards away."""

    def __init__(self, postgres: EmbeddedPostgres, logins: DatabaseLogins) -> None:
        self._url = postgres.superuser_url(str(logins.app.database))

    def __call__(self, statement: str, **values: object) -> int:
        with engine_as(self._url, None).begin() as connection:
            for table in ("consent_act", "consent_entry", "consent_correction"):
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
            return connection.execute(text(statement), values).rowcount


def score(board: Database) -> None:
    """New scores for everybody, computed after whatever was done to the acts."""
    with board.write() as session:
        for client in CLIENTS:
            session.act_for(client.client_id)
            session.connection.execute(SCORE, {"members": MEMBERS})


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
    score(board)
    result = provide(board, ONE, "later")
    assert denied(result, VICTIM) == [ReasonCode.LOG_INCONSISTENT]
    assert denied(result, BYSTANDER) == []
    assert result.provided == len(MEMBERS) - 1


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


def test_a_seal_covers_every_column_of_an_act() -> None:
    assert set(COLUMNS) == set(tables.consent_act.columns.keys())
