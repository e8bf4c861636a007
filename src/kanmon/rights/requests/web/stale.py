"""What a client is told no longer counts; why, is the person's affair (APPI-18)."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kanmon.rights.requests.use_cases import Rights
from kanmon.web.access import ClientStaff, Open
from kanmon.web.pages import page

router = APIRouter(prefix="/client/corrections", include_in_schema=False)


@router.get("")
def corrections(request: Request, account: ClientStaff, application: Open) -> Response:
    """Scores in reports that no longer count, newest first."""
    assert account.client_id is not None
    return page(request, "stale.html", {"notices": Rights(application).stale(account.client_id)}, account)
