"""What a client's papers say of a moment, why one is not taken, and which checks are due."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from kanmon.access.account import Account, Role
from kanmon.clients.contract import Client, Season
from kanmon.clients.papers.due import AcknowledgedReports, DueKind, deadlines
from kanmon.clients.papers.model import (
    CheckFinding,
    ClientPaper,
    PaperDraft,
    PaperFile,
    PaperKind,
    UseCheck,
    checks_passed,
    dates_of,
    refusal_at,
)
from kanmon.clients.papers.questions import QUESTIONS, questions_of
from kanmon.clients.papers.rules import PaperLackKind, lacks_of
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, SeasonId
from tests.decisions.cases import ASKED_AT, question

INSTANT, DAY = timedelta(microseconds=1), timedelta(days=1)
TERMS = question({})
SEASON, OTHER = TERMS.client.contract.scores, SeasonId("2025")
BEFORE, AFTER = PaperKind.CHECK_BEFORE_USE, PaperKind.CHECK_AFTER_USE
MAY, MAY_NOT = CheckFinding.MAY_USE, CheckFinding.MAY_NOT_USE
STAFF = Account(1, "po", Role.PRIVACY_OWNER, staff_person="Ito Aki")
TODAY = date(2026, 4, 10)


def check(
    at: datetime, finding: CheckFinding = MAY, kind: PaperKind = BEFORE, season: SeasonId = SEASON,
    recorded_at: datetime | None = None,
) -> ClientPaper:  # fmt: skip
    recorded = at if recorded_at is None else recorded_at
    answered = UseCheck(season, "1", dict.fromkeys(questions_of(kind), "words"), finding)
    return ClientPaper(ClientId("C1"), kind, at, "Sato", (), answered, "Ito Aki", "legal", recorded, recorded, 1)


def draft(kind: PaperKind = BEFORE, **changes: object) -> PaperDraft:
    answers = dict.fromkeys(questions_of(kind), "words") if kind.is_check else None
    files = () if kind.is_check else (PaperFile("agreement.pdf", "a" * 64, 1),)
    made = PaperDraft(kind, None, "Sato Mei", files, answers, MAY if kind.is_check else None)
    return replace(made, **changes)  # type: ignore[arg-type]


def refused(made: PaperDraft, *papers: ClientPaper, by: Account = STAFF, received: bool = True) -> list[PaperLackKind]:
    return [lack.code for lack in lacks_of(made, by, papers, TODAY, has_received=received)]


def test_a_paper_counts_from_when_it_was_put_in() -> None:
    late = check(ASKED_AT - DAY, recorded_at=ASKED_AT)
    assert checks_passed([late], BEFORE, SEASON, ASKED_AT) == []
    assert checks_passed([late], BEFORE, SEASON, ASKED_AT + INSTANT) == [late]
    ahead = replace(late, dated_at=ASKED_AT + INSTANT)
    assert checks_passed([ahead], BEFORE, SEASON, ASKED_AT + DAY) == []
    assert checks_passed([late], BEFORE, OTHER, ASKED_AT + DAY) == []
    assert dates_of([late], AFTER, ASKED_AT + DAY) == []


@pytest.mark.parametrize("kind", [BEFORE, AFTER])
def test_what_a_check_forbids_only_a_later_check_of_the_season_allows(kind: PaperKind) -> None:
    no = check(ASKED_AT - 2 * DAY, MAY_NOT, kind)
    assert refusal_at([no], SEASON, ASKED_AT) is no
    assert refusal_at([no], SEASON, no.recorded_at) is no
    assert refusal_at([no], SEASON, no.recorded_at - INSTANT) is None
    assert refusal_at([no, check(ASKED_AT - DAY)], SEASON, ASKED_AT) is None
    for does_not_lift in (
        check(no.dated_at, recorded_at=ASKED_AT - DAY),
        check(ASKED_AT - 3 * DAY, recorded_at=ASKED_AT - DAY),
        check(ASKED_AT - DAY, recorded_at=ASKED_AT),
        check(ASKED_AT - DAY, MAY_NOT),
        check(ASKED_AT - DAY, season=OTHER),
    ):
        assert refusal_at([no, does_not_lift], SEASON, ASKED_AT) is no
    assert refusal_at([replace(no, check=None)], SEASON, ASKED_AT) is None


def test_a_check_of_another_season_that_forbids_holds_for_this_one_too() -> None:
    no = check(ASKED_AT - 2 * DAY, MAY_NOT, AFTER, OTHER)
    assert refusal_at([no], SEASON, ASKED_AT) is no
    assert refusal_at([no, check(ASKED_AT - DAY)], SEASON, ASKED_AT) is None


L = PaperLackKind


@pytest.mark.parametrize(
    ("made", "lacks"),
    [
        (draft(), []),
        (draft(PaperKind.USE_AGREEMENT), []),
        (draft(AFTER), []),
        (draft(client_person=" "), [L.PERSON_MISSING]),
        (draft(client_person="ＩＴＯ  aki"), [L.SAME_PERSON]),
        (draft(dated_on=TODAY + DAY), [L.IN_FUTURE]),
        (draft(answers={}), [L.ANSWER_EMPTY] * len(questions_of(BEFORE))),
        (draft(answers=dict.fromkeys(questions_of(BEFORE), "w") | {"purpose": " "}), [L.ANSWER_EMPTY]),
        (draft(answers=dict.fromkeys(questions_of(BEFORE), "w") | {"other": "w"}), [L.NO_SUCH_QUESTION]),
        (draft(finding=None), [L.FINDING_MISSING]),
        (draft(finding=CheckFinding.WITH_CONDITIONS), [L.CONDITIONS_MISSING]),
        (draft(conditions="ask first"), [L.CONDITIONS_MISSING]),
        (draft(finding=CheckFinding.WITH_CONDITIONS, conditions="ask first"), []),
        (draft(PaperKind.CLIENT_NOTICE, files=()), [L.FILE_MISSING]),
    ],
)
def test_a_paper_is_refused_with_all_that_it_lacks(made: PaperDraft, lacks: list[PaperLackKind]) -> None:
    assert refused(made) == lacks


@pytest.mark.parametrize("role", [Role.CLIENT, Role.PERSON])
def test_a_client_does_not_check_itself(role: Role) -> None:
    assert refused(draft(), by=Account(2, "hr", role, client_id=ClientId("C1"))) == [L.NOT_STAFF]


def test_a_paper_is_not_taken_twice_nor_a_check_out_of_order() -> None:
    known = replace(check(datetime(2026, 4, 10, 1, tzinfo=UTC)), client_person="sato　mei")
    assert refused(draft(), known) == [L.DOUBLED]
    assert refused(draft(finding=MAY_NOT), known) == []
    assert refused(draft(dated_on=TODAY - DAY), known) == [L.OUT_OF_ORDER]
    file = PaperFile("other name.pdf", "a" * 64, 1)
    agreement = replace(known, kind=PaperKind.USE_AGREEMENT, check=None, files=(file,))
    assert refused(draft(PaperKind.USE_AGREEMENT), agreement) == [L.DOUBLED]
    assert refused(draft(PaperKind.CLIENT_NOTICE), agreement) == []
    assert refused(draft(AFTER), received=False) == [L.NOTHING_USED]


def test_a_file_is_known_by_its_hash() -> None:
    sha256 = "382635c9325bf3273d195ff1b8a44e5b11afd7d97addeb8863ea35feb98c1a07"
    assert PaperFile.of("C:\\papers\\a.pdf", b"paper") == PaperFile("a.pdf", sha256, 5)
    for name, content in (("a.pdf", b""), ("", b"x"), ("a.pdf", bytes(20_000_001))):
        with pytest.raises(UsageError):
            PaperFile.of(name, content)


def test_each_version_asks_before_and_after() -> None:
    for kinds in QUESTIONS.values():
        assert set(kinds) == {BEFORE, AFTER}
    assert questions_of(PaperKind.USE_AGREEMENT) == {}
    assert questions_of(BEFORE, "0") == {}


D = DueKind
A_MONTH_AGO = ASKED_AT - 40 * DAY


@pytest.mark.parametrize(
    ("stated", "papers", "received", "unexplained", "due"),
    [
        (None, [], [], None, [(D.CHECK_BEFORE_USE, None)]),
        (ASKED_AT, [], [], None, []),
        (ASKED_AT - 22 * DAY, [], [], None, []),
        (ASKED_AT - 23 * DAY, [], [], None, [(D.CHECK_BEFORE_USE, ASKED_AT + 7 * DAY)]),
        (ASKED_AT + DAY, [], [], None, [(D.CHECK_BEFORE_USE, None)]),
        (A_MONTH_AGO, [check(ASKED_AT)], [], None, []),
        (None, [check(ASKED_AT, MAY_NOT)], [], None, [(D.CHECK_BEFORE_USE, None)]),
        (ASKED_AT, [], [ASKED_AT - 22 * DAY], ASKED_AT - 22 * DAY, []),
        (ASKED_AT, [], [A_MONTH_AGO], None, [(D.CHECK_AFTER_USE, A_MONTH_AGO + 30 * DAY)]),
        (ASKED_AT, [], [], A_MONTH_AGO, [(D.STATEMENT_OF_USE, A_MONTH_AGO + 30 * DAY)]),
        (ASKED_AT, [check(A_MONTH_AGO + DAY, kind=AFTER)], [A_MONTH_AGO, A_MONTH_AGO + DAY], None,
         [(D.CHECK_AFTER_USE, A_MONTH_AGO + 31 * DAY)]),
        (ASKED_AT, [check(A_MONTH_AGO + DAY, kind=AFTER)], [A_MONTH_AGO], None, []),
    ],
)  # fmt: skip
def test_what_is_due_shows_a_week_before_it_is_late(
    stated: datetime | None,
    papers: list[ClientPaper],
    received: list[datetime],
    unexplained: datetime | None,
    due: list[tuple[DueKind, datetime | None]],
) -> None:
    client = replace(TERMS.client, contract=replace(TERMS.client.contract, pre_use_check_at=stated))
    reports = AcknowledgedReports(received, unexplained)

    def told(client: Client, season: Season | None) -> list[tuple[DueKind, datetime | None]]:
        return [(one.kind, one.due_at) for one in deadlines(client, season, papers, reports, ASKED_AT)]

    assert told(client, TERMS.season) == due
    after_use = [one for one in due if one[0] is not D.CHECK_BEFORE_USE]
    assert told(client, None) == after_use
    assert told(replace(client, contract=replace(client.contract, ends_at=ASKED_AT)), TERMS.season) == after_use
