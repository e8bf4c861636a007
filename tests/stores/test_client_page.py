"""The privacy owner's page of a client: what is due of its use, what is on record, and the forms (S12, EMP-05)."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, text

from kanmon.access.account import NewAccount
from kanmon.application.application import Application
from kanmon.clients.papers.model import CheckFinding, PaperKind
from kanmon.clients.papers.questions import questions_of
from kanmon.clients.papers.use_cases import ClientPapers
from kanmon.core.ids import ClientId
from kanmon.gate.switch.model import SwitchScope
from kanmon.gate.switch.use_cases import stop
from tests.stores.pages import Pages
from tests.stores.test_audit_store import SEASON, World
from tests.stores.test_home_of_owner import due, office, opened, world
from tests.tables import tables

__all__ = ["office", "opened", "world"]
ONE = ClientId("one")
PAGE = "/officer/clients/one"
BEFORE, AFTER = PaperKind.CHECK_BEFORE_USE, PaperKind.CHECK_AFTER_USE


@pytest.fixture
def open_season(world: World, office: Pages) -> None:
    """The season of the client is open and its contract in force; it acknowledged a report forty days ago."""
    with world.database.write() as session:
        session.connection.execute(text("UPDATE season SET closes_at = now() + interval '1 year'"))
        ends = text(
            "UPDATE client SET contract = contract || '{\"ends_at\": \"2100-01-01T00:00:00Z\"}' WHERE client_id = 'one'"
        )
        session.connection.execute(ends)
        at = session.connection.scalar(text("SELECT now() - interval '40 days'"))
        session.act_for(ONE)
        account = session.connection.scalar(text("SELECT account_no FROM account"))
        run = {"run_id": "r", "command": "provide", "acted_at": at, "real_at": at, "is_replay": False, "state": "done"}
        session.connection.execute(insert(tables.run).values(run))
        report = {
            "provision_id": "p", "run_id": "r", "client_id": ONE, "season_id": SEASON.season_id, "acted_at": at,
            "real_at": at, "handed_over_at": at, "is_replay": False, "content_sha256": "", "law_profile_id": "",
            "recipient": {}, "report": {},
        }  # fmt: skip
        session.connection.execute(insert(tables.provision).values(report))
        receipt = {"provision_id": "p", "client_id": ONE, "account_no": account, "pack": {}, "ledger_seq": 0}
        session.connection.execute(insert(tables.receipt).values(**receipt, acknowledged_at=at))


def form(kind: PaperKind, **changes: str) -> dict[str, str]:
    answers = {name: f"{name} <b>" for name in questions_of(kind)}
    return {"kind": kind.value, "client_person": "佐藤", "finding": "may_use", **answers, **changes}


@pytest.mark.usefixtures("open_season")
def test_checks_statements_and_alarms_are_due_until_they_are_seen_to(office: Pages, opened: Application) -> None:
    stop(opened, SwitchScope(client_id=ONE), "audit", "AIA-15: one-1, r", consents_doubted=False)
    assert [address for _, address in due(office)] == [PAGE, PAGE, PAGE, "/officer/stops"]
    shown = office.get("/officer").text
    assert "利用後の確認" in shown
    assert "利用の報告" in shown
    assert office.post(f"{PAGE}/papers", form(AFTER)).status_code == 200
    assert [address for _, address in due(office)] == [PAGE, "/officer/stops"]
    office.post(f"{PAGE}/papers", form(BEFORE))
    assert [address for _, address in due(office)] == ["/officer/stops"]


@pytest.mark.usefixtures("open_season")
def test_a_check_is_put_on_record_by_its_form(office: Pages, opened: Application) -> None:
    page = office.post(f"{PAGE}/papers", form(BEFORE, finding="may_not_use"), {"file": ("答え.pdf", b"%PDF answers")})
    assert page.status_code == 200
    [paper] = ClientPapers(opened).file(ONE).papers
    assert paper.check is not None
    assert (paper.check.finding, paper.client_person, paper.person) == (CheckFinding.MAY_NOT_USE, "佐藤", "officer")
    assert [file.name for file in paper.files] == ["答え.pdf"]
    assert paper.files[0].sha256 in page.text
    assert "purpose &lt;b&gt;" in page.text
    assert "担当者の確認で、この契約企業は" in page.text
    assert "スコアを利用できません" in office.get("/officer/clients").text


@pytest.mark.usefixtures("open_season")
def test_what_a_form_lacks_is_told_above_it_and_what_was_written_stays(office: Pages, opened: Application) -> None:
    tomorrow = (opened.clock.now() + timedelta(days=2)).date().isoformat()
    page = office.post(f"{PAGE}/papers", form(BEFORE, purpose="", day=tomorrow, client_person="officer"))
    assert page.status_code == 409
    for code in ("SAME_PERSON", "IN_FUTURE", "ANSWER_EMPTY"):
        assert f"[{code}]" in page.text
    assert "readers &lt;b&gt;</textarea>" in page.text
    assert office.post(f"{PAGE}/papers", form(PaperKind.USE_AGREEMENT)).status_code == 409
    assert office.post(f"{PAGE}/papers", {"kind": "love letter"}).status_code == 400
    assert ClientPapers(opened).file(ONE).papers == []
    agreement = office.post(f"{PAGE}/papers", form(PaperKind.USE_AGREEMENT), {"file": ("a.pdf", b"signed")})
    assert agreement.status_code == 200
    assert [paper.kind for paper in ClientPapers(opened).file(ONE).papers] == [PaperKind.USE_AGREEMENT]


def test_nobody_else_comes_to_the_page(office: Pages, opened: Application) -> None:
    staff = Pages(opened, NewAccount("hr", client_id=ONE))
    for address in (PAGE, "/officer/clients"):
        assert office.get(address).status_code == 200
        assert staff.get(address).status_code == 404
    assert staff.post(f"{PAGE}/papers", form(BEFORE)).status_code == 404
    assert office.get("/officer/clients/nobody").status_code == 404
