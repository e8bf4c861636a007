"""In the client's portal: what scores will be used for, and what those of a report were used for (EMP-05)."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.clients.use import FOLLOW_UPS, ActualUse
from kanmon.core.errors import KanmonError, PurposeProhibited, StatementIncomplete
from kanmon.core.ids import ProvisionId
from kanmon.core.language import translations
from kanmon.provision.first_page import prohibited_use_in_words
from kanmon.provision.use_cases.client import ClientService
from kanmon.web.access import ClientStaff, Open
from kanmon.web.pages import language_of, page


def desk_of(account: ClientStaff, application: Open) -> ClientService:
    """The desk of the client whose staff is signed in."""
    return ClientService(application, account)


AtDesk = Annotated[ClientService, Depends(desk_of)]
router = APIRouter(prefix="/client", include_in_schema=False)


@router.get("/use")
def ask_for_intended(request: Request, desk: AtDesk) -> Response:
    """The form to state what scores will be used for."""
    return _intended_page(request, desk, {})


@router.post("/use")
def state_intended(
    request: Request,
    desk: AtDesk,
    purpose: Annotated[str, Form()] = "",
    overseer: Annotated[str, Form()] = "",
    follow_ups: Annotated[list[str] | None, Form()] = None,
    renounced: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Take the statement; a prohibited purpose is refused and told to the privacy owner."""
    try:
        desk.state_intended(purpose, follow_ups or [], renounced or [], overseer)
    except (PurposeProhibited, StatementIncomplete) as refused:
        filled = {"purpose": purpose, "overseer": overseer, "follow_ups": follow_ups, "renounced": renounced}
        return _intended_page(request, desk, filled, refused)
    return RedirectResponse("/client", 303)


@router.get("/reports/{provision}/use")
def ask_for_actual(request: Request, desk: AtDesk, provision: str) -> Response:
    """The form to state what a report was used for."""
    return _actual_page(request, desk, provision, {})


@router.post("/reports/{provision}/use")
def state_actual(
    request: Request,
    desk: AtDesk,
    provision: str,
    people: Annotated[str, Form()] = "",
    words: Annotated[str, Form()] = "",
    in_selection: Annotated[str, Form()] = "",
    follow_ups: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Take the statement."""
    try:
        used = ActualUse.stated(follow_ups or [], people, words, in_selection)
    except StatementIncomplete as refused:
        filled = {"people": people, "words": words, "in_selection": in_selection, "follow_ups": follow_ups}
        return _actual_page(request, desk, provision, filled, refused)
    desk.state_actual(ProvisionId(provision), used)
    return RedirectResponse(f"/client/reports/{provision}", 303)


def _intended_page(
    request: Request, desk: ClientService, filled: Mapping[str, object], refused: KanmonError | None = None
) -> Response:
    found = desk.desk()
    translate = translations(language_of(request)).gettext
    prohibited = {use: prohibited_use_in_words(use, translate) for use in sorted(found.client.contract.prohibited_uses)}
    context = {"desk": found, "prohibited": prohibited, "kinds": FOLLOW_UPS, "filled": filled, "refused": refused}
    return page(request, "intended_use.html", context, desk.account, refused.http_status if refused else 200)


def _actual_page(
    request: Request,
    desk: ClientService,
    provision: str,
    filled: Mapping[str, object],
    refused: KanmonError | None = None,
) -> Response:
    report = desk.report(ProvisionId(provision))
    context = {"report": report, "used": desk.actual_use(report.provision_id), "kinds": FOLLOW_UPS, "filled": filled,
               "refused": refused}  # fmt: skip
    return page(request, "actual_use.html", context, desk.account, refused.http_status if refused else 200)
