"""The privacy owner's worklist of what people ask for, with deadlines (APPI-16 to APPI-19)."""

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.application.application import Application
from kanmon.core.errors import KanmonError
from kanmon.core.language import translations
from kanmon.core.listing import ListQuery
from kanmon.rights.requests.review import ReviewFinding
from kanmon.rights.requests.service import RequestType
from kanmon.rights.requests.use_cases import Rights
from kanmon.rights.words import FIELDS, FINDINGS, LOOKS, METHODS, SORTS, STATES, TYPES
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.lists import AskedList, ListNames
from kanmon.web.pages import language_of, page

_LIST = ListNames("/officer/requests", {state.value: name for state, name in STATES.items()}, SORTS)
router = APIRouter(prefix="/officer/requests", include_in_schema=False)


@router.get("")
def worklist(request: Request, account: PrivacyOwner, application: Open, asked: AskedList) -> Response:
    """Everybody's requests page by page: those that wait first, the nearest deadline first."""
    return _page(request, account, application, asked)


@router.post("/{request_no}")
def decide(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    request_no: int,
    decision: Annotated[Literal["accept", "refuse"] | ReviewFinding, Form()],
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Accept, refuse, or end a review with what it found; the person is told the reason."""
    rights = Rights(application)
    try:
        if isinstance(decision, ReviewFinding):
            decided = rights.conclude(request_no, account.name, decision, reason)
        elif decision == "accept":
            decided = rights.accept(request_no, account.name, reason)
        else:
            decided = rights.refuse(request_no, account.name, reason)
    except KanmonError as refused:
        return _page(request, account, application, ListQuery(), refused)
    return RedirectResponse(f"/officer/acts/{decided.decision_seq}", 303)


def _page(
    request: Request,
    account: Account,
    application: Application,
    asked: ListQuery,
    refused: KanmonError | None = None,
) -> Response:
    rights = Rights(application)
    listed = rights.listed(_LIST.known(asked))
    context = {
        "listed": listed,
        "looks_again": rights.second_looks(listed.rows, translations(language_of(request)).gettext),
        "findings": FINDINGS,
        "names": _LIST,
        "looks": LOOKS,
        "now": application.clock.now(),
        "types": TYPES,
        "states": STATES,
        "methods": METHODS,
        "fields": FIELDS,
        "corrections": {RequestType.HISTORY, RequestType.PERSONAL_DATA},
        "refused": refused,
    }
    return page(request, "requests.html", context, account, 200 if refused is None else refused.http_status)
