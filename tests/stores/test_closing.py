"""An incident ends, or is made public, only when nothing is missing, and only as it was shown."""

from pathlib import Path

import pytest
from sqlalchemy import text

from kanmon.access.account import NewAccount
from kanmon.application.application import Application
from kanmon.core.errors import ConfirmationMissing, FinalReportMissing, PreviewOutdated, ReportIncomplete
from kanmon.core.ids import IncidentId, MemberId
from kanmon.core.sense import is_in_words
from kanmon.db.unit_of_work import Database
from kanmon.incidents.cli.printing import preview_facts
from kanmon.incidents.model import FactKind, IncidentClass, IncidentScope
from kanmon.incidents.notices.closing import IncidentLackKind, StepIncomplete
from kanmon.incidents.notices.store import PostgresMailStore
from kanmon.incidents.notices.use_cases import Notices
from kanmon.incidents.service import NINE_ITEMS
from kanmon.incidents.use_cases.closing import ClosingService
from kanmon.incidents.use_cases.incidents import AffectedSetQuery, Incidents
from tests.stores.pages import Pages
from tests.stores.test_audit_store import SINCE, UNTIL, World
from tests.stores.test_incident_set import application

SITE = "https://kanmon.example.jp"
JAPANESE, ENGLISH = "登録画面に古い文面が残っていました。", "The old words were left on the registration screen."


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path / "lake")


@pytest.fixture
def opened(world: World, tmp_path: Path) -> Application:
    """One person whose data went without an agreement, and whom no letter reaches."""
    world.applied("one", 10, provided_on=(20,))
    return application(world, tmp_path, is_replay=False)


@pytest.fixture
def number(opened: Application) -> IncidentId:
    incidents = Incidents(opened)
    number = incidents.open(IncidentClass.UNCOVERED, "旧文面", IncidentScope(SINCE, UNTIL), "o").incident_id
    incidents.compute(number, AffectedSetQuery(), "o")
    return number


def put_in_words(opened: Application, number: IncidentId, *words: str) -> None:
    for item in NINE_ITEMS:
        for text_of_item in words:
            Incidents(opened).learn(number, item.value, text_of_item, "o")


def codes(opened: Application, number: IncidentId) -> set[IncidentLackKind]:
    return {lack.code for lack in ClosingService(opened).look_at_closing(number).lacks}


@pytest.mark.parametrize("words", ["…", "-", "TODO", "tbd TBD", "aaaaa", "あ", "未定", "N/A", "。。。。", "1234567"])
def test_what_says_nothing_is_no_item_of_any_notice(opened: Application, number: IncidentId, words: str) -> None:
    assert not is_in_words(words)
    put_in_words(opened, number, words)
    with pytest.raises(ReportIncomplete):
        Incidents(opened).report(number, FactKind.REPORT_FINAL, "o")
    assert {
        IncidentLackKind.ITEM_WITHOUT_WORDS,
        IncidentLackKind.PEOPLE_UNWRITTEN,
        IncidentLackKind.FINAL_REPORT,
    } <= codes(opened, number)
    with pytest.raises(FinalReportMissing):
        ClosingService(opened).close(number, "o", None)
    with pytest.raises(StepIncomplete):
        ClosingService(opened).publish(number, "o", SITE, None)
    assert Notices(opened).published() == []


@pytest.mark.parametrize("words", [JAPANESE, ENGLISH, "特になし", "as known", "原因は調査中です"])
def test_short_words_are_words(words: str) -> None:
    assert is_in_words(words)


def test_it_ends_when_everybody_is_told_or_the_public_is_in_their_place(
    opened: Application, number: IncidentId
) -> None:
    desk = ClosingService(opened)
    put_in_words(opened, number, JAPANESE)
    Incidents(opened).report(number, FactKind.REPORT_FINAL, "o")
    assert codes(opened, number) == {IncidentLackKind.PEOPLE_UNWRITTEN}
    Notices(opened).write(number, "o", None)
    assert codes(opened, number) == {IncidentLackKind.PUBLIC_NOTICE_MISSING}
    preview = desk.look_at_publishing(number, SITE)
    assert {lack.values["language"] for lack in preview.lacks} == {"English"}
    put_in_words(opened, number, ENGLISH)
    assert Notices(opened).published() == []
    preview = desk.look_at_publishing(number, SITE)
    with pytest.raises(ConfirmationMissing, match=preview.sha256):
        desk.publish(number, "o", SITE, None)
    Incidents(opened).learn(number, "cause", "点検の手順がありませんでした。", "o")
    with pytest.raises(PreviewOutdated):
        desk.publish(number, "o", SITE, preview.sha256)
    preview = desk.look_at_publishing(number, SITE)
    desk.publish(number, "o", SITE, preview.sha256)
    [(_, public)] = Notices(opened).published()
    assert public == preview.body
    japanese, english = public.split("-" * 60)
    assert JAPANESE in japanese
    assert ENGLISH in english
    assert ENGLISH not in japanese

    Incidents(opened).learn(number, "cause", "点検の手順も責任者もありませんでした。", "o")
    assert Notices(opened).published()[0][1] == public
    assert codes(opened, number) == {IncidentLackKind.PUBLIC_NOTICE_OUTDATED}
    with pytest.raises(StepIncomplete, match="PUBLIC_NOTICE_OUTDATED"):
        desk.close(number, "o", desk.look_at_closing(number).sha256)
    desk.publish(number, "o", SITE, desk.look_at_publishing(number, SITE).sha256)
    facts = preview_facts(desk.look_at_closing(number))
    assert (facts["lacking"], facts["people"]["unreachable"]) == ([], 1)
    with pytest.raises(ConfirmationMissing):
        desk.close(number, "o", None)
    desk.close(number, "o", str(facts["confirm"]))
    assert Incidents(opened).incident(number).closed_at is not None


def test_a_letter_that_waits_or_is_in_doubt_keeps_it_open(
    world: World, opened: Application, number: IncidentId
) -> None:
    put_in_words(opened, number, JAPANESE)
    Incidents(opened).report(number, FactKind.REPORT_FINAL, "o")
    with world.database.write() as session:
        session.connection.execute(text("UPDATE member SET email = 'm1@example.jp'"))
    Notices(opened).write(number, "o", None)
    assert codes(opened, number) == {IncidentLackKind.LETTERS_WAITING}
    with opened.transactions.begin() as work:
        assert PostgresMailStore(work.session).begin(SINCE) is not None
    assert codes(opened, number) == {IncidentLackKind.LETTERS_IN_DOUBT}
    Notices(opened).told(MemberId("M1"))
    assert codes(opened, number) == set()


def test_the_pages_show_what_is_missing_and_confirm_just_what_was_shown(
    opened: Application, number: IncidentId
) -> None:
    office = Pages(opened, NewAccount("officer"))
    address = f"/officer/incidents/{number}"
    shown = office.get(f"{address}/close").text
    assert "最終報告が記録されていません" in shown
    assert "<blockquote>" not in shown
    put_in_words(opened, number, JAPANESE, ENGLISH)
    Incidents(opened).report(number, FactKind.REPORT_FINAL, "o")
    Notices(opened).write(number, "o", None)
    preview = office.get(f"{address}/publish").text
    confirm = preview.split('name="confirm" value="')[1].split('"')[0]
    assert office.post(f"{address}/publish", {"confirm": "0" * 64}).status_code == 409
    assert JAPANESE not in office.get("/notices").text
    assert office.post(f"{address}/publish", {"confirm": confirm}).status_code == 200
    assert JAPANESE in office.get("/notices").text
    confirm = office.get(f"{address}/close").text.split('name="confirm" value="')[1].split('"')[0]
    assert office.post(f"{address}/close").status_code == 409
    assert office.post(f"{address}/close", {"confirm": confirm}).status_code == 200
    assert Incidents(opened).incident(number).closed_at is not None
