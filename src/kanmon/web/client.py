"""The client's portal: hand over applicants, read the reports it received, and nothing else."""

from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from fastapi.responses import Response

from kanmon.access.account import Account, ReadPurpose
from kanmon.access.service import SignIn
from kanmon.errors import TooLarge
from kanmon.ids import ClientId, ProvisionId
from kanmon.language import N_
from kanmon.provision.first_page import first_page
from kanmon.provision.report import Report, ReportRow
from kanmon.provision.wording import headers, written_score
from kanmon.refused import FAULT_TEXTS
from kanmon.road.loading import SHOWN
from kanmon.web.access import ClientStaff, Open
from kanmon.web.pages import language_of, page

ROWS_ON_A_PAGE = 100
MOST_BYTES = 50_000_000
"""Of a file of applicants: several times 75,000 rows with everything in them."""
router = APIRouter(prefix="/client", include_in_schema=False)


@router.get("")
def reports(request: Request, account: ClientStaff, application: Open) -> Response:
    """The reports, newest first, and the form to hand over applicants."""
    return page(request, "reports.html", {"reports": application.received(_client(account))}, account)


@router.post("/applicants")
def hand_over(
    request: Request, account: ClientStaff, application: Open, applicants: Annotated[UploadFile, File()]
) -> Response:
    """Take a file of applicants: the good rows are taken, the refused ones told, to be mended and handed over again."""
    content = applicants.file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TooLarge(N_("a file of more than %(most)s bytes is not taken; divide it"), most=MOST_BYTES)
    loaded = application.hand_over(_client(account), applicants.filename or "", content)
    status = 422 if loaded.has_refusals else 200
    context = {"loaded": loaded, "reasons": FAULT_TEXTS, "most": SHOWN}
    return page(request, "handed_over.html", context, account, status)


@router.get("/reports/{provision}")
def report(request: Request, account: ClientStaff, application: Open, provision: str, start: int = 0) -> Response:
    """One report: what a score is and is not, then a page of its rows in the client's order."""
    found = application.report(_client(account), ProvisionId(provision))
    _note_read(request, account, found)
    start = max(0, min(start, len(found.rows) - 1))
    context = {
        "report": found,
        "headers": headers(found),
        "first_page": first_page(found, language_of(request)),
        "rows": [_cells(found, row) for row in found.rows[start : start + ROWS_ON_A_PAGE]],
        "start": start,
        "length": ROWS_ON_A_PAGE,
    }
    return page(request, "report.html", context, account)


@router.get("/reports/{provision}/{name}")
def report_file(request: Request, account: ClientStaff, application: Open, provision: str, name: str) -> Response:
    """A report's file, as it was handed over."""
    found = application.report(_client(account), ProvisionId(provision))
    content = application.report_file(found, name)
    _note_read(request, account, found)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _cells(report: Report, row: ReportRow) -> tuple[str, ...]:
    score = report.no_score if row.score is None else written_score(row.score)
    return (row.applicant_id, score, row.category or "")[: len(headers(report))]


def _client(account: Account) -> ClientId:
    assert account.client_id is not None
    return account.client_id


def _note_read(request: Request, account: Account, report: Report) -> None:
    doors: SignIn = request.app.state.sign_in
    doors.note_read(account, ReadPurpose.REPORT, report.provision_id)
