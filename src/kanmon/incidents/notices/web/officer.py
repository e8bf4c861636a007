"""Those whom an incident affects, in the portal: written to, and their data asked back from each company."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.application.application import Application
from kanmon.core.errors import KanmonError, UsageError
from kanmon.core.ids import IncidentId
from kanmon.core.language import N_
from kanmon.incidents.notices.service import STATES, lacking
from kanmon.incidents.notices.settling import Choice
from kanmon.incidents.notices.use_cases import Notices
from kanmon.incidents.use_cases.incidents import Incidents
from kanmon.rights.recall.use_cases import RecallService
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.doors import origin_of
from kanmon.web.pages import page

router = APIRouter(prefix="/officer/incidents/{incident}/notices", include_in_schema=False)


@router.get("")
def notices(request: Request, account: PrivacyOwner, application: Open, incident: str) -> Response:
    """What would be written, and what became of what was."""
    return _notices(request, account, application, incident)


@router.post("")
def press_write(request: Request, account: PrivacyOwner, application: Open, incident: str) -> Response:
    """Write to everybody affected whom nobody has written to yet."""
    try:
        Notices(application).write(IncidentId(incident), account.name, origin_of(request))
    except KanmonError as refused:
        return _notices(request, account, application, incident, refused)
    return RedirectResponse(f"/officer/incidents/{incident}/notices", 303)


@router.post("/settle")
def press_settle(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    incident: str,
    choice: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
    letter: Annotated[list[int] | None, Form()] = None,
) -> Response:
    """Decide on letters in doubt."""
    try:
        if choice not in set(Choice) or not letter:
            raise UsageError(N_("choose letters, and what becomes of them"))
        Notices(application).settle(letter, Choice(choice), account.name, reason)
    except KanmonError as refused:
        return _notices(request, account, application, incident, refused)
    return RedirectResponse(f"/officer/incidents/{incident}/notices", 303)


@router.post("/recall")
def press_recall(request: Request, account: PrivacyOwner, application: Open, incident: str) -> Response:
    """Ask each company to erase its own rows of those affected."""
    try:
        RecallService(application).ask_recipients_of_incident(incident, account.name)
    except KanmonError as refused:
        return _notices(request, account, application, incident, refused)
    return RedirectResponse("/officer/recalls", 303)


def _notices(
    request: Request, account: Account, application: Application, number: str, refused: KanmonError | None = None
) -> Response:
    desk, found = Notices(application), Incidents(application).incident(IncidentId(number))
    words = None if lacking(found) else desk.preview(found.incident_id, origin_of(request))
    doubtful = desk.doubtful(found.incident_id)
    context = {
        "doubtful": doubtful,
        "incident": found,
        "letters": desk.counts(found.incident_id),
        "states": STATES,
        "words": words,
    }
    status = refused.http_status if refused else 200
    return page(request, "officer_notices.html", {**context, "refused": refused}, account, status)
