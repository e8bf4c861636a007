"""What a client is asked to erase, and its certificate that it did; why it is asked, is the person's affair."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.core.ids import ClientId
from kanmon.rights.erasure.use_cases import ErasureService
from kanmon.web.access import ClientStaff, Open
from kanmon.web.pages import page

router = APIRouter(prefix="/client/erasures", include_in_schema=False)


@router.get("")
def requests(request: Request, account: ClientStaff, application: Open) -> Response:
    """The requests, newest first, each with the client's own rows and the form to certify."""
    desk = ErasureService(application)
    context = {"requests": desk.requests(_client(account)), "today": desk.today()}
    return page(request, "erasures.html", context, account)


@router.post("/{number}")
def certify(
    account: ClientStaff, application: Open, number: int, sub_processors: Annotated[str, Form()] = ""
) -> Response:
    """Take the client's word that it erased the rows of one request, with whoever it had passed them on to."""
    ErasureService(application).certify(_client(account), number, account.name, sub_processors)
    return RedirectResponse("/client/erasures", 303)


def _client(account: Account) -> ClientId:
    assert account.client_id is not None
    return account.client_id
