"""The API by which a client's own program commits its decisions about applicants (S12)."""

from typing import Any, Literal

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, ValidationError

from kanmon.access.key import KeyScope
from kanmon.application.application import Application
from kanmon.audits.use.use_cases import commit_decision
from kanmon.core.canonical import IdRefused
from kanmon.core.errors import NotJson
from kanmon.core.ids import ClientId
from kanmon.core.language import N_
from kanmon.intake.use_cases.events import http_intake
from kanmon.intake.use_cases.sent_events import SHOWN_FAULTS, Id, Text
from kanmon.intake.web import REFUSALS, Refusal, body_of, key_let_in

router = APIRouter(prefix="/api/v1")


class ClientDecision(BaseModel):
    """What a client decided about one of its applicants at a stage."""

    model_config = ConfigDict(extra="forbid")

    client_id: Id
    applicant_id: Id
    stage: Text
    decision: Literal["pass", "fail"]


class Recorded(BaseModel):
    """The decision is recorded, and in the ledger; sent again it is the same, with another word it is a change."""

    recorded: bool


_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": ClientDecision.model_json_schema()}},
    },
    "security": [{"key": []}],
}
_REFUSALS = {
    **REFUSALS,
    404: {"model": Refusal, "description": "The client handed over no such applicant for this season"},
    422: {"model": Refusal, "description": "What was written can be no ID, or something is missing"},
}


@router.post("/client-decisions", response_model=Recorded, responses=_REFUSALS, openapi_extra=_BODY)
async def commit(request: Request) -> Recorded:
    """Commit a client's decision about an applicant: the score that waits for it is in the client's next report."""
    application: Application = request.app.state.application
    key = await key_let_in(request, KeyScope.CLIENT_DECISIONS)
    try:
        sent = ClientDecision.model_validate_json(await body_of(request))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        if first["type"] in SHOWN_FAULTS:
            raise IdRefused(first["input"], SHOWN_FAULTS[first["type"]]) from None
        raise NotJson(
            N_('the body has the form {"client_id": "…", "applicant_id": "…", "stage": "…", "decision": "pass|fail"}')
        ) from None
    client = ClientId(sent.client_id)
    await run_in_threadpool(http_intake(application).check, key, KeyScope.CLIENT_DECISIONS, client)
    await run_in_threadpool(commit_decision, application, client, sent.applicant_id, sent.stage, sent.decision)
    return Recorded(recorded=True)
