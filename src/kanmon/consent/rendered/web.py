"""The API for what browsers rendered: a board's relay passes on reports that name nobody."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from kanmon.access.key import KeyScope
from kanmon.access.limits import Limit
from kanmon.application.application import Application
from kanmon.consent.rendered.model import RenderedWords
from kanmon.consent.rendered.use_cases import take_reports
from kanmon.core.errors import NotJson, TooLarge
from kanmon.core.ids import ScreenId, TextSha256
from kanmon.core.language import N_
from kanmon.intake.use_cases.events import http_intake
from kanmon.intake.use_cases.sent_events import Id
from kanmon.intake.web import REFUSALS, body_of, key_of, read_by_hand
from kanmon.web.doors import doors_of

router = APIRouter(prefix="/api/v1")
MOST_REPORTS = 100
"""Reports of one batch."""
_Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RegionReport(BaseModel):
    """The words that one browser rendered in one consent region; whose browser it is stands nowhere."""

    model_config = ConfigDict(extra="forbid")

    screen_id: Id
    text_sha256: _Sha256
    language: Annotated[str, StringConstraints(max_length=35)] = ""
    version: Annotated[str, StringConstraints(max_length=256)] = ""
    ticket: Annotated[_Sha256 | None, Field(description="Made by kanmon.js of the token of the text; good once")] = None


class RegionReports(BaseModel):
    """What a board's relay passes on."""

    model_config = ConfigDict(extra="forbid")

    renderings: Annotated[list[RegionReport], Field(min_length=1, max_length=MOST_REPORTS)]


class RefusedReport(BaseModel):
    """A report that was not counted, by its place in the batch."""

    index: int
    code: str


class Counted(BaseModel):
    """How many reports were counted."""

    counted: int
    refused: list[RefusedReport]


_REPORT = TypeAdapter(RegionReport)
_REFUSALS = {**REFUSALS, 422: {"model": Counted, "description": "Some reports were not counted; the others were"}}
_UNREADABLE = "NOT_ALLOWED"


@router.post("/renderings", response_model=Counted, responses=_REFUSALS, openapi_extra=read_by_hand(RegionReports))
async def send_renderings(request: Request) -> JSONResponse:
    """Count what browsers rendered. Nothing of it is kept but the number by screen, words and hour."""
    application: Application = request.app.state.application
    key = key_of(request)
    await run_in_threadpool(http_intake(application).check, key, KeyScope.CONSENTS)
    sent = reports_of(await body_of(request))
    await run_in_threadpool(doors_of(request).limits.take, Limit.API_RENDERINGS, key, len(sent))
    return await count(application, key, sent)


async def count(application: Application, key: str, sent: Sequence[Mapping[str, Any]]) -> JSONResponse:
    """Count reports as they were written; a program within the service passes on its own in the same way."""
    read = [_read(report) for report in sent]
    good = [(index, report) for index, report in enumerate(read) if report is not None]
    taken = await run_in_threadpool(take_reports, application, key, [report for _, report in good])
    refused = {index: code for (index, _), code in zip(good, taken, strict=True)}
    codes = [(index, refused.get(index, _UNREADABLE)) for index in range(len(read))]
    told = [RefusedReport(index=index, code=str(code)) for index, code in codes if code is not None]
    return JSONResponse(Counted(counted=len(read) - len(told), refused=told).model_dump(), 422 if told else 200)


def reports_of(body: bytes) -> Sequence[Mapping[str, Any]]:
    """The reports of a body, as they were written; `NotJson`, `TooLarge`."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotJson(N_("the body is no JSON: %(reason)s"), reason=str(error)) from None
    reports = sent.get("renderings") if isinstance(sent, dict) else None
    if not isinstance(reports, list) or not reports or not all(isinstance(report, dict) for report in reports):
        raise NotJson(N_('the body has the form {"renderings": [{...}, ...]}'))
    if len(reports) > MOST_REPORTS:
        raise TooLarge(N_("a batch has at most %(most)s reports; divide it"), most=MOST_REPORTS)
    return reports


def _read(written: Mapping[str, Any]) -> RenderedWords | None:
    try:
        report = _REPORT.validate_python(written)
    except ValidationError:
        return None
    return RenderedWords(
        ScreenId(report.screen_id),
        TextSha256(report.text_sha256),
        report.language,
        report.version,
        report.ticket,
    )
