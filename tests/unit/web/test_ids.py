"""IDs that come over HTTP go by the rule for IDs, as those out of files do (docs/ids.md)."""

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from kanmon.access.key import Key, KeyScope, hashed
from kanmon.consent.collected.web import ConsentGiven, TextAsked
from kanmon.core.canonical import IdRefused
from kanmon.core.faults import Fault
from kanmon.core.ids import ApplicantId, RunId
from kanmon.core.language import Language
from kanmon.gate.online import QuestionResult
from kanmon.gate.web import decide
from kanmon.intake.events import BatchResult, SentEvent
from kanmon.intake.web import refusal, take_events
from kanmon.provision.web.decisions_api import ClientDecision, commit, router
from kanmon.web.measured import Measures
from tests.unit.application.applications import CLOCK, application

LOST = [
    ("2.02701E+11", Fault.DIGITS_LOST),
    ("#N/A", Fault.SPREADSHEET_ERROR),
    ("\ue000", Fault.PRIVATE_CHARACTER),
    ("a\ufffd", Fault.LOST_CHARACTER),
    ("a\nb", Fault.CONTROL_CHARACTER),
    ("1月2日", Fault.DATE_IN_PLACE),
]


class Received:
    """Knows one key, and keeps what it is given."""

    def __init__(self, *may: KeyScope) -> None:
        self.may = may
        self.taken: list[SentEvent] = []

    def writing(self, store: object) -> Callable[[], AbstractContextManager["Received"]]:
        return lambda: nullcontext(self)

    def key(self, key_sha256: bytes) -> Key | None:
        return Key(1, self.may) if key_sha256 == hashed("key") else None

    def take(self, key_no: int, events: Sequence[SentEvent], at: datetime) -> BatchResult:
        assert (key_no, at) == (1, CLOCK.real())
        self.taken += events
        return BatchResult(len(events), 0, frozenset())


def send(*events: dict[str, object]) -> tuple[Received, Any]:
    received = Received(KeyScope.EVENTS)
    answer = asyncio.run(take_events(application(received), "key", events, Language.ENGLISH))
    return received, json.loads(bytes(answer.body))


def event(**said: object) -> dict[str, object]:
    return {"event_id": "e1", "occurred_at": "2026-03-01T00:00:00Z", "kind": "view", "member_id": "m1"} | said


def test_events_name_people_as_files_do() -> None:
    received, answer = send(event(member_id="Ｍ\u200b１", cookie_id="'c1", target='="X"', page="お知らせ\u200b"))
    assert answer["refused"] == []
    [taken] = received.taken
    assert (taken.member_id, taken.cookie_id, taken.target, taken.page) == ("M1", "c1", "X", "お知らせ")


@pytest.mark.parametrize("field", ["event_id", "member_id", "cookie_id", "target", "site"])
@pytest.mark.parametrize(("written", "fault"), LOST)
def test_an_event_of_nobody_knows_whom_is_refused_with_the_reason(field: str, written: str, fault: Fault) -> None:
    received, answer = send(event(**{field: written}), event(event_id="e2"))
    assert [one.event_id for one in received.taken] == ["e2"]
    [refused] = answer["refused"]
    assert (refused["field"], refused["code"], refused["value"]) == (field, fault.value.upper(), written)
    assert len(refused["reason"]) > 20


ACT = {"act_id": "a", "action": "withdraw", "member_id": "m1", "screen_id": "s"}
ASKED = {"screen_id": "s", "language": "ja", "member_id": "m1"}
DECISION = {"client_id": "X", "applicant_id": "a", "stage": "final", "decision": "pass"}


@pytest.mark.parametrize(
    ("model", "body", "field"),
    [
        *((ConsentGiven, ACT, field) for field in ("act_id", "member_id", "screen_id", "client_id", "visitor_id")),
        *((TextAsked, ASKED, field) for field in ("member_id", "screen_id")),
        *((ClientDecision, DECISION, field) for field in ("client_id", "applicant_id")),
    ],
)
def test_every_id_of_a_body_is_read_by_the_rule(model: type[BaseModel], body: dict[str, str], field: str) -> None:
    assert getattr(model.model_validate(body | {field: "ＷＤ\u200b－１"}), field) == "WD-1"
    for written, fault in LOST:
        with pytest.raises(ValidationError) as refused:
            model.model_validate(body | {field: written})
        assert refused.value.errors()[0]["type"] == fault.value


def request_of(body: bytes, *may: KeyScope, **state: object) -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"authorization", b"Bearer key"), (b"content-type", b"application/json")]
    limit = SimpleNamespace(take=lambda *_: True)
    known, doors = application(Received(*may)), SimpleNamespace(limits=limit, decisions=limit)
    app = SimpleNamespace(state=SimpleNamespace(application=known, doors=doors, **state))
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers, "app": app}, receive)


class Gate:
    """Knows nobody, and keeps what it was asked."""

    async def ask(self, key: bytes, client: str, use: str, names: Sequence[str]) -> QuestionResult:
        self.asked = (client, list(names))
        return QuestionResult(datetime(2026, 4, 1, tzinfo=UTC), RunId("r"), [], [ApplicantId(name) for name in names])


def test_a_question_names_applicants_as_files_do_and_is_told_what_names_none() -> None:
    gate = Gate()
    body = json.dumps({"client_id": "Ｘ", "applicant_ids": ["ＷＤ\u200b－１", "#N/A", "a2", "2.02701E+11"]}).encode()

    request = request_of(body, KeyScope.DECISIONS, decisions=SimpleNamespace(gate=gate), measures=Measures())
    answer = json.loads(bytes(asyncio.run(decide(request)).body))
    assert gate.asked == ("X", ["WD-1", "a2"])
    assert [(one["applicant_id"], one["code"]) for one in answer["unknown"]] == [
        ("WD-1", "APPLICANT_UNKNOWN"), ("a2", "APPLICANT_UNKNOWN"), ("#N/A", "SPREADSHEET_ERROR"),
        ("2.02701E+11", "DIGITS_LOST"),
    ]  # fmt: skip


def test_a_decision_about_what_can_be_nobody_is_refused_as_it_is_described() -> None:
    described = router.routes[0].responses[422]["model"]  # type: ignore[attr-defined]
    body = json.dumps(DECISION | {"applicant_id": "#N/A"}).encode()
    with pytest.raises(IdRefused) as refused:
        asyncio.run(commit(request_of(body, KeyScope.CLIENT_DECISIONS)))
    assert refused.value.http_status == 422
    described.model_validate_json(bytes(refusal(refused.value).body))
