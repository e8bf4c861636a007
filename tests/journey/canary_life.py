"""What the canary does beside being loaded: answers on the board, requests, an objection, a check code."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from kanmon.access.key import KeyScope
from kanmon.application.application import Application
from kanmon.cli.progress import progress_for
from kanmon.consent.collected.service import AnswerRecord, ConsentAnswer, ConsentRefusal, ServedWords, TextReader
from kanmon.consent.collected.use_cases import ConsentService
from kanmon.core.ids import MemberId, ScreenId
from kanmon.intake.events import SentEvent
from kanmon.intake.use_cases.events import http_intake
from kanmon.rights.answer.store.stubs import PostgresStubStore
from kanmon.rights.answer.stub import AnswerLine, issue_code
from kanmon.rights.answer.use_cases.public import PublicService
from kanmon.rights.requests.correction import DisputedMark
from kanmon.rights.requests.objection import Word
from kanmon.rights.requests.service import RequestOutcome
from kanmon.rights.requests.use_cases import Rights
from tests.journey.canary import COOKIE, EMAIL, MEMBER, PAGE
from tests.journey.command import Road

SCREEN = ScreenId("registration-2027")
CANARY = MemberId(MEMBER)
VISITOR = f"visitor-{COOKIE}"
ADDRESS = "192.0.2.7"


def live(road: Road, at: datetime) -> str:
    """Everything, at `at`; the check code."""
    with _opened(road, at) as application:
        _send_events(application)
        _answer_on_the_board(application)
        _ask(application)
        with application.transactions.begin() as work:
            return issue_code(PostgresStubStore(work.session), CANARY, at)


def answer_late(road: Road, at: datetime) -> ConsentRefusal | None:
    """The board sends an answer of the canary; why it isn't taken."""
    with _opened(road, at) as application:
        key = http_intake(application).add_key("late", (KeyScope.CONSENTS,))
        return ConsentService(application).take(key, ConsentAnswer("late", "refuse", CANARY, SCREEN)).refusal


def checked(road: Road, at: datetime, code: str) -> Sequence[AnswerLine] | None:
    """What `/check` answers to a code."""
    with _opened(road, at) as application:
        answer = PublicService(application).check(code, ADDRESS)
    return None if answer is None else answer.lines


@contextmanager
def _opened(road: Road, at: datetime) -> Iterator[Application]:
    with Application.open(road.root, at, progress_for(False)) as application:
        yield application


def _send_events(application: Application) -> None:
    intake, now = http_intake(application), application.clock.now()
    events = [
        SentEvent("by-member", now, "view", member_id=MEMBER, page=PAGE),
        SentEvent("other", now, "view", "ck"),
    ]
    intake.take(intake.add_key("board"), events)


def _answer_on_the_board(application: Application) -> None:
    """One answer to words served to the member, and one to words served to the visitor who had an account already."""
    key, desk = http_intake(application).add_key("consents", (KeyScope.CONSENTS,)), ConsentService(application)

    def answered(act_id: str, reader: TextReader) -> AnswerRecord:
        served = desk.serve(key, SCREEN, "ja", reader)
        assert isinstance(served, ServedWords)
        shown = served.text.text_sha256
        given = ConsentAnswer(act_id, "accept", CANARY, SCREEN, served.token, reader.visitor_id, shown)
        return desk.take(key, given)

    assert answered("as-member", TextReader(CANARY)).act is not None
    assert answered("as-visitor", TextReader(visitor_id=VISITOR)).refusal is ConsentRefusal.TOKEN_OF_OTHERS
    assert isinstance(desk.serve(key, SCREEN, "ja", TextReader(visitor_id=VISITOR)), ServedWords)


def _ask(application: Application) -> None:
    rights = Rights(application)
    browser = next(one for one in rights.browsers(CANARY) if one.cookie_id is not None)
    made = rights.dispute(CANARY, [DisputedMark(browser.cookie_id, None)], f"{COOKIE} is not mine")
    if made.decided is None:
        made = rights.accept(made.request_no, "owner", f"{MEMBER} is right")
    assert made.decided is not None
    assert made.decided.outcome is RequestOutcome.ACCEPTED
    rights.ask_for_data(CANARY, {"email": f"new-{EMAIL}"}, "")
    rights.refuse(rights.requests(CANARY)[0].request_no, "owner", f"{EMAIL} is right")
    rights.say(CANARY, Word.OBJECT, None)
    PublicService(application).ask_to_be_checked(EMAIL, f"I was {MEMBER}", ADDRESS)
