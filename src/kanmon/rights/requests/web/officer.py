"""The privacy owner's worklist of what people ask for, with deadlines (APPI-16 to APPI-19)."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Path, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.application.application import Application
from kanmon.core.errors import ConfirmationMissing, KanmonError, PreviewOutdated
from kanmon.core.language import translations
from kanmon.core.listing import ListQuery
from kanmon.rights.requests.preview import CORRECTIONS, DecisionRequest, RequestChoice
from kanmon.rights.requests.review import ReviewFinding
from kanmon.rights.requests.use_cases import Rights
from kanmon.rights.words import FIELDS, FINDINGS, LOOKS, METHODS, SORTS, STATES, TYPES
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.lists import AskedList, ListNames
from kanmon.web.pages import ask_again, language_of, page

_LIST = ListNames("/officer/requests", {state.value: name for state, name in STATES.items()}, SORTS)
router = APIRouter(prefix="/officer/requests", include_in_schema=False)


class DecisionForm:
    """What was filled in."""

    def __init__(
        self,
        request_no: Annotated[int, Path(ge=0, lt=2**63)],
        decision: Annotated[RequestChoice | ReviewFinding, Form()],
        reason: Annotated[str, Form()] = "",
    ) -> None:
        self.request_no = request_no
        self.decision = decision
        self.reason = reason

    def asked(self, account: Account) -> DecisionRequest:
        """The decision that it asks for, by whoever is signed in."""
        return DecisionRequest(self.request_no, self.decision, account.name, self.reason)


Sent = Annotated[DecisionForm, Depends()]


@router.get("")
def worklist(request: Request, account: PrivacyOwner, application: Open, asked: AskedList) -> Response:
    """Everybody's requests page by page: those that wait first, the nearest deadline first."""
    return _page(request, account, application, asked)


@router.post("/{request_no}/check", dependencies=[Depends(ask_again)])
def check(request: Request, account: PrivacyOwner, application: Open, sent: Sent) -> Response:
    """What a decision would do; nothing is done."""
    return _check(request, account, application, sent.asked(account))


@router.post("/{request_no}")
def decide(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    sent: Sent,
    confirmation: Annotated[str, Form(alias="confirm")] = "",
) -> Response:
    """Accept, refuse, or end a review with what it found, as it was shown; the person is told the reason."""
    asked = sent.asked(account)
    try:
        decided = Rights(application).confirm(asked, confirmation)
    except (ConfirmationMissing, PreviewOutdated) as refused:
        return _check(request, account, application, asked, refused)
    except KanmonError as refused:
        return _page(request, account, application, ListQuery(), refused)
    return RedirectResponse(f"/officer/acts/{decided.decision_seq}", 303)


def _check(
    request: Request,
    account: Account,
    application: Application,
    asked: DecisionRequest,
    outdated: KanmonError | None = None,
) -> Response:
    rights = Rights(application)
    try:
        preview = rights.look_at(asked)
    except KanmonError as refused:
        return _page(request, account, application, ListQuery(), outdated or refused)
    context = {
        "preview": preview,
        "looks_again": rights.second_looks([preview.request], translations(language_of(request)).gettext),
        "findings": FINDINGS,
        "types": TYPES,
        "fields": FIELDS,
        "corrections": set(CORRECTIONS),
        "refused": outdated,
    }
    return page(request, "request_check.html", context, account, outdated.http_status if outdated else 200)


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
        "corrections": set(CORRECTIONS),
        "refused": refused,
    }
    return page(request, "requests.html", context, account, 200 if refused is None else refused.http_status)
