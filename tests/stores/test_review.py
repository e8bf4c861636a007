"""Reviews of releases and legal assessments in PostgreSQL, and what the gate makes of them (S18, S21, AC-13)."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import func, insert, select, text

from kanmon.access.account import Account, NewAccount, Role
from kanmon.application.application import Application
from kanmon.application.transactions import PostgresTransactions
from kanmon.audits.evidence.use_cases import EvidenceService
from kanmon.cli.progress import LineProgress
from kanmon.clients.contract import GroupCompany, GroupRole
from kanmon.clients.store import ServiceStore
from kanmon.consent.law import JP_APPI_2017
from kanmon.core.errors import NotFound, UsageError
from kanmon.core.ids import RunId
from kanmon.core.workspace import Workspace
from kanmon.db.unit_of_work import Database
from kanmon.gate.decision import Use
from kanmon.gate.judgement import judge_terms
from kanmon.gate.question import Terms
from kanmon.gate.releases import ANSWERED_BY, Viewpoint
from kanmon.gate.service import Gate
from kanmon.gate.store.book import BookStore
from kanmon.gate.store.facts import GateStore
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.reviews.legal.service import (
    AssessmentKind,
    AssessmentSubject,
    Legal,
    LegalAssessment,
    LegalOpinion,
    LegalRefused,
    in_force,
    versions_of,
)
from kanmon.reviews.releases.model import QUESTIONS, Description, Release, ReleaseSubject, Stage
from kanmon.reviews.releases.parties import judgements
from kanmon.reviews.releases.rules import ReleaseRefused, ReviewLackKind
from kanmon.reviews.releases.service import Review
from kanmon.reviews.releases.store import PostgresReviewRecords, PostgresReviewStore
from tests.stores.pages import Pages
from tests.stores.test_withdrawal_race import CLIENTS, CLOCK, KEY, MEMBERS, RELEASE, SEASON, board, withdraw
from tests.tables import tables

__all__ = ["board"]
STAFF = [Role.AUTHOR, Role.OPERATOR, Role.PRIVACY_OWNER, Role.STUDENT_ADVOCATE, Role.LEGAL]
NOW = Description("why", {ReleaseSubject.MODEL: "いままでと別の型"}, True, "selection", "share", "0.05", "DPIA-3 v2")
OWNERS = {"purpose": "p", "scope": "s", "content": "c"}
CODE = "DENY_RELEASE_NOT_APPROVED"


@pytest.fixture
def house(board: Database) -> Database:
    """A board whose service runs release 1, with an account for each role."""
    with board.write() as session:
        for number, role in enumerate(STAFF, start=1):
            row = {"name": role.value, "role": role.value, "password_hash": "0", "created_at": CLOCK.now()}
            session.connection.execute(insert(tables.account).values(**row))
            assert session.connection.scalar(select(func.max(tables.account.c.account_no))) == number
    return board


def account(role: Role, person: str | None = None) -> Account:
    return Account(STAFF.index(role) + 1, role.value, role, staff_person=person)


def review(house: Database, do: Callable[[Review], Release]) -> Release:
    with house.write() as session:
        return do(Review(PostgresReviewStore(session), Ledger(PostgresLedgerStore(session), KEY), CLOCK))


def describe(house: Database, now: Description = NOW, *, anew: bool = False) -> Release:
    return review(house, lambda one: one.describe(account(Role.AUTHOR, "X"), "1", now, anew=anew))


def answer(house: Database, viewpoint: Viewpoint, person: str | None = None, passes: bool = True) -> Release:
    by = account(Role(ANSWERED_BY[viewpoint].value), person)
    said = dict.fromkeys(QUESTIONS[viewpoint], "words")
    return review(house, lambda one: one.answer(by, "1", viewpoint, said, passes=passes))


def approve(house: Database, answers: dict[str, str] = OWNERS, passes: bool = True) -> Release:
    return review(house, lambda one: one.approve(account(Role.PRIVACY_OWNER), "1", answers, passes=passes))


def is_denied(house: Database) -> bool:
    """What the gate says of the release, for a batch and online alike."""
    with house.write() as session:
        terms = Terms(Use.SCORE, CLOCK.now(), CLIENTS[0], SEASON, RELEASE, JP_APPI_2017)
        batch = Gate(GateStore(session), GateStore(session)).ask(terms, RunId("r")).terms_reasons
    with house.read() as session:
        online = judge_terms(BookStore(session).read().terms(CLIENTS[0], Use.SCORE, CLOCK.now()))
    answers = {CODE in [reason.code.value for reason in reasons] for reasons in (batch, online)}
    assert len(answers) == 1
    return answers.pop()


def version(house: Database) -> int:
    with house.read() as session:
        return BookStore(session).version()[0]


def test_a_research_release_goes_the_whole_way_and_a_change_begins_it_anew(house: Database) -> None:
    assert not is_denied(house)
    before = version(house)
    describe(house)
    assert version(house) == before + 1
    for viewpoint in Viewpoint:
        assert is_denied(house)
        with pytest.raises(ReleaseRefused) as told:
            approve(house)
        assert {lack.code for lack in told.value.lacks} == {ReviewLackKind.VIEWPOINT_MISSING}
        answer(house, viewpoint)
    assert is_denied(house)
    assert approve(house).stage is Stage.RELEASED
    assert not is_denied(house)
    again = describe(house, replace(NOW, dpia="DPIA-3 v3"), anew=True)
    assert again.stage is Stage.IDEA
    assert is_denied(house)
    assert [one.words for one in again.said if one.description is None][-1] == OWNERS


def test_research_with_one_approval_missing_or_refused_does_not_provide(house: Database) -> None:
    describe(house)
    for viewpoint in Viewpoint:
        answer(house, viewpoint)
    answer(house, Viewpoint.STUDENT, passes=False)
    with pytest.raises(ReleaseRefused):
        approve(house)
    assert is_denied(house)
    answer(house, Viewpoint.STUDENT)
    approve(house)
    approve(house, passes=False)
    assert is_denied(house)


def test_whoever_is_author_signs_nothing_else_and_empty_answers_are_none(house: Database) -> None:
    """AC-13."""
    describe(house)
    with pytest.raises(ReleaseRefused) as told:
        answer(house, Viewpoint.BUSINESS, person="ｘ")
    assert [lack.code for lack in told.value.lacks] == [ReviewLackKind.TWO_PERSON_RULE]
    for viewpoint in Viewpoint:
        answer(house, viewpoint)
    with pytest.raises(ReleaseRefused) as told:
        approve(house, {"purpose": "", "scope": " "})
    assert [lack.code for lack in told.value.lacks] == [ReviewLackKind.ANSWER_EMPTY] * 3
    assert is_denied(house)


def test_a_release_is_opened_once_by_an_author(house: Database) -> None:
    with pytest.raises(ReleaseRefused):
        describe(house, anew=True)
    with pytest.raises(ReleaseRefused):
        review(house, lambda one: one.describe(account(Role.OPERATOR), "1", NOW, anew=False))
    with pytest.raises(UsageError):
        review(house, lambda one: one.describe(account(Role.AUTHOR), "a/b", NOW, anew=False))
    with pytest.raises(NotFound):
        approve(house)
    describe(house)
    with pytest.raises(ReleaseRefused):
        describe(house)
    with pytest.raises(ReleaseRefused):
        review(house, lambda one: one.approve(account(Role.OPERATOR), "1", OWNERS, passes=True))
    assert len(entries(house, "release_review")) == 1


def entries(house: Database, kind: str) -> list[int]:
    with house.read() as session:
        found = session.connection.scalars(text("SELECT seq FROM ledger_entry WHERE type = :kind"), {"kind": kind})
        return list(found)


def assess(
    house: Database,
    judged: AssessmentSubject,
    conclusion: str = "yes",
    role: Role = Role.LEGAL,
    supersedes: int | None = None,
    party: str = "",
    person: str | None = None,
) -> LegalAssessment:
    said = LegalOpinion(judged, "May we?", "We looked.", conclusion, "APPI 27", party)
    with house.write() as session:
        legal = Legal(PostgresReviewStore(session), Ledger(PostgresLedgerStore(session), KEY), CLOCK)
        return legal.assess(account(role, person), said, supersedes)


def test_what_legal_considered_is_superseded_and_never_overwritten(house: Database) -> None:
    release = AssessmentSubject(AssessmentKind.RELEASE, "1")
    first = assess(house, release)
    other = assess(house, AssessmentSubject(AssessmentKind.CONTRACT, "one"))
    second = assess(house, release, "no", supersedes=first.assessment_no)
    assert [(one.assessment_no, one.version_no) for one in (first, other, second)] == [(1, 1), (2, 1), (1, 2)]
    with house.read() as session:
        kept = PostgresReviewRecords(session).assessments()
    assert in_force(kept) == [second, other]
    assert versions_of(kept, 1) == [second, first]
    assert entries(house, "legal_assessment") == [one.ledger_seq for one in (first, other, second)]


@pytest.mark.parametrize("role", [role for role in STAFF if role is not Role.LEGAL])
def test_only_legal_assesses(house: Database, role: Role) -> None:
    with pytest.raises(LegalRefused):
        assess(house, AssessmentSubject(AssessmentKind.RELEASE, "1"), role=role)


@pytest.mark.parametrize(
    "kind", [AssessmentKind.RELEASE, AssessmentKind.REVISION, AssessmentKind.POLICY, AssessmentKind.CONTRACT]
)
def test_nobody_assesses_what_is_not_there(house: Database, kind: AssessmentKind) -> None:
    with pytest.raises(UsageError):
        assess(house, AssessmentSubject(kind, "nothing"))
    with pytest.raises(LegalRefused):
        assess(house, AssessmentSubject(kind, ""))
    with pytest.raises(NotFound):
        assess(house, AssessmentSubject(AssessmentKind.POLICY, "privacy/1"), supersedes=7)
    assert assess(house, AssessmentSubject(AssessmentKind.POLICY, "privacy/1")).version_no == 1


def test_each_decision_names_the_student_advocates_view_that_it_was_made_on(house: Database) -> None:
    describe(house)
    approve(house, passes=False)
    for viewpoint in Viewpoint:
        released = answer(house, viewpoint)
    assert not released.is_decided
    view = released.student_view
    assert view is not None
    assert view.words == dict.fromkeys(QUESTIONS[Viewpoint.STUDENT], "words")
    assert approve(house).is_decided
    asked = text("SELECT CAST(payload AS jsonb) FROM ledger_secret WHERE strpos(payload, 'approve') > 0 ORDER BY seq")
    with house.read() as session:
        made = [payload["student_view"] for payload in session.connection.scalars(asked)]
    assert made == [None, {"seq": view.ledger_seq, "passes": True}]


def test_students_read_the_view_on_what_runs_once_it_is_decided(house: Database, tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "workspace", False)
    seals = SealedRows(tmp_path / "keys")
    opened = Application(workspace, CLOCK, LineProgress(), PostgresTransactions(house, KEY, seals), KEY)
    browser = Pages(opened, NewAccount("owner"))
    none, heading = "代弁者の意見は記録されていません", "学生の立場の代弁者の意見"
    describe(house)
    answer(house, Viewpoint.BUSINESS)
    said = {question: f"<{question}>" for question in QUESTIONS[Viewpoint.STUDENT]}
    by = account(Role.STUDENT_ADVOCATE)
    review(house, lambda one: one.answer(by, "1", Viewpoint.STUDENT, said, passes=False))
    assert none in browser.get("/about").text
    approve(house, passes=False)
    page = browser.get("/about").text
    assert none not in page
    assert heading in page
    assert "修正が必要" in page
    assert all(f"&lt;{question}&gt;" in page for question in said)
    describe(house, replace(NOW, dpia="DPIA-3 v3"), anew=True)
    assert none in browser.get("/about").text


GROUP = (GroupCompany("Holdings", GroupRole.PARENT), GroupCompany("Sister", GroupRole.AFFILIATE))


def name_group(house: Database, group: tuple[GroupCompany, ...]) -> None:
    with house.write() as session:
        store = ServiceStore(session)
        terms = store.terms()
        store.replace_terms(replace(terms, platform=replace(terms.platform, group=group)), CLOCK.now())


def lacking(house: Database) -> list[str]:
    with pytest.raises(ReleaseRefused) as told:
        approve(house)
    return [lack.code.value for lack in told.value.lacks]


def test_where_a_parent_company_is_named_the_legal_of_both_judge_a_release(house: Database) -> None:
    """Measure 4: each by a person of its own, of the release as it now is."""
    release = AssessmentSubject(AssessmentKind.RELEASE, "1")
    assess(house, release, "before the release was described", person="own")
    describe(house)
    for viewpoint in Viewpoint:
        answer(house, viewpoint)
    name_group(house, GROUP)
    assert lacking(house) == ["PARTY_MISSING"] * 2
    with pytest.raises(UsageError):
        assess(house, release, party="Stranger")
    own = assess(house, release, person="Ito Aki")
    assess(house, release, party="Sister", person="Abe")
    assert lacking(house) == ["PARTY_MISSING"]
    first = assess(house, release, party="Holdings", person="ＩＴＯ aki")
    assert lacking(house) == ["ONE_LAWYER"]
    parent = assess(house, release, party="", supersedes=first.assessment_no, person="Ueda")
    assert (parent.considered.party, parent.version_no) == ("Holdings", 2)
    with house.read() as session:
        records = PostgresReviewRecords(session)
        judged = judgements(records.releases()[0], records.parents(), records.assessments())
    assert [(one.party, one.assessment) for one in judged] == [("", own), ("Holdings", parent)]
    assert approve(house, passes=True).stage is Stage.RELEASED
    asked = text(
        "SELECT CAST(payload AS jsonb) -> 'judged_for' FROM ledger_secret WHERE strpos(payload, 'approve') > 0"
    )
    with house.read() as session:
        [judged_for] = session.connection.scalars(asked)
    assert judged_for == {
        "own": {"person": "Ito Aki", "seq": own.ledger_seq},
        "Holdings": {"person": "Ueda", "seq": parent.ledger_seq},
    }
    describe(house, replace(NOW, dpia="DPIA-3 v3"), anew=True)
    for viewpoint in Viewpoint:
        answer(house, viewpoint)
    assert lacking(house) == ["PARTY_MISSING"] * 2
    approve(house, passes=False)
    name_group(house, GROUP[1:])
    approve(house)


def test_pages_say_for_which_company_legal_judges(house: Database, tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "workspace", False)
    seals = SealedRows(tmp_path / "keys")
    opened = Application(workspace, CLOCK, LineProgress(), PostgresTransactions(house, KEY, seals), KEY)
    name_group(house, GROUP)
    describe(house)
    lawyer = Pages(opened, NewAccount("lawyer", staff_role=Role.LEGAL))
    assert "まだ誰も、いまの内容については判断していません" in lawyer.get("/review/releases/1").text
    form = dict.fromkeys(("question", "analysis", "conclusion", "sources"), "w")
    page = lawyer.post("/review/legal", {**form, "kind": "release", "judged": "1", "party": "Holdings"})
    assert page.status_code == 200
    assert "lawyer, Holdings" in page.text
    shown = lawyer.get("/review/releases/1").text.partition('id="judged"')[2].partition("</section>")[0]
    assert [name in shown for name in ("運営者自身", "Holdings", "(lawyer", "Sister")] == [True, True, True, False]
    withdraw(house, MEMBERS[0])
    made = EvidenceService(opened).of_member(MEMBERS[0])
    with ZipFile(io.BytesIO(made.content)) as pack:
        parties = json.loads(pack.read("pack.json"))["parties"]
        assert "Holdings" in pack.read("index.html").decode()
    assert parties["group"][0] == {"legal_name": "Holdings", "role": "parent"}
    assert [(one["release_id"], one["party"], one["person"]) for one in parties["judged"]] == [
        ("1", "Holdings", "lawyer")
    ]
