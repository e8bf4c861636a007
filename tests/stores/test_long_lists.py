"""Lists of a thousand incidents and a thousand requests: pages stay small, and ask as little as those of three."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, text

from kanmon.access.account import NewAccount
from kanmon.application.application import Application
from kanmon.core.listing import PAGE_LENGTH
from kanmon.db.unit_of_work import Database
from tests.stores.pages import Pages
from tests.stores.test_audit_store import World
from tests.stores.test_incident_set import application

MANY = 1000
MOST_BYTES = 100_000
INCIDENTS, REQUESTS = "/officer/incidents", "/officer/requests"
LISTS = (INCIDENTS, REQUESTS)
ENTER = """
    INSERT INTO ledger_entry SELECT n, 'x', now(), sha256('')
    FROM generate_series((SELECT count(*) FROM ledger_entry), :last) n
"""
RECORD_INCIDENTS = """
    INSERT INTO incident (incident_id, class, title, since, known_at, opened_at, real_at, opened_by, is_sensitive,
                          is_property, is_wrongful, ledger_seq, set_sha256, computed_at, closed_at)
    SELECT 'I-2026-' || lpad(n::text, 4, '0'), 'U',
           'words of screen ' || n || CASE WHEN n = 7 THEN ' 100%_sure' ELSE '' END,
           now() - interval '90 days', now() - interval '80 days', now() - interval '80 days', now(), 'o',
           false, false, false, n,
           CASE WHEN n % 10 = 0 THEN '\\x00'::bytea END, CASE WHEN n % 10 = 0 THEN now() END,
           CASE WHEN n % 10 = 0 THEN now() END
    FROM generate_series(CAST(:first AS int), :last) n
"""
RECEIVE_REQUESTS = """
    WITH received AS (
        INSERT INTO person_request (member_no, type, method, received_at, ledger_seq)
        SELECT NULL, 'check', 'electronic', now() - interval '20 days' + n * interval '1 hour', n
        FROM generate_series(CAST(:first AS int), :last) n RETURNING request_no, ledger_seq
    ), said AS (
        INSERT INTO request_content
        SELECT request_no, jsonb_build_object('contact', 'person' || ledger_seq || '@example.com') FROM received
    )
    INSERT INTO request_decision (request_no, decided_at, decided_by, outcome, reason, done, ledger_seq)
    SELECT request_no, now() - ledger_seq * interval '1 second', 'o', 'accepted', 'told', '{}', ledger_seq
    FROM received WHERE ledger_seq % 4 = 0
"""


@pytest.fixture
def opened(database: Database, tmp_path: Path) -> Application:
    return application(World(database, tmp_path / "lake"), tmp_path, is_replay=False)


@pytest.fixture
def office(opened: Application) -> Pages:
    return Pages(opened, NewAccount("officer"))


def fill(database: Database, first: int, last: int) -> None:
    with database.write() as session:
        for statement in (ENTER, RECORD_INCIDENTS, RECEIVE_REQUESTS):
            session.connection.execute(text(statement), {"first": first, "last": last})


@contextmanager
def statements() -> Iterator[list[str]]:
    """What every connection is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def numbers(html: str) -> list[str]:
    """The incidents or the requests that a page shows, in its order."""
    return re.findall(r'<th scope="row"[^>]*><a href="[^"]+/([^"/]+)"|<h2 id="request-(\d+)"', html)


def keys(html: str) -> list[str]:
    return ["".join(found) for found in numbers(html)]


def step(html: str, side: str) -> str | None:
    found = re.search(rf'rel="{side}" href="([^"]+)"', html)
    return unescape(found[1]) if found else None


@pytest.mark.parametrize("address", LISTS)
def test_a_page_of_a_thousand_is_small_and_asks_as_little_as_one_of_three(
    office: Pages, database: Database, address: str
) -> None:
    fill(database, 1, 3)
    with statements() as few:
        assert len(keys(office.get(address).text)) == 3
    fill(database, 4, MANY)
    with statements() as many:
        page = office.get(address)
    assert len(keys(page.text)) == PAGE_LENGTH
    assert len(page.content) <= MOST_BYTES
    assert len(many) == len(few)
    assert "1,000件" in page.text


@pytest.mark.parametrize("address", LISTS)
def test_every_row_stands_on_one_page_and_the_way_back_leads_to_the_same_pages(
    office: Pages, database: Database, address: str
) -> None:
    fill(database, 1, 120)
    pages: list[list[str]] = []
    following: str | None = address
    while following:
        html = office.get(following).text
        pages.append(keys(html))
        last, following = following, step(html, "next")
    assert [len(page) for page in pages] == [50, 50, 20]
    assert len({key for page in pages for key in page}) == 120
    back = step(office.get(last).text, "prev")
    assert back
    middle = office.get(back).text
    assert keys(middle) == pages[1]
    first = office.get(step(middle, "prev") or "").text
    assert keys(first) == pages[0]
    assert step(first, "prev") is None


def test_requests_that_wait_stand_before_the_decided_by_their_deadline(office: Pages, database: Database) -> None:
    fill(database, 1, 8)
    assert keys(office.get(REQUESTS).text) == ["1", "2", "3", "5", "6", "7", "4", "8"]
    assert keys(office.get(f"{REQUESTS}?sort=newest").text) == ["8", "7", "6", "5", "4", "3", "2", "1"]
    assert keys(office.get(f"{REQUESTS}?state=accepted").text) == ["4", "8"]
    assert keys(office.get(f"{REQUESTS}?state=overdue&words=person3%40example").text) == ["3"]


def test_words_are_sought_as_they_are_written(office: Pages, database: Database) -> None:
    fill(database, 1, 60)
    assert keys(office.get(f"{INCIDENTS}?words=100%25_SURE").text) == ["I-2026-0007"]
    assert keys(office.get(f"{INCIDENTS}?words=screen+42").text) == ["I-2026-0042"]
    assert keys(office.get(f"{INCIDENTS}?sort=oldest&state=closed").text)[:2] == ["I-2026-0010", "I-2026-0020"]
    nothing = office.get(f"{INCIDENTS}?words=%25%25").text
    assert keys(nothing) == []
    assert f'<a href="{INCIDENTS}">' in nothing


@pytest.mark.parametrize(
    "asked", ["after=x", "before=1", "state=none&sort=none", "after=1.2.3", "after=9.99999999999999999999"]
)
def test_what_no_link_wrote_leads_to_the_first_page(office: Pages, database: Database, asked: str) -> None:
    fill(database, 1, 3)
    for address in LISTS:
        assert keys(office.get(f"{address}?{asked}").text) == keys(office.get(address).text)
