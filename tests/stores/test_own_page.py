"""A person's own page: told from the database alone, in a number of questions that doesn't grow with the clients."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event, insert
from sqlalchemy.engine import Engine

from kanmon.access.account import NewAccount
from kanmon.application.application import Application
from kanmon.core.ids import ClientId, MemberId
from kanmon.db.unit_of_work import Database, WriteSession
from kanmon.rights.answer.files import DuckDBOwnHistory
from kanmon.rights.handling import HandlingOutcome
from tests.stores.pages import Pages
from tests.stores.test_told_alike import Season, application
from tests.tables import tables

MORE_CLIENTS = 25
SCORED = {HandlingOutcome.NOT_GIVEN, HandlingOutcome.GIVEN}


@pytest.fixture
def season(database: Database, tmp_path: Path) -> Season:
    return Season(database, tmp_path, random.Random(1))


@pytest.fixture
def opened(season: Season, tmp_path: Path) -> Application:
    return application(season, tmp_path, is_replay=False)


@pytest.fixture
def member(season: Season) -> MemberId:
    """Somebody of whom a score was computed."""
    return MemberId(next(member for (member, _), handling in season.handled.items() if handling in SCORED))


@pytest.fixture
def browser(opened: Application, member: MemberId) -> Pages:
    return Pages(opened, NewAccount("m1", member))


@contextmanager
def statements_sent() -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_the_page_is_told_from_the_database_alone(browser: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(DuckDBOwnHistory, "counted")
    page = browser.get("/me")
    assert page.status_code == 200
    assert "スコア 0.0001" in page.text


def test_more_clients_cost_no_more_questions(browser: Pages, database: Database) -> None:
    with statements_sent() as before:
        first = browser.get("/me")
    with database.write() as session:
        for number in range(MORE_CLIENTS):
            add_client(session, number)
    with statements_sent() as after:
        second = browser.get("/me")
    assert first.text == second.text
    assert len(after) == len(before)


def add_client(session: WriteSession, number: int) -> None:
    row = tables.client
    found = session.connection.execute(row.select().limit(1)).mappings().one()
    values = {**found, "client_id": f"more-{number}", "legal_name": f"More {number}"}
    session.connection.execute(insert(row).values(**values))


def test_what_counted_in_a_score_has_a_page_of_its_own(
    browser: Pages, opened: Application, database: Database, season: Season, member: MemberId
) -> None:
    numbers = score_numbers(database)
    own = [number for number, whose in numbers.items() if whose == member]
    others = [number for number, whose in numbers.items() if whose != member]
    assert own
    page = browser.get("/me")
    for number in own:
        assert f'href="/me/scores/{number}"' in page.text
        why = browser.get(f"/me/scores/{number}")
        assert why.status_code == 200
        assert "どの行動が使われたか" in why.text
    for number in [*others, 0, 999_999]:
        assert browser.get(f"/me/scores/{number}").status_code == 404


def score_numbers(database: Database) -> dict[int, str]:
    """Whose each score is that has a value."""
    found: dict[int, str] = {}
    for client in ("one", "other", "hashed"):
        with database.read(ClientId(client)) as session:
            rows = session.connection.exec_driver_sql(
                "SELECT score_no, member_id FROM score JOIN applicant USING (client_id, applicant_no) "
                "JOIN member USING (member_no) WHERE value IS NOT NULL"
            )
            found |= {row.score_no: row.member_id for row in rows}
    return found


def test_an_account_may_ask_so_often_a_minute_and_others_are_not_stopped(
    opened: Application, member: MemberId, season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KANMON_LIMIT_OWN_PAGES", "3")
    mine = Pages(opened, NewAccount("m1", member))
    other = next(MemberId(whose) for whose, _ in season.handled if whose != member)
    theirs = Pages(opened, NewAccount("m2", other))
    statuses = [mine.get(address).status_code for address in ("/me/data.json", "/me/data.json", "/me", "/me")]
    assert statuses[-1] == 429
    assert theirs.get("/me/data.json").status_code == 200
