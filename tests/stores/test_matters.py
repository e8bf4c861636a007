"""Matters of an authority in the database, on the privacy owner's pages and in packs of evidence (S22)."""

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kanmon.access.account import NewAccount, Role
from kanmon.access.use_cases.sign_in import account_service
from kanmon.application.application import Application
from kanmon.audits.evidence.use_cases import EvidenceService
from kanmon.core.errors import NotFound, PackInvalid, UsageError
from kanmon.core.ids import IncidentId, MatterId
from kanmon.db.logins import OWNER, DatabaseLogins, engine_as
from kanmon.db.unit_of_work import Database
from kanmon.incidents.matters.model import (
    MOST_BYTES,
    Matter,
    MatterEnded,
    MatterKind,
    MatterNotice,
    MatterState,
    MatterUnanswered,
    Paper,
)
from kanmon.incidents.matters.service import MatterLog
from kanmon.incidents.matters.use_cases import Matters
from kanmon.incidents.model import IncidentClass, IncidentScope
from kanmon.incidents.use_cases.incidents import Incidents
from kanmon.ledger.pack import verify_pack
from tests.stores.pages import Pages
from tests.stores.test_audit_store import SINCE, World
from tests.stores.test_incident_set import application

LETTER = Paper("勧告 2019.pdf", b"%PDF what the authority wrote")
REPORT = Paper("report.pdf", b"%PDF what we wrote")
BY = ("owner", "by letter")


@pytest.fixture
def opened(database: Database, tmp_path: Path) -> Application:
    return application(World(database, tmp_path / "lake"), tmp_path, is_replay=False)


@pytest.fixture
def desk(opened: Application) -> Matters:
    return Matters(opened)


def record(desk: Matters, deed: Callable[[MatterLog], Matter]) -> Matter:
    with desk.recording() as log:
        return deed(log)


def notice(desk: Matters, kind: MatterKind = MatterKind.RECOMMENDATION, due: int | None = 5) -> MatterNotice:
    today = desk.today()
    return MatterNotice(kind, "PPC", "gap", today, None if due is None else today + timedelta(days=due), "PPC-1")


@pytest.fixture
def number(desk: Matters) -> MatterId:
    return record(desk, lambda log: log.open(notice(desk), *BY)).matter_id


def test_a_matter_goes_from_its_letter_to_its_end(desk: Matters, number: MatterId, opened: Application) -> None:
    assert number == f"M-{desk.today().year}-001"
    assert [matter.matter_id for matter in desk.due()] == [number]
    record(desk, lambda log: log.add_paper(number, LETTER, *BY))
    with pytest.raises(MatterUnanswered):
        record(desk, lambda log: log.close(number, *BY))
    record(desk, lambda log: log.answer(number, None, REPORT, *BY))
    assert desk.due() == []
    asked = record(desk, lambda log: log.set_deadline(number, desk.today() - timedelta(0), *BY))
    assert asked.state(desk.today()) is MatterState.SOON
    record(desk, lambda log: log.answer(number, desk.today(), None, *BY))
    ended = record(desk, lambda log: log.close(number, *BY))
    assert desk.matter(number) == ended
    assert ended.state(desk.today()) is MatterState.CLOSED
    assert [step.body.get("sha256") for step in ended.papers] == [
        hashlib.sha256(paper.content).hexdigest() for paper in (LETTER, REPORT)
    ]
    assert [desk.paper(number, step.step_no) for step in ended.papers] == [LETTER, REPORT]
    with pytest.raises(MatterEnded):
        record(desk, lambda log: log.add_paper(number, LETTER, *BY))
    with pytest.raises(NotFound):
        desk.paper(number, 3)
    with opened.transactions.read() as work:
        rows = work.session.connection.execute(text("SELECT seq, type FROM ledger_entry"))
        types = {row.seq: row.type for row in rows}
    assert types[ended.ledger_seq] == "matter"
    assert {types[step.ledger_seq] for step in ended.steps} == {"matter_step"}


def test_guidance_ends_without_an_answer_unless_a_day_was_named(desk: Matters) -> None:
    for due, is_refused in ((None, False), (5, True)):
        guided = record(desk, lambda log, due=due: log.open(notice(desk, MatterKind.GUIDANCE, due), *BY))  # type: ignore[misc]
        if is_refused:
            with pytest.raises(MatterUnanswered):
                record(desk, lambda log, made=guided: log.close(made.matter_id, *BY))  # type: ignore[misc]
        else:
            record(desk, lambda log, made=guided: log.close(made.matter_id, *BY))  # type: ignore[misc]


REFUSED: list[tuple[str, Callable[[MatterLog, MatterId, date], Matter]]] = [
    ("empty", lambda log, number, _: log.add_paper(number, Paper("a", b""), *BY)),
    ("nameless", lambda log, number, _: log.add_paper(number, Paper("", b"a"), *BY)),
    ("large", lambda log, number, _: log.add_paper(number, Paper("a", bytes(MOST_BYTES + 1)), *BY)),
    ("no reason", lambda log, number, _: log.add_paper(number, LETTER, "owner", " ")),
    ("answered tomorrow", lambda log, number, today: log.answer(number, today + timedelta(days=1), None, *BY)),
    ("answered before", lambda log, number, today: log.answer(number, today - timedelta(days=1), None, *BY)),
    ("due before", lambda log, number, today: log.set_deadline(number, today - timedelta(days=1), *BY)),
    ("no incident", lambda log, number, _: log.link_incident(number, IncidentId("I-1999-001"), *BY)),
    ("no entry", lambda log, number, _: log.link_measure(number, 999_999, *BY)),
    ("no matter", lambda log, _number, _: log.add_paper(MatterId("M-1999-001"), LETTER, *BY)),
]


@pytest.mark.parametrize("deed", [deed for _, deed in REFUSED], ids=[name for name, _ in REFUSED])
def test_what_can_not_be_so_is_refused_and_leaves_nothing(
    desk: Matters, number: MatterId, deed: Callable[[MatterLog, MatterId, date], Matter]
) -> None:
    with pytest.raises((UsageError, NotFound)):
        record(desk, lambda log: deed(log, number, desk.today()))
    assert desk.matter(number).steps == []


def test_nothing_of_it_changes_later_not_even_by_the_owner(
    desk: Matters, number: MatterId, logins: DatabaseLogins
) -> None:
    record(desk, lambda log: log.add_paper(number, LETTER, *BY))
    for change in ("authority_matter SET due_on = NULL", "authority_matter_step SET content = 'other'"):
        with pytest.raises(DBAPIError, match="append-only"), engine_as(logins.migrator, OWNER).begin() as connection:
            connection.execute(text(f"UPDATE kanmon.{change}"))


def test_a_paper_goes_into_the_pack_of_its_matter_and_of_the_incident(
    desk: Matters, number: MatterId, opened: Application
) -> None:
    scope = IncidentScope(SINCE)
    incident = Incidents(opened).open(IncidentClass.LEAK, "a file lay open", scope, "owner").incident_id
    record(desk, lambda log: log.add_paper(number, LETTER, *BY))
    linked = record(desk, lambda log: log.link_incident(number, incident, *BY))
    measure = linked.ledger_seq
    record(desk, lambda log: log.link_measure(number, measure, *BY))
    with pytest.raises(UsageError):
        record(desk, lambda log: log.link_incident(number, incident, *BY))
    evidence = EvidenceService(opened)
    for made in (evidence.of_matter(number), evidence.of_incident(incident)):
        verify_pack(made.content, opened.ledger_key.verifier)
        with ZipFile(io.BytesIO(made.content)) as archive:
            facts = json.loads(archive.read("pack.json"))
            assert archive.read(f"papers/{number}-001") == LETTER.content
            assert LETTER.name in archive.read("index.html").decode()
        [told] = facts["matters"]
        assert (told["matter_id"], told["steps"][0]["said"]["file"]) == (number, f"papers/{number}-001")
        types = {line["what"] for line in facts["timeline"]}
        assert types >= {"matter", "matter_step", "incident"}
        changed = exchanged(made.content, f"papers/{number}-001", REPORT.content)
        with pytest.raises(PackInvalid, match="papers/"):
            verify_pack(changed, opened.ledger_key.verifier)
    with pytest.raises(NotFound):
        evidence.of_matter(MatterId("M-1999-001"))


def exchanged(pack: bytes, name: str, content: bytes) -> bytes:
    """The pack with another file in the place of one, written as packs are."""
    written = io.BytesIO()
    with ZipFile(io.BytesIO(pack)) as kept, ZipFile(written, "w") as archive:
        for one in kept.namelist():
            archive.writestr(ZipInfo(one), content if one == name else kept.read(one))
    return written.getvalue()


def test_the_privacy_owner_does_all_of_it_on_pages(desk: Matters, opened: Application) -> None:
    browser = Pages(opened, NewAccount("owner"))
    today = desk.today().isoformat()
    asked = {"kind": "report_demand", "authority": "個人情報保護委員会", "title": "報告のこと", "due_on": today}
    assert browser.post("/officer/matters", {**asked, "kind": "", "reason": "r"}).status_code == 400
    assert browser.post("/officer/matters", asked).status_code == 400
    shown = browser.post("/officer/matters", {**asked, "reason": "書面で届いた"})
    assert (shown.status_code, "報告のこと" in shown.text) == (200, True)
    [matter] = desk.matters()
    address = f"/officer/matters/{matter.matter_id}"
    assert f'href="{address}"' in browser.get("/officer/matters").text
    assert browser.post(f"{address}/add", {"reason": "r"}).status_code == 400
    assert browser.post(f"{address}/add", {"measure": "x", "reason": "r"}).status_code == 400
    added = browser.post(f"{address}/add", {"reason": "r"}, {"file": (LETTER.name, LETTER.content)})
    assert LETTER.name in added.text
    taken = browser.get(f"{address}/papers/1")
    assert taken.content == LETTER.content
    assert taken.headers["content-disposition"].startswith("attachment")
    assert browser.get(f"{address}/papers/2").status_code == 404
    assert browser.post(f"{address}/close", {"reason": "r"}).status_code == 409
    assert browser.post(f"{address}/answer", {"reason": "報告書"}, {"file": ("r.pdf", b"r")}).status_code == 200
    assert browser.post(f"{address}/close", {"reason": "済んだ"}).status_code == 200
    assert desk.matter(matter.matter_id).state(desk.today()) is MatterState.CLOSED


def test_only_a_privacy_owner_or_legal_keeps_matters(desk: Matters, opened: Application) -> None:
    accounts = account_service(opened)
    for role in (Role.PRIVACY_OWNER, Role.LEGAL, Role.AUTHOR):
        accounts.add(NewAccount(role.value, staff_role=role), "t", "t")
    assert desk.keeper("legal").role is Role.LEGAL
    for name in ("author", "nobody"):
        with pytest.raises(UsageError):
            desk.keeper(name)


def test_the_annual_report_is_on_the_public_page_from_its_last_day_to_its_filing(
    desk: Matters, opened: Application
) -> None:
    browser = Pages(opened, NewAccount("owner"))
    heading = "厚生労働省への年次報告"
    assert heading not in browser.get("/about").text
    today = desk.today()
    due = [today + timedelta(days=days) for days in (400, 5)]
    numbers = [
        record(desk, lambda log, day=day: log.open(replace(yearly(desk), due_on=day), *BY)).matter_id  # type: ignore[misc]
        for day in due
    ]
    assert f"提出期限 {due[1]}" in browser.get("/about").text
    assert numbers[1] in browser.get("/officer").text
    assert numbers[0] not in browser.get("/officer").text
    with pytest.raises(MatterUnanswered):
        record(desk, lambda log: log.close(numbers[1], *BY))
    record(desk, lambda log: log.answer(numbers[1], None, REPORT, *BY))
    assert f"提出期限 {due[0]}" in browser.get("/about").text
    record(desk, lambda log: log.answer(numbers[0], None, REPORT, *BY))
    assert f"{today} に提出" in browser.get("/about").text


def yearly(desk: Matters) -> MatterNotice:
    return MatterNotice(MatterKind.ANNUAL_REPORT, "MHLW", "annual report", desk.today())


def test_the_number_of_the_notification_is_on_the_public_page_where_it_is_known(
    desk: Matters, opened: Application
) -> None:
    browser = Pages(opened, NewAccount("owner"))
    heading = "特定募集情報等提供事業者の届出番号"
    assert heading not in browser.get("/about").text
    with opened.transactions.begin() as work:
        numbered = """UPDATE service SET platform = platform || '{"notification_number": "51-0001"}'"""
        work.session.connection.execute(text(numbered))
    page = browser.get("/about").text
    assert heading in page
    assert "51-0001" in page
