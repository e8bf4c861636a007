"""Who may sign in, and for the privacy owner: close an account, have one begin anew, end its sessions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.access.use_cases.sign_in import account_service
from kanmon.access.words import ROLES
from kanmon.core.errors import KanmonError
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import page

router = APIRouter(prefix="/officer/accounts", include_in_schema=False)


@dataclass(frozen=True)
class AccountForm:
    """What the privacy owner sends to have something done to an account: its name, and why."""

    request: Request
    account: PrivacyOwner
    application: Open
    name: Annotated[str, Form()] = ""
    because: Annotated[str, Form()] = ""

    def carry_out(self, act: Callable[[str, str, str], object]) -> Response:
        """The list of accounts after an act upon (account, who does it, why), with a password that it made, once."""
        try:
            made = act(self.name, self.account.name, self.because)
        except KanmonError as refused:
            return _accounts(self.request, self.account, self.application, refused)
        if isinstance(made, str):
            return _accounts(self.request, self.account, self.application, made=(self.name, made))
        return RedirectResponse("/officer/accounts", 303)


Sent = Annotated[AccountForm, Depends()]


@router.get("")
def accounts(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Every account, with its open sessions and passkeys."""
    return _accounts(request, account, application)


@router.post("/close")
def close(form: Sent) -> Response:
    """Close an account; it counts when this answers."""
    return form.carry_out(account_service(form.application).close)


@router.post("/reset")
def reset(form: Sent) -> Response:
    """Have an account begin anew; its first password is on this page, once."""
    return form.carry_out(account_service(form.application).reset)


@router.post("/end-sessions")
def end_sessions(form: Sent) -> Response:
    """End every session of an account."""
    return form.carry_out(account_service(form.application).end_sessions)


def _accounts(
    request: Request,
    account: Account,
    application: Open,
    refused: KanmonError | None = None,
    made: tuple[str, str] | None = None,
) -> Response:
    context = {"accounts": account_service(application).listed(), "roles": ROLES, "refused": refused, "made": made}
    return page(request, "officer_accounts.html", context, account, refused.http_status if refused else 200)
