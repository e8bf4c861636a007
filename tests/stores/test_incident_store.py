"""Incidents in the database: what was known can't be moved, and whom it affects leaves with an erasure."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kanmon.core.ids import ClientId, IncidentId, MemberId, MemberNo, SeasonId
from kanmon.db.logins import OWNER, DatabaseLogins, engine_as
from kanmon.db.unit_of_work import Database, WriteSession
from kanmon.incidents.model import AffectedPerson, Criteria, Incident, IncidentClass, IncidentScope
from kanmon.incidents.store import PostgresIncidentStore
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.rights.answer.store.stubs import PostgresStubStore
from kanmon.rights.answer.stub import AnswerLine, Channel, NewStub
from kanmon.rights.erasure.store.erasures import PostgresErasureStore
from tests.stores.test_control_plane import AT, ONE

NUMBER = IncidentId("I-2020-001")
LATER = AT + timedelta(days=1)


@pytest.fixture
def known(database: Database) -> Database:
    """Two members, two clients' names, an incident."""
    with database.write() as session:
        write(session, "INSERT INTO season (season_id, opens_at, closes_at) VALUES ('2020', :at, :at)")
        write(session, "INSERT INTO client VALUES ('one', 'One Inc.', '', '', '{}', :at)")
        for number in (1, 2):
            said = f"({number}, 'M{number}', '2020', :at)"
            write(session, f"INSERT INTO member (member_no, member_id, season_id, registered_at) VALUES {said}")
        write(session, "INSERT INTO ledger_entry SELECT n, 'x', :at, sha256('') FROM generate_series(0, 9) n")
        PostgresIncidentStore(session).open(
            Incident(
                NUMBER,
                IncidentClass.UNCOVERED,
                "t",
                IncidentScope(AT - timedelta(days=1)),
                AT,
                AT,
                AT,
                "o",
                Criteria(),
                1,
            )
        )
    return database


def write(session: WriteSession, statement: str) -> None:
    session.connection.execute(text(statement), {"at": AT} if ":at" in statement else {})


def person(number: int, provisions: int = 1) -> AffectedPerson:
    return AffectedPerson(
        MemberNo(number), MemberId(f"M{number}"), ClientId(ONE), SeasonId("2020"), "R1", AT, provisions
    )


def erase(session: WriteSession, number: int) -> None:
    """As far as it concerns incidents: the request, the codes parted, the rows gone."""
    said = f"({number}, sha256('c{number}'), '', :at, :at, false, 0)"
    write(
        session,
        "INSERT INTO erasure (member_no, code_sha256, person_sha256, requested_at, real_at, is_replay, ledger_seq) "
        f"VALUES {said}",
    )
    stubs = PostgresStubStore(session)
    stubs.add_stub(MemberId(f"M{number}"), NewStub(b"code%d" % number, Channel.NONE, None, AT))
    stubs.part_stubs(MemberId(f"M{number}"), [AnswerLine("2020", "One Inc.", is_scored=True, provided=2)])
    PostgresErasureStore(session, SealedRows(Path("no keys"))).erase(number, [])


@pytest.mark.parametrize(
    "change",
    [
        "known_at = known_at + interval '1 day'",
        "opened_at = now()",
        "class = 'L'",
        "title = 'another'",
        "season_id = '2020'",
    ],
)
def test_what_it_was_recorded_with_stays_even_for_the_owner(
    known: Database, logins: DatabaseLogins, change: str
) -> None:
    with pytest.raises(DBAPIError, match="append-only"), engine_as(logins.migrator, OWNER).begin() as connection:
        connection.execute(text(f"UPDATE kanmon.incident SET {change}, closed_at = now()"))


def test_the_first_set_says_when_and_what_comes_later_only_adds(known: Database) -> None:
    with known.write() as session:
        store = PostgresIncidentStore(session)
        assert store.add_affected(NUMBER, [person(1)]) == 0
        store.keep_set(NUMBER, b"first", AT)
        store.add_affected(NUMBER, [person(1, provisions=9), person(2)])
        store.keep_set(NUMBER, b"second", LATER)
        store.keep_set(NUMBER, b"second", LATER + timedelta(days=1))
        assert store.affected(NUMBER) == [person(1), person(2)]
        found = store.incident(NUMBER)
    assert found is not None
    assert (found.set_sha256, found.computed_at) == (b"second", AT)


def test_nothing_changes_after_its_end(known: Database) -> None:
    with known.write() as session:
        PostgresIncidentStore(session).keep_set(NUMBER, b"set", AT)
        PostgresIncidentStore(session).close(NUMBER, LATER)
    for deed in ("closed_at = NULL", "set_sha256 = ''"):
        with pytest.raises(DBAPIError, match="append-only"), known.write() as session:
            write(session, f"UPDATE incident SET {deed}")


def test_no_end_before_the_set(known: Database) -> None:
    with pytest.raises(DBAPIError, match="check"), known.write() as session:
        PostgresIncidentStore(session).close(NUMBER, LATER)


def test_a_code_goes_on_to_tell_of_the_incident_after_an_erasure(known: Database) -> None:
    with known.write() as session:
        PostgresIncidentStore(session).add_affected(NUMBER, [person(1), person(2)])
        erase(session, 1)
        assert [one.member_no for one in PostgresIncidentStore(session).affected(NUMBER)] == [2]
        told = session.connection.execute(text("SELECT * FROM incident_affected_stub")).all()
    assert [tuple(row) for row in told] == [(NUMBER, b"code1", "One Inc.", True, "R1", AT, 1)]


def test_who_was_erased_before_is_counted_and_told_that_it_may_be(known: Database) -> None:
    with known.write() as session:
        erase(session, 1)
        assert PostgresIncidentStore(session).add_affected(NUMBER, [person(1), person(2)]) == 1
        assert [one.member_no for one in PostgresIncidentStore(session).affected(NUMBER)] == [2]
        told = session.connection.execute(text("SELECT * FROM incident_affected_stub")).all()
    assert [tuple(row) for row in told] == [(NUMBER, b"code1", "One Inc.", False, None, None, 2)]
