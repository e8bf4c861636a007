"""Requests: their deadline, where they stand, and what of them is hashed."""

from datetime import UTC, datetime, timedelta

import pytest

from kanmon.core.errors import UsageError
from kanmon.core.ids import MemberId
from kanmon.rights.requests.service import (
    MOST_WORDS,
    Request,
    RequestDecision,
    RequestForm,
    RequestOutcome,
    RequestState,
    RequestType,
    request_facts,
    said,
)

AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
ASKED = RequestForm(MemberId("m"), RequestType.HISTORY, AT, content={"words": "妹です"})
REQUEST = Request(1, ASKED, 7)
DUE = AT + timedelta(days=14)


@pytest.mark.parametrize(
    ("now", "state"),
    [(AT, RequestState.OPEN), (DUE, RequestState.OPEN), (DUE + timedelta(microseconds=1), RequestState.OVERDUE)],
)
def test_an_answer_is_due_after_two_weeks(now: datetime, state: RequestState) -> None:
    assert REQUEST.due_at == DUE
    assert REQUEST.state(now) is state


@pytest.mark.parametrize("outcome", list(RequestOutcome))
def test_what_is_decided_is_never_overdue(outcome: RequestOutcome) -> None:
    decided = Request(1, ASKED, 7, RequestDecision(AT, "owner", outcome, "because"), 8)
    assert decided.state(DUE + timedelta(days=1)).value == outcome.value


def test_the_ledger_holds_what_was_said_by_hash_only() -> None:
    payload = ASKED.entry().payload
    other = RequestForm(MemberId("m"), RequestType.HISTORY, AT, content={"words": "弟です"}).entry().payload
    assert "妹" not in str(payload)
    assert {name for name in payload if payload[name] != other[name]} == {"content_sha256"}
    assert payload["due_at"] == "2026-06-15T09:00:00.000000Z"


def test_facts_say_what_was_decided() -> None:
    decided = Request(1, ASKED, 7, RequestDecision(AT, "owner", RequestOutcome.REFUSED, "不明のため"), 8)
    facts = request_facts(decided, AT)
    assert (facts["state"], facts["content"]) == ("refused", {"words": "妹です"})
    assert facts["decision"] is not None
    assert request_facts(REQUEST, DUE + timedelta(days=1))["state"] == "overdue"


def test_words_are_bounded() -> None:
    assert said(" a\0b ") == "ab"
    assert said("あ" * MOST_WORDS)
    with pytest.raises(UsageError):
        said("あ" * (MOST_WORDS + 1))
