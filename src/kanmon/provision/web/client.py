"""The client's portal: hand over applicants, ask for scores, receive and read reports, state their use."""

import json
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import ReadPurpose
from kanmon.access.service import SignIn
from kanmon.clients.acquisition import LEGAL_BASES, SOURCES
from kanmon.clients.categories import ScoreScale
from kanmon.clients.contract import ScoreTarget
from kanmon.core.errors import (
    AcquisitionNotStated,
    IntakeBusy,
    KanmonError,
    StatementIncomplete,
    TooLarge,
    UseNotStated,
)
from kanmon.core.faults import FAULT_TEXTS
from kanmon.core.ids import ProvisionId
from kanmon.core.language import N_, Language, translations
from kanmon.intake.loaded import SHOWN
from kanmon.jobs.job import JobState
from kanmon.modelling.wording import outlook_in_words
from kanmon.provision.first_page import first_page
from kanmon.provision.receipt import ITEMS
from kanmon.provision.report import Report, cells, file_names, headings
from kanmon.provision.use_cases.client import ClientOverview, outcome_of, refusals_of
from kanmon.provision.use_cases.disputed import disputed_scores
from kanmon.provision.use_cases.reports import received_file
from kanmon.provision.web.steps import StepList
from kanmon.provision.web.use import AtDesk
from kanmon.provision.wording import POSITION_OF, SCALES, SCORE_IS_NOT
from kanmon.web.pages import language_of, page

ROWS_ON_A_PAGE = 100
MOST_BYTES = 50_000_000
"""Of a file of applicants: several times 75,000 rows with everything in them."""
INSTRUCTIONS = "instructions.json"
SHOWN_AGAIN_S = 5
"""After how many seconds the page of an open run shows itself again."""
router = APIRouter(prefix="/client", include_in_schema=False)


@router.get("")
def desk(request: Request, desk: AtDesk) -> Response:
    """What was handed over, asked for and received, and where each stands."""
    return _desk_page(request, desk)


@router.get("/help")
def explain(request: Request, desk: AtDesk) -> Response:
    """What a score is and is not, what it may not be used for, whom to ask."""
    overview = desk.desk()
    target = overview.client.contract.target
    score_is = POSITION_OF[() if target is ScoreTarget.BOTH else (target,)]
    context = {"desk": overview, "score_is": score_is, "score_is_not": SCORE_IS_NOT[ScoreScale.POSITION]}
    return page(request, "client_help.html", context, desk.account)


@router.post("/applicants")
def hand_over(
    request: Request,
    desk: AtDesk,
    applicants: Annotated[UploadFile, File()],
    source: Annotated[str, Form()] = "",
    words: Annotated[str, Form()] = "",
    legal_basis: Annotated[str, Form()] = "",
) -> Response:
    """Take a file of applicants: the good rows are taken, the refused ones told, to be mended and handed over again."""
    content = applicants.file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TooLarge(N_("a file of more than %(most)s bytes is not taken; divide it"), most=MOST_BYTES)
    translate = translations(language_of(request)).gettext
    try:
        loaded = desk.hand_over(applicants.filename or "", content, (source, words, legal_basis), translate)
    except (AcquisitionNotStated, IntakeBusy, TooLarge) as refused:
        return _desk_page(request, desk, refused)
    status = 422 if loaded.has_refusals else 200
    context = {"loaded": loaded, "reasons": FAULT_TEXTS, "most": SHOWN}
    return page(request, "handed_over.html", context, desk.account, status)


@router.get("/applicants/refused")
def refused_rows(desk: AtDesk) -> Response:
    """The refused rows of the last hand-over as a file to be mended and handed over again."""
    return _download(desk.refused_rows(), "to-mend.csv", "text/csv; charset=utf-8")


@router.post("/runs")
def ask_for_scores(request: Request, desk: AtDesk) -> Response:
    """Ask for scores, and see where that stands."""
    try:
        job = desk.ask_for_scores()
    except UseNotStated as refused:
        return _desk_page(request, desk, refused)
    return RedirectResponse(f"/client/runs/{job.job_no}", 303)


@router.get("/runs/{job}")
def see_run(request: Request, desk: AtDesk, job: int, still: bool = False) -> Response:
    """Where a run stands: waiting, at which step, done, refused by a rule, failed.

    While the run is open the page shows itself again, by a header and without script; not where it is to be `still`,
    for readers whom that disturbs.
    """
    found = desk.job(job)
    context = {
        "job": found,
        "outcome": outcome_of(found),
        "refusals": refusals_of(found),
        "delivery": desk.delivery_of(found),
        "is_still": still,
        "seconds": SHOWN_AGAIN_S,
    }
    response = page(request, "job.html", context, desk.account)
    if found.is_open and not still:
        response.headers["Refresh"] = str(SHOWN_AGAIN_S)
    return response


@router.get("/reports/{provision}")
def report(request: Request, desk: AtDesk, provision: str, start: int = 0) -> Response:
    """One report: what a score is and is not, then a page of its rows; what to confirm, while it is sealed."""
    if desk.pack(ProvisionId(provision))[1] is None:
        return _sealed_page(request, desk, provision)
    return _report_page(request, desk, desk.report(ProvisionId(provision)), start)


@router.post("/reports/{provision}/password")
def tell_password(request: Request, desk: AtDesk, provision: str) -> Response:
    """Show the password of a report's file: it is on this page, once."""
    password = desk.tell_password(ProvisionId(provision))
    return _report_page(request, desk, desk.report(ProvisionId(provision)), 0, password)


def _report_page(request: Request, desk: AtDesk, found: Report, start: int, password: str | None = None) -> Response:
    _note_read(request, desk, found)
    context = {
        **report_context(found, start, language_of(request)),
        "pack": desk.pack(found.provision_id),
        "used": desk.actual_use(found.provision_id),
        "password": password,
        "disputed": {one.applicant_id for one in disputed_scores(desk.application, desk.client_id)},
        "is_password_told": found.is_encrypted and desk.is_password_told(found.provision_id),
    }
    return page(request, "report.html", context, desk.account)


def report_context(report: Report, start: int, language: Language) -> dict[str, object]:
    """What the page of a report shows of it: its first page, and a page of its rows from row `start` on."""
    start = max(0, min(start, len(report.rows) - 1))
    return {
        "report": report,
        "files": (*file_names(report), INSTRUCTIONS),
        "headings": headings(report),
        "first_page": first_page(report, language),
        "rows": [cells(report, row) for row in report.rows[start : start + ROWS_ON_A_PAGE]],
        "start": start,
        "length": ROWS_ON_A_PAGE,
    }


@router.post("/reports/{provision}/receipt")
def acknowledge(
    request: Request, desk: AtDesk, provision: str, confirmed: Annotated[list[str] | None, Form()] = None
) -> Response:
    """Acknowledge receipt: from then on the delivery is open."""
    try:
        desk.acknowledge(ProvisionId(provision), confirmed or [])
    except StatementIncomplete as refused:
        return _sealed_page(request, desk, provision, refused)
    return RedirectResponse(f"/client/reports/{provision}", 303)


@router.get("/reports/{provision}/{name}")
def report_file(request: Request, desk: AtDesk, provision: str, name: str) -> Response:
    """A report's file, as it was handed over, or its instructions for use."""
    found = desk.report(ProvisionId(provision))
    if name == INSTRUCTIONS:
        told = json.dumps(desk.instructions(found.provision_id), ensure_ascii=False, indent=2)
        return _download(told.encode(), name, "application/json")
    content = received_file(desk.application, found, name)
    _note_read(request, desk, found)
    return _download(content, name, "application/octet-stream")


def _desk_page(request: Request, desk: AtDesk, refused: KanmonError | None = None) -> Response:
    overview = desk.desk()
    context = {
        "desk": overview,
        "work": StepList(overview),
        "outlook": _outlook(overview, translations(language_of(request)).gettext),
        "refused": refused,
        "sources": SOURCES,
        "legal_bases": LEGAL_BASES,
    }
    return page(request, "client.html", context, desk.account, refused.http_status if refused else 200)


def _outlook(overview: ClientOverview, _: Callable[[str], str]) -> str:
    """Why nobody gets a score, once scores were asked for; empty where that is not for want of a model."""
    if not overview.deliveries and all(job.state is not JobState.DONE for job in overview.jobs):
        return ""
    return outlook_in_words(overview.newest_model, overview.client.contract.target, _)


def _sealed_page(request: Request, desk: AtDesk, provision: str, refused: KanmonError | None = None) -> Response:
    context = {"pack": desk.pack(ProvisionId(provision))[0], "refused": refused, "items": ITEMS, "scales": SCALES}
    return page(request, "sealed.html", context, desk.account, refused.http_status if refused else 200)


def _download(content: bytes, name: str, media_type: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


def _note_read(request: Request, desk: AtDesk, report: Report) -> None:
    doors: SignIn = request.app.state.sign_in
    doors.note_read(desk.account, ReadPurpose.REPORT, report.provision_id)
