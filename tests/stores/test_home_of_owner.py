"""The privacy owner's first page: alerts first, then what is due, the nearest deadline first, each with its link."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import text

from kanmon.access.account import NewAccount
from kanmon.application.application import Application
from kanmon.audits.overview.use_cases.due import SHOWN
from kanmon.audits.overview.use_cases.overview import week_now
from kanmon.audits.overview.week import Figure
from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import Database
from kanmon.incidents.matters.model import MatterKind, MatterNotice
from kanmon.incidents.matters.use_cases import Matters
from kanmon.incidents.model import Criteria, FactKind, IncidentClass, IncidentScope
from kanmon.incidents.use_cases.incidents import Incidents
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.provision.store.client_statements import ClientStatements
from tests.stores.pages import Pages
from tests.stores.test_audit_store import DAY, SINCE, World
from tests.stores.test_client_desk import INTENDED
from tests.stores.test_incident_set import application
from tests.stores.test_long_lists import fill

ADMITTED = "oneが、禁じられた使い方を自ら申告しました"
REFUSE = """
    INSERT INTO gate_decision
        (run_id, client_id, applicant_no, use, decided_at, allowed, reasons, elements, law_profile_id)
    VALUES ('r', 'one', :number, 'provide', :at, false, '{DENY_NO_CONSENT}', '{}', '')
"""
OTHER_WORDS = "INSERT INTO displayed_text (text_sha256) VALUES (repeat('0', 64))"
ACCOUNT = 1
"""Of the officer: an account is what a statement needs, and no more are there."""


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path / "lake")


@pytest.fixture
def opened(world: World, tmp_path: Path) -> Application:
    return application(world, tmp_path, is_replay=False)


@pytest.fixture
def office(opened: Application) -> Pages:
    return Pages(opened, NewAccount("officer"))


def due(office: Pages) -> list[tuple[str, str]]:
    """The chip and the link of each thing that is due."""
    shown = office.get("/officer").text.partition('<ol class="due"')[2].partition("</ol>")[0]
    found = re.findall(r'</span> ([^<]*)</span>\s*<a href="([^"]+)"', shown)
    return [(chip, unescape(address)) for chip, address in found]


def test_nothing_is_due_where_nothing_was_asked(office: Pages) -> None:
    page = office.get("/officer").text
    assert "いま対応が必要なものはありません" in page
    assert due(office) == []


def test_what_is_due_stands_by_the_time_that_is_left(office: Pages, opened: Application) -> None:
    incidents, desk = Incidents(opened), Matters(opened)
    leak = incidents.open(
        IncidentClass.LEAK, "名簿", IncidentScope(SINCE), "o", None, Criteria(is_sensitive=True)
    ).incident_id
    uncovered = incidents.open(IncidentClass.UNCOVERED, "旧文面", IncidentScope(SINCE), "o").incident_id
    today = desk.today()
    with desk.recording() as log:
        undated, later, late = (
            log.open(MatterNotice(MatterKind.REPORT_DEMAND, "PPC", "t", today - timedelta(days=30), day, ""), "o", "r")
            for day in (None, today + timedelta(days=6), today - timedelta(days=2))
        )
    assert [address for _, address in due(office)] == [
        f"/officer/matters/{late.matter_id}",
        f"/officer/incidents/{uncovered}",
        f"/officer/incidents/{leak}",
        f"/officer/matters/{later.matter_id}",
        f"/officer/matters/{undated.matter_id}",
    ]
    chips = [chip for chip, _ in due(office)]
    assert chips[0].endswith("超過")
    assert chips[1].startswith("残り1時間未満")
    assert chips[-1] == "期限なし"
    incidents.report(leak, FactKind.REPORT_PRELIMINARY, "o")
    assert f"/officer/incidents/{leak}" in [address for _, address in due(office)][2:]


def test_of_a_thousand_requests_the_nearest_are_shown_and_all_are_counted(office: Pages, database: Database) -> None:
    fill(database, 1, 1000)
    shown = due(office)
    assert len(shown) == SHOWN
    page = office.get("/officer")
    assert "1,650件のうち20件を表示" in page.text
    assert len(page.content) <= 100_000


def test_a_prohibited_use_that_a_client_admitted_stands_first_until_it_states_its_use_anew(
    office: Pages, opened: Application
) -> None:
    def state(kind: EntryType) -> None:
        with opened.transactions.begin() as work:
            at = opened.clock.now()
            statements = ClientStatements(work.session, work.ledger, ClientId("one"), ACCOUNT)
            entry = NewEntry(kind, at, {"client_id": "one"})
            if kind is EntryType.USE_ALERT:
                statements.alert("DENY_PURPOSE_PROHIBITED", None, "選考の参考", entry)
            else:
                statements.state_intended(INTENDED, entry)
            work.ledger.sign(at)

    state(EntryType.USE_STATEMENT)
    assert ADMITTED not in office.get("/officer").text
    state(EntryType.USE_ALERT)
    page = office.get("/officer").text
    assert page.index(ADMITTED) < page.index('id="due"')
    assert '<a href="/officer/alerts">' + ADMITTED in page
    state(EntryType.USE_STATEMENT)
    assert ADMITTED not in office.get("/officer").text


def test_four_numbers_of_the_week_stand_beside_those_of_the_week_before(
    world: World, office: Pages, opened: Application
) -> None:
    now = opened.clock.now()
    today = (now - SINCE) / DAY
    for days in (1, 2, 3, 9, 20):
        world.acted("withdraw", today - days)
    world.applied("one", today - 30, provided_on=(today - 1, today - 2, today - 8))
    with world.database.write(ClientId("one")) as session:
        for number, days in enumerate((1, 10, 11)):
            session.connection.execute(text(REFUSE), {"at": now - days * DAY, "number": number})
    week = week_now(opened)
    assert (week.withdrawn, week.denied, week.provided) == (Figure(3, 1), Figure(1, 2), Figure(2, 1))
    assert week.screens_right == Figure(2, 2)
    with world.database.write() as session:
        session.connection.execute(text(OTHER_WORDS))
    world.acted("accept", today - 4, text=3)
    assert week_now(opened).screens_right == Figure(1, 2)
    shown = office.get("/officer").text.partition('<dl class="figures">')[2].partition("</dl>")[0]
    figures = re.findall(r"<strong>(\d+)</strong> 前の7日間との差 (\S+)</dd>", shown)
    assert figures == [("2", "+1"), ("1", "-1"), ("3", "+2"), ("1", "-1")]
