"""What a person's pages say after a press comes from what is recorded, never from the address."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from kanmon.access.account import NewAccount
from kanmon.application.application import Application
from kanmon.consent.doubtful import RefusedRow
from kanmon.consent.holds.service import HoldService, RowOrigin
from kanmon.core.ids import ClientId, MemberId
from kanmon.db.unit_of_work import Database
from kanmon.incidents.model import IncidentClass, IncidentScope
from kanmon.incidents.use_cases.incidents import AffectedSetQuery, Incidents
from kanmon.intake.store.loads import LoadStore
from kanmon.rights.answer.cli import print_view
from kanmon.rights.answer.store.stubs import PostgresStubStore
from kanmon.rights.answer.stub import issue_code
from kanmon.rights.answer.use_cases import public
from kanmon.rights.answer.use_cases.people import subject_view
from kanmon.rights.requests.store import PostgresRequestStore
from kanmon.rights.withdrawal.use_cases import withdraw_consent
from kanmon.web.pages import local
from tests.stores.pages import Pages
from tests.stores.test_audit_store import DAY, SINCE, UNTIL, World
from tests.stores.test_incident_set import application

WITHDRAWN = "同意を撤回しました。今後"
WITHDRAWALS = "SELECT count(*) FROM consent_act WHERE action = 'withdraw'"


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    """A member whom one company handed over, who agreed."""
    world = World(database, tmp_path / "lake")
    world.acted("accept", 5)
    world.applied("one", 10)
    return world


@pytest.fixture
def opened(world: World, tmp_path: Path) -> Application:
    return application(world, tmp_path, is_replay=False)


@pytest.fixture
def browser(opened: Application) -> Pages:
    return Pages(opened, NewAccount("m1", MemberId("M1")))


def count(world: World) -> int:
    with world.database.read() as session:
        return int(session.connection.execute(text(WITHDRAWALS)).scalar_one())


def test_what_the_desk_was_asked_is_shown_for_an_hour_under_an_address_that_nobody_guesses(
    browser: Pages, opened: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = browser.post("/check/desk", {"contact": "former@example.com"})
    address = str(answered.url)
    assert "/check/desk/1-" in address
    assert "番号1" in answered.text.replace(" ", "")
    assert answered.text.count('role="status"') == 1
    english = browser.post("/language", {"language": "en", "back": answered.url.path})
    assert "We have your request, number 1." in english.text
    assert "former@example.com" not in english.text
    _number, until, seal = answered.url.path.rpartition("/")[2].split("-")
    for guess in (
        f"2-{until}-{seal}",
        f"1-{int(until) + 1}-{seal}",
        f"1-{until}-{'0' * 64}",
        f"1-{until}-",
        "1",
        "-",
        "あ-い-う",
    ):
        assert browser.get(f"/check/desk/{guess}").status_code == 404
    monkeypatch.setattr(public, "_SHOWN_FOR", -1)
    assert browser.post("/check/desk", {"contact": "another@example.com"}).status_code == 404
    assert browser.get(address).status_code == 200
    with opened.transactions.read() as work:
        assert [one.asked.content["contact"] for one in PostgresRequestStore(work.session).worklist()] == [
            "former@example.com", "another@example.com",
        ]  # fmt: skip


def test_a_refused_question_to_the_desk_is_told_in_the_other_language(browser: Pages) -> None:
    refused = browser.post("/check/desk", {"contact": " "})
    assert refused.status_code == 400
    [carried] = re.findall(r'name="refusal" value="([^"]+)"', refused.text)
    english = browser.post("/language", {"language": "en", "back": "/check", "refusal": carried})
    assert '<p class="told" role="alert">say how we can reach you</p>' in english.text
    assert "say how we can reach you" not in browser.get("/check").text


def test_an_address_makes_nobody_withdraw(browser: Pages, world: World) -> None:
    for address in ("/me?done=withdrawn", "/me?done=withdrawn&receipt=0", "/me?receipt=0", "/me?receipt=1"):
        assert "撤回しました" not in browser.get(address).text
    assert count(world) == 0


def test_a_second_press_records_nothing_and_the_card_shows_the_first(browser: Pages, world: World) -> None:
    first = browser.post("/me/withdraw", {"client": "one"})
    assert WITHDRAWN in first.text
    assert "に同意を撤回しました" in first.text
    second = browser.post("/me/withdraw", {"client": "one"})
    assert second.url == first.url
    assert count(world) == 1
    everybody = browser.post("/me/withdraw")
    assert everybody.url != first.url
    assert browser.post("/me/withdraw").url == everybody.url
    assert browser.post("/me/withdraw", {"client": "other"}).url == everybody.url
    assert count(world) == 2


def test_home_has_a_row_a_company_and_the_rest_is_one_page_deep(browser: Pages) -> None:
    home = browser.get("/me").text
    assert home.count('<section class="card"') == 1
    assert "/me/consents/" not in home
    for address in (
        "/me/consents",
        "/me/training",
        "/me/history",
        "/me/notices",
        "/me/reads",
        "/me/requests",
        "/me/erase",
    ):
        assert f'href="{address}"' in home
    consents = browser.get("/me/consents").text
    assert "/me/consents/1" in consents
    assert "<svg" in consents, "the ledger's key, to be read from paper"
    assert 'href="/verify"' in consents
    assert "one" in browser.get("/me/companies/one").text
    for other in ("other", "nobody"):
        assert browser.get(f"/me/companies/{other}").status_code == 404


def test_one_press_ends_training_alone_and_the_page_says_so_until_it_is_lifted(browser: Pages, world: World) -> None:
    page = browser.get("/me/training").text
    assert "あなたの履歴は、どの予測モデルの学習にも使っていません。" in page
    assert "学習を停止しました" not in browser.get("/me/training?receipt=0").text
    ended = browser.post("/me/training/end", {"client": "a company that nobody knows"})
    assert str(ended.url).startswith(f"{str(ended.url).partition('/me')[0]}/me/training?receipt=")
    assert "学習を停止しました" in ended.text
    assert "から停止しています" in browser.get("/me/training").text
    home = browser.get("/me").text
    assert "利用を停止しています" not in home
    assert count(world) == 0
    again = browser.post("/me/training/end")
    assert "学習を停止しました" in again.text
    lifted = browser.post("/me/training/lift")
    assert "停止を解除しました" in lifted.text
    assert "学習を停止しました" not in browser.get(str(again.url)).text
    assert "から停止しています" not in browser.get("/me/training").text


def test_who_agrees_again_may_withdraw_again(browser: Pages, opened: Application, world: World) -> None:
    first = browser.post("/me/withdraw")
    with world.database.write() as session:
        session.connection.execute(
            text(
                "INSERT INTO consent_act (member_no, occurred_at, screen_id, text_no, action, load_id) "
                "VALUES (1, now(), 's1', 1, 'accept', 1)"
            )
        )
    assert WITHDRAWN not in browser.get(str(first.url)).text
    assert withdraw_consent(opened, MemberId("M1"), ClientId("one")).ledger_seq
    assert count(world) == 2


def test_a_stop_is_told_while_it_stands(browser: Pages) -> None:
    stopped = browser.post("/me/object", {"client": "one"})
    assert "利用を停止しました" in stopped.text
    lifted = browser.post("/me/lift", {"client": "one"})
    assert "利用停止を解除しました" in lifted.text
    assert "利用を停止しました" not in browser.get(str(stopped.url)).text
    assert "利用停止を解除しました" not in browser.get("/me?done=lifted").text


def test_after_an_incident_three_pages_give_one_answer(world: World, tmp_path: Path) -> None:
    world.acted("withdraw", 6)
    world.applied("other", 15, provided_on=(20,))
    opened = application(world, tmp_path, is_replay=True)
    with world.database.write() as session:
        session.connection.execute(text("UPDATE client SET legal_name = client_id || ' Inc.'"))
    number = Incidents(opened).open(IncidentClass.UNCOVERED, "旧文面", IncidentScope(SINCE, UNTIL), "o").incident_id
    Incidents(opened).compute(number, AffectedSetQuery(), "o")
    browser = Pages(opened, NewAccount("m1", MemberId("M1")))
    with opened.transactions.begin() as work:
        code = issue_code(PostgresStubStore(work.session), MemberId("M1"), SINCE)
    pages = [browser.get("/me").text, browser.get("/me/notices").text, browser.post("/check", {"code": code}).text]
    for page in pages:
        assert f"other Inc.が{local(SINCE + 20 * DAY)}にあなたのデータを受け取りました" in page
        assert f"one Inc.は{local(SINCE + 10 * DAY)}にあなたのデータを受け取るはずでした" in page
        assert "あなたに影響するものはありません" not in page
    assert "この企業は" in pages[0]


def test_a_hold_is_told_wherever_somebody_is_answered(
    opened: Application, browser: Pages, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KANMON_LANG", "ja")
    with opened.transactions.begin() as work:
        code = issue_code(PostgresStubStore(work.session), MemberId("M1"), SINCE)
    told = "同意に関する読み取れない連絡が届きました。撤回の可能性があります"
    assert told not in browser.post("/check", {"code": code}).text
    row = RefusedRow(2, "M1,withdraw", "occurred_at", "not_a_time", {"member_id": "M1", "action": "withdraw"})
    with opened.transactions.begin(waits=True) as work:
        transaction = LoadStore(work.session, work.ledger)
        holding = HoldService(transaction.holds, transaction.ledger, opened.clock)
        assert holding.place(RowOrigin("consents", "consents.csv", ""), [row]).holds == 1
    assert told in browser.post("/check", {"code": code}).text
    assert told not in browser.post("/check", {"code": "2222"}).text
    print_view(subject_view(opened, MemberId("M1")))
    assert told in capsys.readouterr().out
