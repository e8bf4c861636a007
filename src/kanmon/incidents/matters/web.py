"""Matters of an authority in the portal: what is due, the papers, and one form for each step."""

import mimetypes
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.application.application import Application
from kanmon.core.clock import day_of
from kanmon.core.errors import KanmonError, UsageError
from kanmon.core.ids import IncidentId, MatterId
from kanmon.core.language import N_
from kanmon.incidents.matters.model import MOST_BYTES, MatterKind, MatterNotice, Paper
from kanmon.incidents.matters.use_cases import Matters
from kanmon.incidents.matters.words import KINDS, STATES, STEPS
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import page
from kanmon.web.periods import beginning_of

WORDS = {"kinds": KINDS, "states": STATES, "step_names": STEPS}
router = APIRouter(prefix="/officer/matters", include_in_schema=False)
Text = Annotated[str, Form()]
Upload = Annotated[UploadFile | None, File()]


@router.get("")
def matters(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Every matter, the newest first, and the form to record one."""
    return _matters(request, account, application)


@router.post("")
def press_open(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    kind: Text = "",
    authority: Text = "",
    title: Text = "",
    received_on: Text = "",
    due_on: Text = "",
    reference: Text = "",
    reason: Text = "",
) -> Response:
    """Record what an authority asks."""
    desk = Matters(application)
    try:
        if kind not in set(MatterKind):
            raise UsageError(N_("choose what the authority did"))
        received = _day(received_on) or desk.today()
        asked = MatterNotice(
            MatterKind(kind), authority.strip(), title.strip(), received, _day(due_on), reference.strip()
        )
        with desk.recording() as log:
            number = log.open(asked, account.person, reason).matter_id
    except KanmonError as refused:
        return _matters(request, account, application, refused)
    return _to(number)


@router.get("/{matter}")
def matter(request: Request, account: PrivacyOwner, application: Open, matter: str) -> Response:
    """One matter: its days, its steps, its papers."""
    return _matter(request, account, application, matter)


@router.get("/{matter}/papers/{step}")
def paper(_account: PrivacyOwner, application: Open, matter: str, step: int) -> Response:
    """A paper as it came or went; it is saved and never opened as a page of ours."""
    kept = Matters(application).paper(MatterId(matter), step)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept.name, safe='')}"}
    kind = mimetypes.guess_type(kept.name)[0] or "application/octet-stream"
    return Response(kept.content, media_type=kind, headers=headers)


@router.post("/{matter}/add")
def press_add(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    matter: str,
    file: Upload = None,
    due_on: Text = "",
    incident: Text = "",
    measure: Text = "",
    reason: Text = "",
) -> Response:
    """Add what was filled in: a paper, another last day, an incident, a measure; all of it or nothing."""
    number, person = MatterId(matter), account.person
    try:
        added = _paper(file)
        if added is None and not (due_on or incident or measure):
            raise UsageError(N_("choose a paper, a day, an incident or a measure"))
        with Matters(application).recording() as log:
            if added is not None:
                log.add_paper(number, added, person, reason)
            if due_on and (day := _day(due_on)):
                log.set_deadline(number, day, person, reason)
            if incident:
                log.link_incident(number, IncidentId(incident), person, reason)
            if measure:
                log.link_measure(number, _entry(measure), person, reason)
    except KanmonError as refused:
        return _matter(request, account, application, matter, refused)
    return _to(matter)


@router.post("/{matter}/answer")
def press_answer(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    matter: str,
    answered_on: Text = "",
    file: Upload = None,
    reason: Text = "",
) -> Response:
    """Record what was answered."""
    try:
        with Matters(application).recording() as log:
            log.answer(MatterId(matter), _day(answered_on), _paper(file), account.person, reason)
    except KanmonError as refused:
        return _matter(request, account, application, matter, refused)
    return _to(matter)


@router.post("/{matter}/close")
def press_close(request: Request, account: PrivacyOwner, application: Open, matter: str, reason: Text = "") -> Response:
    """End it."""
    try:
        with Matters(application).recording() as log:
            log.close(MatterId(matter), account.person, reason)
    except KanmonError as refused:
        return _matter(request, account, application, matter, refused)
    return _to(matter)


def _matters(
    request: Request, account: Account, application: Application, refused: KanmonError | None = None
) -> Response:
    desk = Matters(application)
    context = {**WORDS, "matters": desk.matters(), "today": desk.today(), "refused": refused}
    return page(request, "officer_matters.html", context, account, refused.http_status if refused else 200)


def _matter(
    request: Request, account: Account, application: Application, number: str, refused: KanmonError | None = None
) -> Response:
    desk = Matters(application)
    context = {**WORDS, "matter": desk.matter(MatterId(number)), "today": desk.today(), "refused": refused}
    return page(request, "officer_matter.html", context, account, refused.http_status if refused else 200)


def _paper(file: UploadFile | None) -> Paper | None:
    if file is None or not file.filename:
        return None
    return Paper(file.filename, file.file.read(MOST_BYTES + 1))


def _entry(written: str) -> int:
    if not (written.isascii() and written.isdecimal() and len(written) <= len("9223372036854775807") - 1):
        raise UsageError(N_("a measure is named by the number of its entry in the ledger"))
    return int(written)


def _day(written: str) -> date | None:
    return day_of(beginning_of(written)) if written else None


def _to(matter: str) -> Response:
    return RedirectResponse(f"/officer/matters/{quote(matter, safe='')}", 303)
