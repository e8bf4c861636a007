"""Requests, stale scores and stubs as the database keeps them."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from kanmon.core.clock import SystemClock
from kanmon.core.errors import NotFound, UsageError
from kanmon.core.ids import ClientId, MemberId, SeasonId
from kanmon.db.unit_of_work import Database, WriteSession
from kanmon.ledger.note import SigningKey
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.provision.store.provisions import PostgresProvisionStore
from kanmon.rights.answer.store.stubs import PostgresStubStore
from kanmon.rights.answer.stub import AnswerLine, Channel, FoundStub, issue_code, look_up
from kanmon.rights.requests.objection import Objections, Word, objected_since
from kanmon.rights.requests.service import RequestDecision, RequestForm, RequestOutcome, Requests, RequestType
from kanmon.rights.requests.store import PostgresRequestStore
from tests.tables import tables

KEY = SigningKey.generate("kanmon/test")
AT = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MEMBER, CLIENT, SEASON = MemberId("m"), ClientId("one"), SeasonId("2027")
ACCEPTED = RequestDecision(AT + DAY, "owner", RequestOutcome.ACCEPTED)


@pytest.fixture
def known(database: Database) -> Database:
    """A member whom one client has an applicant of, with an older and a newer score."""
    with database.write(CLIENT) as session:
        run = session.connection.execute
        run(insert(tables.season).values(season_id=SEASON, opens_at=AT, closes_at=AT))
        run(insert(tables.member).values(member_no=1, member_id=MEMBER, season_id=SEASON, registered_at=AT, phone="1"))
        who = {"legal_name": "c", "address": "a", "representative": "r", "contract": {}, "loaded_at": AT}
        run(insert(tables.client).values(client_id=CLIENT, **who))
        row = {"client_id": CLIENT, "season_id": SEASON, "applicant_id": "a", "position": 1, "applied_at": AT}
        run(insert(tables.applicant).values(**row, as_of=AT, brought_member_no=1))
        for value, at in ((1, AT - 2 * DAY), (2, AT - DAY)):
            score = {"run_id": "r", "client_id": CLIENT, "applicant_no": 1, "model_id": "m", "value": value}
            run(insert(tables.score).values(**score, computed_at=at, consent_no=1))
    return database


@contextmanager
def requests(database: Database) -> Iterator[tuple[PostgresRequestStore, Requests]]:
    with database.write() as session:
        store = PostgresRequestStore(session)
        yield store, Requests(store, Ledger(PostgresLedgerStore(session), KEY), SystemClock())


def test_a_request_is_decided_once_and_a_refusal_says_why(known: Database) -> None:
    with requests(known) as (_, service):
        number = service.receive(RequestForm(MEMBER, RequestType.HISTORY, AT)).request_no
    with requests(known) as (_, service), pytest.raises(UsageError):
        service.decide(service.waiting(number), RequestDecision(AT, "owner", RequestOutcome.REFUSED, " "))
    with requests(known) as (_, service):
        service.decide(service.waiting(number), ACCEPTED)
    with requests(known) as (_, service), pytest.raises(UsageError):
        service.waiting(number)
    with requests(known) as (_, service), pytest.raises(NotFound):
        service.waiting(number + 1)
    with requests(known) as (_, service), pytest.raises(UsageError):
        service.receive(RequestForm(MemberId("nobody"), RequestType.HISTORY, AT))


def test_a_stop_is_accepted_at_once_and_nobody_states_a_violation(known: Database) -> None:
    with known.write() as session:
        store = PostgresRequestStore(session)
        objections = Objections(store, Ledger(PostgresLedgerStore(session), KEY), SystemClock())
        receipt = objections.say(MEMBER, Word.OBJECT, None, [])
        asked, decided = receipt.request.asked, receipt.request.decided
        assert decided is not None
        assert (asked.content, decided.outcome) == ({}, RequestOutcome.ACCEPTED)
        assert objected_since(store.words(MEMBER), CLIENT) == asked.received_at == decided.decided_at


def test_what_waits_comes_first_by_its_deadline(known: Database) -> None:
    with requests(known) as (store, service):
        late, done, early = (
            service.receive(RequestForm(MEMBER, RequestType.HISTORY, AT + days * DAY)) for days in (3, 1, 2)
        )
        service.decide(done, ACCEPTED)
        assert [one.request_no for one in store.worklist()] == [one.request_no for one in (early, late, done)]
        assert {one.request_no for one in store.requests(MEMBER)} == {1, 2, 3}


@pytest.mark.parametrize(("since", "made_stale"), [(-1, 2), (0, 0)])
def test_only_scores_that_looked_at_it_become_stale(known: Database, since: int, made_stale: int) -> None:
    with requests(known) as (store, service):
        number = service.receive(RequestForm(MEMBER, RequestType.HISTORY, AT)).request_no
        assert store.make_stale(number, MEMBER, CLIENT, AT + since * DAY, AT) == made_stale
        assert store.make_stale(number, MEMBER, CLIENT, AT + since * DAY, AT) == 0


def test_a_stale_score_is_never_provided_and_no_older_one_in_its_place(known: Database, tmp_path: Path) -> None:
    def provided(session: WriteSession, at: datetime) -> list[int]:
        found = PostgresProvisionStore(session, SealedRows(tmp_path)).newest_scores(CLIENT, SEASON, at)
        return [computed.score.ten_thousandths for computed in found.values()]

    with requests(known) as (_, service):
        number = service.receive(RequestForm(MEMBER, RequestType.HISTORY, AT)).request_no
    with known.write(CLIENT) as session:
        assert provided(session, AT) == [2]
        session.connection.execute(
            text("INSERT INTO stale_score VALUES ((SELECT max(score_no) FROM score), :client, :request, :at)"),
            {"client": CLIENT, "request": number, "at": AT},
        )
        assert provided(session, AT) == []
        assert provided(session, AT - timedelta(seconds=1)) == [2]  # as it was known then


def test_a_stub_leads_to_its_member_until_it_is_parted(known: Database) -> None:
    answer = [AnswerLine("2027", "株式会社", True, 2)]
    with known.write() as session:
        code = issue_code(PostgresStubStore(session), MEMBER, AT)
        assert PostgresStubStore(session).contact(MEMBER).channel is Channel.PHONE
        assert look_up(PostgresStubStore(session), code) == FoundStub(MEMBER, [])
        assert PostgresStubStore(session).part_stubs(MEMBER, answer) == 1
    with known.write() as session:
        assert look_up(PostgresStubStore(session), code.lower()) == FoundStub(None, answer)
        assert look_up(PostgresStubStore(session), "ABCD") is None
        [held] = session.connection.execute(text("SELECT notification_stub::text FROM notification_stub")).scalars()
    assert code not in held
    assert code.replace("-", "") not in held


def test_attempts_count_by_address_and_are_forgotten(known: Database) -> None:
    with known.write() as session:
        store = PostgresStubStore(session)
        for at in (AT, AT + DAY):
            store.add_attempt(b"one", at, at - DAY)
        assert store.attempts(b"one", AT) == 1
        assert store.attempts(b"other", AT - DAY) == 0
        assert session.connection.execute(text("SELECT count(*) FROM check_attempt")).scalar_one() == 1
