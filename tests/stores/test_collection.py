"""Consent taken live over a real PostgreSQL: a yes needs whole evidence, a no needs none, and nothing counts twice."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from kanmon.application.transactions import PostgresTransactions
from kanmon.clients.store import ServiceStore
from kanmon.consent.collected.page_check import PageCheck
from kanmon.consent.collected.service import (
    REFUSAL_MEANINGS,
    TOKEN_LASTS,
    AnswerRecord,
    Collection,
    ConsentAnswer,
    ConsentRefusal,
    ServedWords,
    TextReader,
)
from kanmon.consent.collected.use_cases import collection_store
from kanmon.consent.policy import PolicyVersion, text_sha256
from kanmon.consent.rendered.model import HOUR, RenderedWords, ticket_of, ticket_sha256
from kanmon.consent.rendered.service import RenderingReports
from kanmon.consent.rendered.store import PostgresRenderingStore, ReportedRenderings
from kanmon.consent.screens import Screen
from kanmon.core.clock import ReplayClock
from kanmon.core.errors import ActIdTaken
from kanmon.core.ids import ClientId, EvidenceId, MemberId, PolicyId, PolicyVersionId, RunId, ScreenId, SeasonId
from kanmon.db.unit_of_work import Database
from kanmon.ledger.note import SigningKey
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.reviews.revisions.store import PostgresRevisionStore
from kanmon.reviews.screens.coverage import BoardCoverage, LookFinding, ScreenFinding, ScreenOutcome, VisitorView
from kanmon.reviews.screens.store.coverage import CoverageStore
from kanmon.reviews.screens.visitor import BoardVisitor
from kanmon.rights.withdrawal.service import Withdrawals
from kanmon.rights.withdrawal.store import PostgresWithdrawalStore
from tests.tables import tables

AT = datetime(2026, 4, 1, tzinfo=UTC)
DAY = timedelta(days=1)
PRE_ENTRY, NEVER_SEEN, CLOSED = ScreenId("pre_entry"), ScreenId("never_seen"), ScreenId("closed")
TARO, HANAKO = MemberId("taro"), MemberId("hanako")
AOBA = ClientId("AOBA")
WORDS = {"1.0": "以前の文面です。", "2.0": "スコアを応募先に提供します。", "3.0": "改定した文面です。"}
R = ConsentRefusal


def version(name: str, effective_from: datetime) -> PolicyVersion:
    return PolicyVersion(PolicyId("privacy"), PolicyVersionId(name), "ja", effective_from, WORDS[name], ())


class Desk:
    """A collection at a moment, each deed in a transaction of its own."""

    def __init__(self, database: Database, keys: Path) -> None:
        self.database = database
        self.transactions = PostgresTransactions(database, SigningKey.generate("test"), SealedRows(keys))
        self.numbers = iter(range(1000))

    def serve(self, screen: ScreenId = PRE_ENTRY, at: datetime = AT, **reader: str) -> ServedWords | ConsentRefusal:
        with self._begun(at) as collection:
            return collection.serve(screen, "ja", TextReader(**(reader or {"member_id": TARO})))  # type: ignore[arg-type]

    def answer(self, served: object = None, at: datetime = AT, **changes: object) -> ConsentAnswer:
        """An agreement with whole evidence, but for what is changed."""
        given = ConsentAnswer(f"act {next(self.numbers)}", "accept", TARO, PRE_ENTRY, refusable=True)
        if isinstance(served, ServedWords):
            given = replace(given, token=served.token, shown_sha256=served.text.text_sha256)
        return replace(given, **changes)  # type: ignore[arg-type]

    def take(self, answer: ConsentAnswer, at: datetime = AT) -> AnswerRecord:
        with self._begun(at) as collection:
            return collection.take(1, answer)

    @contextmanager
    def _begun(self, at: datetime) -> Iterator[Collection]:
        clock = ReplayClock(at)
        with self.transactions.begin(waits=True) as work:
            store = collection_store(work.session)

            def withdraw(member: MemberId, client: ClientId | None, answer_sha256: str | None) -> EvidenceId:
                deed = Withdrawals(PostgresWithdrawalStore(work.session), work.ledger, clock)
                done = deed.withdraw(member, client, [], answer_sha256=answer_sha256)
                return store.act_entered(done.ledger_seq)

            yield Collection(store, work.ledger, clock, withdraw)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with self.database.read() as session:
            return [tuple(row) for row in session.connection.execute(text(query))]


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    with database.write() as session:
        run = session.connection.execute
        run(insert(tables.season).values(season_id="2027", opens_at=AT - 9 * DAY, closes_at=AT + 99 * DAY))
        company = {"legal_name": "A", "address": "a", "representative": "r", "contract": {}, "loaded_at": AT}
        run(insert(tables.client).values(client_id=AOBA, **company))
        run(insert(tables.api_key).values(label="board", key_sha256=b"k", created_at=AT))
        for number, member in enumerate((TARO, HANAKO), 1):
            who = {"member_no": number, "member_id": member, "season_id": "2027"}
            run(insert(tables.member).values(**who, registered_at=AT - DAY))
        store = ServiceStore(session)
        for name, since in (("1.0", AT - 9 * DAY), ("2.0", AT - 5 * DAY), ("3.0", AT + timedelta(minutes=20))):
            store.add_policy_version(version(name, since), AT)
        for screen, until in ((PRE_ENTRY, None), (NEVER_SEEN, None), (CLOSED, AT - DAY)):
            store.replace_screen(Screen(screen, SeasonId("2027"), screen, PolicyId("privacy"), None, until))
        shown = text_sha256(WORDS["2.0"])
        number = run(insert(tables.displayed_text).values(text_sha256=shown).returning(text("text_no"))).scalar_one()
        for screen in (PRE_ENTRY, CLOSED):
            run(insert(tables.rendering).values(screen_id=screen, occurred_at=AT - DAY, text_no=number))
    return Desk(database, tmp_path)


def served(desk: Desk, **how: object) -> ServedWords:
    found = desk.serve(**how)  # type: ignore[arg-type]
    assert isinstance(found, ServedWords)
    return found


def test_an_agreement_to_the_words_served_is_recorded_with_their_hash(desk: Desk) -> None:
    shown = served(desk)
    assert (shown.version.text, shown.is_verified) == (WORDS["2.0"], True)
    recorded = desk.take(desk.answer(shown))
    assert recorded.act is not None
    assert (recorded.refusal, recorded.is_hash_from_browser) == (None, True)
    assert (recorded.act.text_sha256, recorded.act.action) == (text_sha256(WORDS["2.0"]), "accept")
    assert recorded.act.ledger_seq is not None, "what a person said to us stands in the ledger when it is acknowledged"
    assert desk.rows("SELECT token_sha256 FROM served_text") != [(shown.token.encode(),)]


def test_who_agreed_in_the_person_s_place_and_by_what_right_is_recorded_and_entered(desk: Desk) -> None:
    recorded = desk.take(desk.answer(served(desk), given_by="representative", relation="guardian"))
    assert recorded.act is not None
    assert (recorded.act.given_by, recorded.act.relation) == ("representative", "guardian")
    said = recorded.act.entry(AT).payload
    assert (said["given_by"], said["relation"]) == ("representative", "guardian")
    own = desk.take(desk.answer(served(desk)), AT + timedelta(seconds=1))
    assert own.act is not None
    assert not {"given_by", "relation"} & set(own.act.entry(AT).payload)
    assert desk.take(desk.answer(served(desk), relation="parent")).refusal is R.REPRESENTATIVE_UNPROVEN


def test_without_a_script_the_page_that_was_rendered_counts_and_the_record_says_so(desk: Desk) -> None:
    shown = text_sha256(WORDS["2.0"])
    answer = desk.answer(served(desk), shown_sha256=None, rendered_sha256=shown)
    recorded = desk.take(answer)
    assert recorded.act is not None
    assert (recorded.act.text_sha256, recorded.is_hash_from_browser, recorded.is_page_proven) == (shown, False, True)
    assert desk.take(answer) == recorded, "the same answer sent again"
    assert desk.rows("SELECT shown_sha256, rendered_sha256 FROM consent_answer") == [(None, shown)]


@pytest.mark.parametrize(
    ("shown", "rendered", "refusal"),
    [
        (None, None, R.WORDS_UNPROVEN),
        (None, "1.0", R.OTHER_WORDS_SHOWN),
        ("2.0", "1.0", R.OTHER_WORDS_SHOWN),
    ],
    ids=["no hash", "another page", "the page contradicts the browser"],
)
def test_an_agreement_needs_a_proof_of_the_words(
    desk: Desk, shown: str | None, rendered: str | None, refusal: ConsentRefusal
) -> None:
    def answer(action: str) -> ConsentAnswer:
        shown_sha256, rendered_sha256 = (text_sha256(WORDS[name]) if name else None for name in (shown, rendered))
        given = desk.answer(served(desk), action=action)
        return replace(given, shown_sha256=shown_sha256, rendered_sha256=rendered_sha256)

    assert desk.take(answer("accept")).refusal is refusal
    assert desk.take(answer("refuse")).refusal is None, "a no needs no proof"


def look_without_script(desk: Desk, found: str | None, at: datetime) -> None:
    """The crawler looks at the screen, and sees these words where no script runs, and the right ones where one does."""
    views = tuple(
        VisitorView(BoardVisitor("ja", runs_script=runs_script), ScreenOutcome.IN_FORCE, words)
        for runs_script, words in ((True, text_sha256(WORDS["2.0"])), (False, text_sha256(found) if found else None))
    )
    finding = ScreenFinding(PRE_ENTRY, "ja", None, LookFinding(ScreenOutcome.IN_FORCE), wrong=0, looks=2, views=views)
    run = BoardCoverage(RunId(str(at)), at, (finding,), (), (), frozenset(), 0, is_whole=True)
    with desk.database.write() as session:
        CoverageStore(session).keep(run, at, is_round=False)


@pytest.mark.parametrize(
    ("found", "days_ago", "check"),
    [
        (WORDS["2.0"], 1, PageCheck.AGREES),
        (WORDS["1.0"], 1, PageCheck.DISAGREES),
        (WORDS["1.0"], 6, PageCheck.UNSEEN),
        (None, 1, PageCheck.UNSEEN),
    ],
    ids=["the same words", "other words", "before the words took effect", "no words without script"],
)
def test_an_agreement_without_script_is_marked_by_what_the_crawler_saw_there(
    desk: Desk, found: str | None, days_ago: int, check: PageCheck
) -> None:
    shown = text_sha256(WORDS["2.0"])
    never_looked = desk.take(desk.answer(served(desk), shown_sha256=None, rendered_sha256=shown))
    assert never_looked.page_check is PageCheck.UNSEEN
    look_without_script(desk, "an older look", AT - 7 * DAY)
    look_without_script(desk, found, AT - days_ago * DAY)
    answer = desk.answer(served(desk), shown_sha256=None, rendered_sha256=shown)
    minute = timedelta(minutes=1)
    recorded = desk.take(answer, AT + minute)
    assert (recorded.act is not None, recorded.page_check) == (True, check)
    assert desk.take(answer).page_check is check, "the same answer sent again"
    assert desk.take(desk.answer(served(desk)), AT + 2 * minute).page_check is None, "a browser's hash needs no look"
    with desk.database.read() as session:
        disagreeing = ReportedRenderings(session).disagreeing(AT)
    assert disagreeing == ({PRE_ENTRY: 1} if check is PageCheck.DISAGREES else {})


def test_a_browser_that_reported_its_page_runs_a_script(desk: Desk) -> None:
    shown, text_shown = served(desk), text_sha256(WORDS["2.0"])
    asked = "SELECT ticket_sha256, is_used, ends_at FROM rendering_ticket"
    assert desk.rows(asked) == [(ticket_sha256(ticket_of(shown.token)), False, AT + 2 * HOUR)]
    report = RenderedWords(PRE_ENTRY, text_shown, ticket=ticket_of(shown.token))
    with desk.database.write() as session:
        store = PostgresRenderingStore(session, ServiceStore(session), PostgresRevisionStore(session))
        assert RenderingReports(store, ReplayClock(AT)).take([report]) == [None]
    assert desk.rows("SELECT proven, is_right FROM rendered_words") == [(1, True)]
    claimed = desk.answer(shown, shown_sha256=None, rendered_sha256=text_shown)
    assert desk.take(claimed).refusal is R.WORDS_UNPROVEN
    assert desk.take(desk.answer(shown)).act is not None
    served(desk, at=AT + 2 * HOUR)
    assert [used for _, used, _ in desk.rows(asked)] == [False], "tickets that are over are forgotten"


def broken(desk: Desk, refusal: ConsentRefusal) -> tuple[ConsentAnswer, datetime]:
    """An agreement whose evidence has just that fault, and when it is given."""
    if refusal is R.TOKEN_UNKNOWN:
        return replace(desk.answer(served(desk)), token="forged"), AT
    if refusal is R.TOKEN_USED:
        shown = served(desk)
        desk.take(desk.answer(shown, action="refuse"))
        return desk.answer(shown), AT + timedelta(seconds=1)
    if refusal is R.TOKEN_OF_OTHERS:
        return desk.answer(served(desk), member_id=HANAKO), AT
    if refusal is R.TOKEN_EXPIRED:
        return desk.answer(served(desk, at=AT - TOKEN_LASTS)), AT
    if refusal is R.TEXT_SUPERSEDED:
        return desk.answer(served(desk)), AT + timedelta(minutes=20)
    if refusal is R.WORDS_UNPROVEN:
        return desk.answer(served(desk), shown_sha256=None), AT
    if refusal is R.OTHER_WORDS_SHOWN:
        return desk.answer(served(desk), shown_sha256=text_sha256(WORDS["1.0"])), AT
    if refusal is R.SCREEN_UNVERIFIED:
        return desk.answer(served(desk, screen=NEVER_SEEN), screen_id=NEVER_SEEN), AT
    if refusal is R.MEMBER_UNKNOWN:
        return desk.answer(served(desk), member_id=MemberId("nobody")), AT
    if refusal is R.CLIENT_UNKNOWN:
        return desk.answer(served(desk), client_id=ClientId("NOBODY")), AT
    if refusal is R.REPRESENTATIVE_UNPROVEN:
        return desk.answer(served(desk), given_by="representative"), AT
    assert refusal is R.SCREEN_UNREGISTERED
    return desk.answer(served(desk), screen_id=ScreenId("landing_page")), AT


@pytest.mark.parametrize("refusal", sorted(set(R) - {R.NOTHING_IN_FORCE}))
def test_a_yes_with_a_fault_in_its_evidence_is_refused_kept_as_a_fact_and_no_consent(
    desk: Desk, refusal: ConsentRefusal
) -> None:
    answer, at = broken(desk, refusal)
    before = desk.rows("SELECT count(*) FROM consent_act")
    assert desk.take(answer, at) == AnswerRecord(None, refusal)
    assert desk.rows("SELECT count(*) FROM consent_act") == before
    kept = "SELECT refusal, shown_sha256 FROM consent_answer ORDER BY answer_no DESC LIMIT 1"
    assert desk.rows(kept) == [(refusal.value, answer.shown_sha256)]
    assert desk.take(answer, at + timedelta(minutes=1)) == AnswerRecord(None, refusal), "sent again, answered the same"
    assert REFUSAL_MEANINGS.keys() == set(R)


@pytest.mark.parametrize("refusal", sorted(set(R) - {R.NOTHING_IN_FORCE, R.MEMBER_UNKNOWN, R.CLIENT_UNKNOWN}))
def test_a_no_counts_whatever_is_wrong_with_its_evidence(desk: Desk, refusal: ConsentRefusal) -> None:
    answer, at = broken(desk, refusal)
    recorded = desk.take(replace(answer, action="refuse"), at)
    assert recorded.act is not None
    assert (recorded.refusal, recorded.act.action) == (None, "refuse")


def test_a_token_of_another_screen_is_worth_nothing(desk: Desk) -> None:
    elsewhere = served(desk, screen=NEVER_SEEN)
    assert desk.take(desk.answer(elsewhere)).refusal is R.TOKEN_OF_OTHERS


def test_a_visitor_agrees_only_as_the_member_that_the_visitor_became(desk: Desk) -> None:
    """APPI-05: what somebody without an account agreed to is never hung on one that was there before."""
    shown = served(desk, visitor_id="cookie")
    newcomer = {
        "member_no": 3,
        "member_id": "newcomer",
        "season_id": "2027",
        "registered_at": AT + timedelta(seconds=1),
    }
    with desk.database.write() as session:
        session.connection.execute(insert(tables.member).values(newcomer))
    later = AT + timedelta(seconds=2)
    stranger = desk.answer(shown, member_id=MemberId("newcomer"), visitor_id="another")
    assert desk.take(stranger, later).refusal is R.TOKEN_OF_OTHERS
    assert desk.take(desk.answer(shown, visitor_id="cookie"), later).refusal is R.TOKEN_OF_OTHERS
    agreed = desk.answer(shown, member_id=MemberId("newcomer"), visitor_id="cookie")
    assert desk.take(agreed, later).act is not None


def test_the_same_answer_again_is_the_same_act_and_another_one_under_its_id_is_refused(desk: Desk) -> None:
    answer = desk.answer(served(desk))
    first = desk.take(answer)
    assert desk.take(answer, AT + DAY) == first
    with pytest.raises(ActIdTaken):
        desk.take(replace(answer, action="refuse"))
    assert desk.rows("SELECT count(*) FROM consent_act") == [(1,)]


def test_a_withdrawal_needs_no_evidence_and_enters_the_ledger_at_once(desk: Desk) -> None:
    desk.take(desk.answer(served(desk)))
    answer = desk.answer(action="withdraw", screen_id=ScreenId("my-page"))
    withdrawn = desk.take(answer, AT + timedelta(seconds=1))
    assert withdrawn.act is not None
    assert (withdrawn.act.action, withdrawn.act.ledger_seq) == ("withdraw", 1)
    assert desk.take(answer, AT + DAY) == withdrawn


@pytest.mark.parametrize(
    ("how", "refusal"),
    [
        ({"screen": ScreenId("landing_page")}, R.SCREEN_UNREGISTERED),
        ({"screen": CLOSED}, R.SCREEN_UNREGISTERED),
        ({"member_id": "nobody"}, R.MEMBER_UNKNOWN),
        ({"at": AT - 10 * DAY}, R.NOTHING_IN_FORCE),
    ],
)
def test_no_words_are_served_where_nothing_may_be_asked(
    desk: Desk, how: dict[str, object], refusal: ConsentRefusal
) -> None:
    assert desk.serve(**how) is refusal  # type: ignore[arg-type]
    assert desk.rows("SELECT count(*) FROM served_text") == [(0,)]


def test_a_second_withdrawal_is_answered_with_the_first_as_long_as_that_stands(desk: Desk) -> None:
    desk.take(desk.answer(served(desk)))
    first = desk.take(desk.answer(action="withdraw"), AT + timedelta(minutes=1))
    again = desk.answer(action="withdraw")
    recorded = desk.take(again, AT + timedelta(minutes=2))
    assert recorded.act == first.act is not None
    desk.take(desk.answer(served(desk, at=AT + timedelta(minutes=3))), AT + timedelta(minutes=3))
    anew = desk.take(again, AT + timedelta(minutes=4))
    assert anew.act not in (None, recorded.act), "no act carries it: nothing proves that it came before the agreement"
    assert desk.rows("SELECT count(*) FROM consent_act WHERE action = 'withdraw'") == [(2,)]
    assert desk.rows("SELECT count(*) FROM consent_answer WHERE action = 'withdraw'") == [(2,)]
