"""Who may sign in, and for the privacy owner: close an account, have one begin anew, end its sessions."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.errors import KanmonError
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import page

router = APIRouter(prefix="/officer/accounts", include_in_schema=False)


@router.get("")
def accounts(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Every account, with its open sessions and passkeys."""
    return _accounts(request, account, application)


@router.post("/close")
def close(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    name: Annotated[str, Form()] = "",
    because: Annotated[str, Form()] = "",
) -> Response:
    """Close an account; it counts when this answers."""
    try:
        application.accounts().close(name, account.name, because)
    except KanmonError as refused:
        return _accounts(request, account, application, refused)
    return RedirectResponse("/officer/accounts", 303)


@router.post("/reset")
def reset(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    name: Annotated[str, Form()] = "",
    because: Annotated[str, Form()] = "",
) -> Response:
    """Have an account begin anew; its first password is on this page, once."""
    try:
        password = application.accounts().reset(name, account.name, because)
    except KanmonError as refused:
        return _accounts(request, account, application, refused)
    return _accounts(request, account, application, made=(name, password))


@router.post("/end-sessions")
def end_sessions(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    name: Annotated[str, Form()] = "",
    because: Annotated[str, Form()] = "",
) -> Response:
    """End every session of an account."""
    try:
        application.accounts().end_sessions(name, account.name, because)
    except KanmonError as refused:
        return _accounts(request, account, application, refused)
    return RedirectResponse("/officer/accounts", 303)


def _accounts(
    request: Request,
    account: Account,
    application: Open,
    refused: KanmonError | None = None,
    made: tuple[str, str] | None = None,
) -> Response:
    context = {"accounts": application.accounts().listed(), "refused": refused, "made": made}
    return page(request, "officer_accounts.html", context, account, refused.http_status if refused else 200)
