"""A revision comes to a board that asks here which words to show; a yes to them waits for it, and a no never does."""

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from kanmon.clients.store import ServiceStore
from kanmon.consent.collected.service import ConsentRefusal
from kanmon.consent.policy import PolicyVersion
from kanmon.core.ids import MemberId, PolicyVersionId
from kanmon.db.unit_of_work import Database
from kanmon.reviews.revisions.model import Act, RevisionState
from kanmon.reviews.revisions.rules import RevisionRefused
from kanmon.rights.answer.consent_words import ConsentWords, words_of
from kanmon.rights.answer.store.subjects import SubjectRecords
from tests.databases import FilledDatabases
from tests.drawn import examples
from tests.portals.revised_season import DAY, HOUR, OPENS, REVISED_AT, SCREENS, TEXTS, drafted
from tests.stores.revision_world import ADDED, DEPLOYED_AT, MEMBERS, MINUTE, OLD, PRIVACY, RevisedBoard, revised_board

SEEN_AT, ACTIVE_AT = DEPLOYED_AT + 2 * HOUR, DEPLOYED_AT + 3 * HOUR
LATER = ACTIVE_AT + DAY


@pytest.fixture
def board(database: Database, tmp_path: Path, filled_databases: FilledDatabases) -> RevisedBoard:
    return filled_databases.fill(database, tmp_path, revised_board).at(database, tmp_path)


@pytest.fixture
def number(board: RevisedBoard) -> int:
    """A revision that waits for its moment."""
    number = board.draft()
    board.schedule(number)
    return number


def deploy(board: RevisedBoard, number: int) -> None:
    assert board.take(number, Act.DEPLOY, "operator", DEPLOYED_AT).state is RevisionState.DEPLOYING


def activate(board: RevisedBoard, number: int) -> None:
    board.look(SEEN_AT)
    assert board.take(number, Act.ACTIVATE, "owner", ACTIVE_AT).state is RevisionState.ACTIVE


def test_all_eight_steps_bring_the_new_words_to_the_screens_and_then_into_force(
    board: RevisedBoard, number: int
) -> None:
    assert board.serve("A", DEPLOYED_AT).version.text == TEXTS["3"], "nothing is shown before the roll-out"
    deploy(board, number)
    for screen in SCREENS:
        served = board.serve("A", DEPLOYED_AT + MINUTE, screen)
        assert (served.version.text, served.text.version_id) == (TEXTS["4"], "4")
    with pytest.raises(RevisionRefused, match="SCREEN_UNVERIFIED"):
        board.take(number, Act.ACTIVATE, "owner", DEPLOYED_AT + MINUTE)
    coverage, assessments = board.look(SEEN_AT)
    assert [one.worst.outcome.is_right for one in coverage.findings] == [True] * len(SCREENS)
    assert assessments == []
    with pytest.raises(RevisionRefused, match="NOT_YOUR_MOVE"):
        board.take(number, Act.ACTIVATE, "operator", ACTIVE_AT)
    assert board.take(number, Act.ACTIVATE, "owner", ACTIVE_AT).state is RevisionState.ACTIVE
    assert board.serve("A", LATER).version.text == TEXTS["4"]


def test_a_yes_to_the_new_words_waits_and_the_one_before_it_stands_meanwhile(board: RevisedBoard, number: int) -> None:
    deploy(board, number)
    recorded = board.answer("A", "accept", DEPLOYED_AT + MINUTE)
    assert (recorded.refusal, recorded.is_waiting) == (None, True)
    board.look(SEEN_AT)
    for at in (DEPLOYED_AT + 2 * MINUTE, SEEN_AT + MINUTE):
        assert (board.allowed(OLD, at), board.allowed(ADDED, at)) == ("ABC", "")
    board.take(number, Act.ACTIVATE, "owner", ACTIVE_AT)
    assert (board.allowed(OLD, LATER), board.allowed(ADDED, LATER)) == ("ABC", "A")
    assert board.judged_afresh(ADDED, LATER) == "A"
    before = ACTIVE_AT - MINUTE
    assert board.allowed(ADDED, before) == "", "asked of a moment before, it doesn't count either"
    assert board.judged_afresh(ADDED, before) == ""
    board.answer("B", "accept", LATER)
    assert board.allowed(ADDED, LATER + MINUTE) == "AB"


def words_shown(board: RevisedBoard, member: str, at: datetime) -> ConsentWords:
    """The words of the last act of a member."""
    with board.database.read() as session:
        records = SubjectRecords(session)
        *_, last = records.acts(MemberId(member))
        return words_of(records, MemberId(member), last.evidence_id, at)


def test_a_person_reads_the_words_that_wait_those_given_up_and_those_in_force(board: RevisedBoard, number: int) -> None:
    assert words_shown(board, "A", DEPLOYED_AT).waiting is None
    deploy(board, number)
    board.answer("A", "accept", DEPLOYED_AT + MINUTE)
    shown = words_shown(board, "A", DEPLOYED_AT + 2 * MINUTE)
    assert shown.version is None
    assert shown.waiting is not None
    assert (shown.waiting.text, shown.waiting.version_id, shown.waiting.is_given_up) == (TEXTS["4"], "4", False)
    activate(board, number)
    shown = words_shown(board, "A", LATER)
    assert (shown.version and shown.version.text, shown.waiting) == (TEXTS["4"], None)


def test_a_person_reads_words_that_were_given_up(board: RevisedBoard, number: int) -> None:
    deploy(board, number)
    board.answer("A", "accept", DEPLOYED_AT + MINUTE)
    board.take(number, Act.ABANDON, "author", DEPLOYED_AT + HOUR, {"reason": "r"})
    shown = words_shown(board, "A", LATER)
    assert shown.waiting is not None
    assert (shown.waiting.text, shown.waiting.is_given_up) == (TEXTS["4"], True)


def test_a_no_counts_at_once(board: RevisedBoard, number: int) -> None:
    deploy(board, number)
    for name in "AB":
        board.answer(name, "accept", DEPLOYED_AT + MINUTE)
    assert not board.answer("A", "withdraw", DEPLOYED_AT + 2 * MINUTE).is_waiting
    assert not board.answer("C", "refuse", DEPLOYED_AT + 2 * MINUTE).is_waiting
    assert board.allowed(OLD, DEPLOYED_AT + 3 * MINUTE) == "B"
    activate(board, number)
    assert (board.allowed(OLD, LATER), board.allowed(ADDED, LATER)) == ("B", "B")


def test_words_of_before_that_were_served_before_are_still_taken(board: RevisedBoard, number: int) -> None:
    served = board.serve("A", DEPLOYED_AT - MINUTE)
    board.answer("A", "withdraw", DEPLOYED_AT - MINUTE)
    deploy(board, number)
    recorded = board.answer("A", "accept", DEPLOYED_AT + MINUTE, served)
    assert (recorded.refusal, recorded.is_waiting) == (None, False)
    assert board.allowed(OLD, DEPLOYED_AT + 2 * MINUTE) == "ABC"


def test_a_revision_that_is_given_up_leaves_everybody_as_they_were(board: RevisedBoard, number: int) -> None:
    deploy(board, number)
    board.answer("A", "accept", DEPLOYED_AT + MINUTE)
    board.answer("B", "refuse", DEPLOYED_AT + MINUTE)
    unanswered = board.serve("C", ACTIVE_AT - MINUTE)
    board.look(SEEN_AT)
    assert board.take(number, Act.ABANDON, "owner", ACTIVE_AT, {"reason": "r"}).state is RevisionState.ABANDONED
    assert board.answer("C", "accept", ACTIVE_AT + MINUTE, unanswered).refusal is ConsentRefusal.TEXT_SUPERSEDED
    assert board.serve("A", ACTIVE_AT + MINUTE).version.text == TEXTS["3"]
    for at in (ACTIVE_AT + MINUTE, LATER):
        assert (board.allowed(OLD, at), board.judged_afresh(OLD, at), board.allowed(ADDED, at)) == ("AC", "AC", "")
    _, [assessment, *_] = board.look(LATER, TEXTS["4"])
    assert assessment.found_at == LATER, "after that, the screens have to show the words before"


def test_words_given_up_count_for_nothing_though_they_come_into_force_later(board: RevisedBoard, number: int) -> None:
    deploy(board, number)
    board.answer("A", "accept", DEPLOYED_AT + MINUTE)
    board.take(number, Act.ABANDON, "author", DEPLOYED_AT + HOUR, {"reason": "r"})
    again = board.draft("4", REVISED_AT + 5 * DAY, {name: drafted()[name] for name in ("text", "clauses")})
    board.schedule(again, DEPLOYED_AT + 2 * HOUR)
    at = REVISED_AT + 5 * DAY + HOUR
    board.take(again, Act.DEPLOY, "operator", at)
    board.answer("B", "accept", at + MINUTE)
    board.look(at + HOUR)
    board.take(again, Act.ACTIVATE, "owner", at + 2 * HOUR)
    assert board.allowed(ADDED, at + DAY) == board.judged_afresh(ADDED, at + DAY) == "B"


def test_a_language_that_the_draft_lacks_keeps_its_words(board: RevisedBoard, number: int) -> None:
    english = PolicyVersion(PRIVACY, PolicyVersionId("3-en"), "en", OPENS, "We provide a score.", ())
    with board.database.write() as session:
        ServiceStore(session).add_policy_version(english, OPENS)
    deploy(board, number)
    assert board.serve("A", DEPLOYED_AT + MINUTE, language="en").version == english
    assert board.serve("A", DEPLOYED_AT + MINUTE, language="ja").version.text == TEXTS["4"]


def test_other_words_than_the_new_and_the_old_ones_put_a_screen_in_doubt(board: RevisedBoard, number: int) -> None:
    deploy(board, number)
    board.look(SEEN_AT, "全く別の文面です。")
    assert board.allowed(OLD, SEEN_AT + MINUTE) == ""
    board.look(SEEN_AT + 2 * MINUTE)
    assert board.allowed(OLD, SEEN_AT + 3 * MINUTE) == "", "a look that finds the new words clears nothing"
    board.take(number, Act.ACTIVATE, "owner", ACTIVE_AT)
    assert board.allowed(OLD, LATER) == "ABC", "now they are the right ones, and the screens were seen to show them"


DOES = ("yes", "no", "withdraw", "look")
HISTORIES = st.lists(
    st.tuples(st.sampled_from([*DOES, "yes", "end"]), st.sampled_from(MEMBERS)), min_size=1, max_size=6
)
"""What happens after the roll-out began, an hour between each two; `end` ends it once."""


@settings(max_examples=examples(3, 8), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=HISTORIES, is_given_up=st.booleans())
def test_no_history_opens_the_gate_early_or_loses_a_no(
    board: RevisedBoard, number: int, history: list[tuple[str, str]], *, is_given_up: bool
) -> None:
    """An oracle in a few lines: a yes to the new words counts from the activation on, a no at once and for all."""
    with board.again():
        deploy(board, number)
        old, waiting, new = set(MEMBERS), set[str](), set[str]()
        ended: RevisionState | None = None
        at = DEPLOYED_AT
        for does, name in history:
            at += HOUR
            if does == "look":
                board.look(at)
            elif does == "end" and ended is None:
                ended = end(board, number, at, is_given_up=is_given_up)
                new |= waiting if ended is RevisionState.ACTIVE else set()
                waiting.clear()
            elif does in {"no", "withdraw"}:
                board.answer(name, "withdraw" if does == "withdraw" else "refuse", at)
                for group in (old, waiting, new):
                    group.discard(name)
            elif does == "yes":
                board.answer(name, "accept", at)
                {None: waiting, RevisionState.ACTIVE: new, RevisionState.ABANDONED: old}[ended].add(name)
            now = at + MINUTE
            expected = ("".join(sorted(old | new)), "".join(sorted(new)))
            assert (board.allowed(OLD, now), board.allowed(ADDED, now)) == expected, (does, name)
            event(f"{does} after {ended}")
        assert (board.judged_afresh(OLD, now), board.judged_afresh(ADDED, now)) == expected


def end(board: RevisedBoard, number: int, at: datetime, *, is_given_up: bool) -> RevisionState | None:
    if is_given_up:
        return board.take(number, Act.ABANDON, "owner", at, {"reason": "r"}).state
    board.look(at - MINUTE)
    return board.take(number, Act.ACTIVATE, "owner", at).state
