"""What browsers report of the words that they rendered: found within the hour, and of no use to who forges it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, text

from kanmon.access.account import NewAccount
from kanmon.access.key import KeyScope
from kanmon.access.limits import Limit
from kanmon.application.application import Application
from kanmon.clients.store import ServiceStore
from kanmon.consent.policy import text_sha256
from kanmon.consent.rendered.model import HOUR, KEPT, OTHERS, TOLD_APART, hour_of, screens_to_look_at, ticket_sha256
from kanmon.consent.rendered.use_cases import reported, reported_words
from kanmon.core.clock import ReplayClock
from kanmon.core.ids import PolicyVersionId, ScreenId, TextSha256, new_run_id
from kanmon.db.unit_of_work import Database
from kanmon.intake.use_cases.events import http_intake
from kanmon.jobs.job import JobKind
from kanmon.jobs.store import PostgresJobs
from kanmon.jobs.use_cases.timetable import Timetable
from kanmon.reviews.screens.coverage import BoardCoverage, LookFinding, ScreenFinding, ScreenOutcome, SeenText
from kanmon.reviews.screens.store.coverage import CoverageStore
from kanmon.web.app import create_app
from tests.stores.pages import Pages
from tests.stores.test_audit_store import COVERING, DAY, SINCE, World
from tests.stores.test_incident_set import application
from tests.tables import tables

SCREEN = ScreenId("s1")
RIGHT = COVERING
OLD = replace(
    COVERING, version_id=PolicyVersionId("0.9"), text="以前の文面です。", effective_from=SINCE - DAY, clauses=()
)
OTHER = text_sha256("スコアは、社内の分析にのみ利用します。")
PAGES_VIEWED = 2_000
Reports = Sequence[Mapping[str, Any]]


class Wild:
    """A board's relay in front of the service, and the tickets of the pages that it served."""

    def __init__(self, opened: Application) -> None:
        self.opened = opened
        self.app = create_app(opened)
        self.key = http_intake(opened).add_key("board", [KeyScope.CONSENTS])
        self.served = 0

    def tickets(self, count: int, screen: str = SCREEN, ends_in: timedelta = HOUR) -> list[str]:
        """So many pages are served: the ticket of each."""
        names = [sha256(f"{self.served + number}".encode()).hexdigest() for number in range(count)]
        self.served += count
        served = {"screen_id": screen, "language": "ja", "version_id": RIGHT.version_id, "is_used": False}
        ends_at = self.opened.clock.now() + ends_in
        rows = [
            {**served, "ticket_sha256": ticket_sha256(name), "text_sha256": RIGHT.text_sha256, "ends_at": ends_at}
            for name in names
        ]
        with self.opened.transactions.begin() as work:
            work.session.connection.execute(insert(tables.rendering_ticket), rows)
        return names

    def report(self, *batches: Reports, key: str | None = None) -> list[httpx.Response]:
        """What the API answers to each batch."""
        headers = {"Authorization": f"Bearer {key or self.key}"}
        return asyncio.run(self._post("/api/v1/renderings", batches, headers))

    def rendered(self, *batches: Reports, site: str = "same-origin") -> list[httpx.Response]:
        """What the demo board answers to browsers."""
        return asyncio.run(self._post("/board/renderings", batches, {"Sec-Fetch-Site": site}))

    async def _post(self, address: str, batches: Iterable[Reports], headers: Mapping[str, str]) -> list[httpx.Response]:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="https://t", headers=headers) as relay:
            return [await relay.post(address, json={"renderings": list(batch)}) for batch in batches]

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.opened.transactions.read() as work:
            return [tuple(row) for row in work.session.connection.execute(text(query))]

    def hours_ago(self, hours: int) -> None:
        """So much time passes after the reports that came."""
        with self.opened.transactions.begin() as work:
            passed = text("UPDATE rendered_words SET reported_in = reported_in - make_interval(hours => :hours)")
            work.session.connection.execute(passed, {"hours": hours})

    def told(self) -> list[tuple[str, str, int, int]]:
        return [(one.screen_id, one.text_sha256, one.proven, one.unproven) for one in reported_words(self.opened)]


@pytest.fixture
def wild(database: Database, tmp_path: Path) -> Wild:
    world = World(database, tmp_path / "lake")
    with database.write() as session:
        ServiceStore(session).add_policy_version(OLD, SINCE)
    opened = application(world, tmp_path, is_replay=False)
    within_an_hour = ReplayClock(hour_of(opened.clock.now()) + HOUR / 2, is_replay=False, in_replays=False)
    return Wild(replace(opened, clock=within_an_hour))


def rendering(words: str, ticket: str | None = None, **changes: object) -> dict[str, object]:
    report = {"screen_id": SCREEN, "text_sha256": words, "language": "ja", "version": RIGHT.version_id}
    return {**report, **({} if ticket is None else {"ticket": ticket}), **changes}


def test_an_arm_of_one_in_a_hundred_is_told_within_the_hour(wild: Wild) -> None:
    reports = [
        rendering(OTHER if number % 100 == 7 else RIGHT.text_sha256, ticket)
        for number, ticket in enumerate(wild.tickets(PAGES_VIEWED))
    ]
    answers = wild.report(*(reports[start : start + 100] for start in range(0, PAGES_VIEWED, 100)))
    assert {(answer.status_code, answer.json()["counted"]) for answer in answers} == {(200, 100)}
    assert wild.told() == [(SCREEN, OTHER, 20, 0)]
    hours = reported(wild.opened).hours[SCREEN]
    assert (sum(hour.right for hour in hours), sum(hour.wrong for hour in hours)) == (1980, 20)
    assert wild.opened.clock.now() - reported_words(wild.opened)[0].first_in < 2 * HOUR
    office = Pages(wild.opened, NewAccount("officer"))
    for address in ("/officer", "/review/coverage"):
        page = office.get(address).text
        assert "ブラウザー" in page
        assert SCREEN in page
    assert OTHER[:12] in page
    assert 'class="chart"' in page
    assert len(page.encode()) < 100_000


def test_words_of_an_old_version_are_told_by_one_report(wild: Wild) -> None:
    [ticket] = wild.tickets(1)
    wild.report([rendering(OLD.text_sha256, ticket)])
    [words] = reported_words(wild.opened)
    assert (words.version_id, words.proven) == (OLD.version_id, 1)


def test_a_ticket_is_good_once_on_its_screen_and_for_its_time(wild: Wild) -> None:
    [good] = wild.tickets(1)
    [elsewhere] = wild.tickets(1, "registration")
    [over] = wild.tickets(1, ends_in=-HOUR)
    forged = "0" * 64
    wild.report([rendering(OTHER, ticket) for ticket in (good, good, elsewhere, over, forged)])
    wild.report([rendering(OTHER, good)])
    assert wild.rows("SELECT proven, unproven FROM rendered_words") == [(1, 5)]
    assert wild.told() == []
    wild.hours_ago(1)
    wild.report([rendering(OTHER, ticket) for ticket in wild.tickets(2)])
    assert wild.told() == [(SCREEN, OTHER, 3, 5)], "across the turn of the hour"
    wild.hours_ago(24 * 7)
    assert wild.told() == []


def test_a_flood_of_forged_hashes_neither_closes_nor_hides(wild: Wild) -> None:
    flood = [rendering(text_sha256(str(number))) for number in range(100)]
    tickets = wild.tickets(43)
    proven = [rendering(text_sha256(f"proven {number}"), ticket) for number, ticket in enumerate(tickets[:40])]
    wild.report(flood, proven, [rendering(OTHER, ticket) for ticket in tickets[40:]], [rendering(OLD.text_sha256)] * 3)
    assert wild.rows("SELECT count(*) FROM rendered_words") == [(2 * TOLD_APART + 2,)], "bounded"
    assert wild.rows("SELECT count(*) FROM rendering") == [(0,)], "no report is a look at a screen"
    assert set(wild.told()) == {
        (SCREEN, OTHERS, 40 - TOLD_APART + 3, 100 - TOLD_APART),
        (SCREEN, OLD.text_sha256, 0, 3),
    }, "the words that came last are among those that are told"


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (rendering(OTHER, screen_id="landing_page"), "SCREEN_UNREGISTERED"),
        (rendering("not a hash"), "NOT_ALLOWED"),
        (rendering(OTHER, member_id="M1"), "NOT_ALLOWED"),
        (rendering(OTHER, language="x" * 36), "NOT_ALLOWED"),
        ({}, "NOT_ALLOWED"),
    ],
)
def test_what_is_no_report_is_refused_and_the_others_are_counted(
    wild: Wild, report: Mapping[str, object], code: str
) -> None:
    [answer] = wild.report([report, rendering(RIGHT.text_sha256, version="9.9", language="xx")])
    assert (answer.status_code, answer.json()) == (422, {"counted": 1, "refused": [{"index": 0, "code": code}]})
    assert wild.rows("SELECT text_sha256, language, version_id, is_right FROM rendered_words") == [
        (RIGHT.text_sha256, "", "", True)
    ], "what a page says of itself is kept only where the registry knows it"


def test_reports_have_a_limit_of_their_own(wild: Wild, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(Limit.API_RENDERINGS.value, "100")
    limited = Wild.__new__(Wild)
    limited.app, limited.key = create_app(wild.opened), wild.key
    batch = [rendering(RIGHT.text_sha256)] * 100
    assert [answer.status_code for answer in limited.report(batch, batch)] == [200, 429]
    assert wild.rows("SELECT counted FROM request_count") == [(Limit.API_RENDERINGS.name,)], "costs no other request"
    assert [answer.status_code for answer in wild.report(batch * 2, [])] == [413, 400]
    events = http_intake(wild.opened).add_key("events", [KeyScope.EVENTS])
    assert [answer.status_code for answer in wild.report(batch, key=events)] == [403]


def test_the_demo_board_passes_on_what_its_own_pages_report_and_no_flood(
    wild: Wild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(Limit.RENDERINGS.value, "3")
    wild.app = create_app(wild.opened)
    batch = [rendering(RIGHT.text_sha256)] * 2
    [taken, too_much] = wild.rendered(batch, batch)
    assert (taken.status_code, taken.json(), "set-cookie" in taken.headers) == (
        200,
        {"counted": 2, "refused": []},
        False,
    )
    assert too_much.status_code == 429
    assert [answer.status_code for answer in wild.rendered(batch, site="cross-site")] == [403]
    assert wild.rows("SELECT unproven FROM rendered_words") == [(2,)]


def seen(opened: Application, words: TextSha256, outcome: ScreenOutcome = ScreenOutcome.IN_FORCE) -> None:
    """The crawler looks at the screen and sees these words, or none where it isn't there."""
    at = opened.clock.now()
    finding = ScreenFinding(SCREEN, "ja", None, LookFinding(outcome), wrong=0, looks=1)
    found = frozenset() if outcome is ScreenOutcome.UNREACHABLE else frozenset({SeenText(SCREEN, words)})
    run = BoardCoverage(new_run_id(at), at, (finding,), (), (), found, 0, is_whole=True)
    with opened.transactions.begin() as work:
        looks = CoverageStore(work.session)
        looks.add(run.seen, at)
        looks.keep(run, at, is_round=False)


def test_the_crawler_is_sent_once_and_a_right_look_clears_nothing(wild: Wild) -> None:
    opened = wild.opened
    wild.report([rendering(OTHER, ticket) for ticket in wild.tickets(3)])
    assert screens_to_look_at(reported_words(opened)) == [SCREEN]
    for _ in range(2):
        assert Timetable(timedelta(days=1)).ask(opened) == []
    with opened.transactions.begin() as work:
        [job] = PostgresJobs(work.session).newest(None, JobKind.REPORTED, 9)
    assert job.arguments == {"screens": [SCREEN], "base": None}
    seen(opened, RIGHT.text_sha256, ScreenOutcome.UNREACHABLE)
    [words] = reported_words(opened)
    assert (words.looked_at, words.was_seen, words.needs_look) == (None, False, True)
    seen(opened, RIGHT.text_sha256)
    [words] = reported_words(opened)
    assert (words.looked_at is None, words.was_seen) == (False, False)
    wild.hours_ago(2)
    seen(opened, OTHER)
    [words] = reported_words(opened)
    assert (words.was_seen, words.needs_look) == (True, False)


def test_a_screen_that_is_out_of_use_is_told_and_not_looked_at(wild: Wild) -> None:
    wild.report([rendering(OTHER, ticket) for ticket in wild.tickets(3)])
    with wild.opened.transactions.begin() as work:
        over = text("UPDATE screen SET shown_to = :at WHERE screen_id = :screen")
        work.session.connection.execute(over, {"at": wild.opened.clock.now(), "screen": SCREEN})
    [words] = reported_words(wild.opened)
    assert not words.needs_look


def test_counts_and_tickets_are_forgotten(wild: Wild) -> None:
    now = wild.opened.clock.now()
    with wild.opened.transactions.begin() as work:
        work.session.connection.execute(
            insert(tables.rendered_words).values(
                screen_id=SCREEN, reported_in=hour_of(now - KEPT) - HOUR, text_sha256=OTHER, language="ja",
                version_id="", is_right=False, is_known=False, proven=9, unproven=0,
            )
        )  # fmt: skip
    wild.report([rendering(RIGHT.text_sha256)])
    assert wild.rows("SELECT text_sha256 FROM rendered_words") == [(RIGHT.text_sha256,)]
