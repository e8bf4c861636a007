"""In the client's portal: scores that people ask a person to look at again, and what the second look came to."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.application.application import Application
from kanmon.core.errors import KanmonError, StatementIncomplete
from kanmon.provision.use_cases.disputed import disputed_scores
from kanmon.rights.requests.review import OUTCOMES, SecondLookAnswer
from kanmon.rights.requests.service import ANSWER_WITHIN
from kanmon.rights.requests.use_cases import Rights
from kanmon.web.access import ClientStaff, Open
from kanmon.web.pages import page

router = APIRouter(prefix="/client/reviews", include_in_schema=False)


@router.get("")
def reviews(request: Request, account: ClientStaff, application: Open) -> Response:
    """The scores that wait for a second look, the nearest deadline first, each with the form to answer."""
    return _reviews_page(request, account, application)


@router.post("/{request_no}")
def answer(
    request: Request,
    account: ClientStaff,
    application: Open,
    request_no: int,
    reviewer: Annotated[str, Form()] = "",
    competence: Annotated[str, Form()] = "",
    first_decider: Annotated[str, Form()] = "",
    outcome: Annotated[str, Form()] = "",
    words: Annotated[str, Form()] = "",
) -> Response:
    """Take what the second look came to: the applicant is told it."""
    try:
        looked = SecondLookAnswer.stated(reviewer, competence, first_decider, outcome, words)
        Rights(application).answer_review(request_no, account, looked)
    except StatementIncomplete as refused:
        filled = {"reviewer": reviewer, "competence": competence, "first_decider": first_decider, "outcome": outcome,
                  "words": words}  # fmt: skip
        return _reviews_page(request, account, application, refused, {request_no: filled})
    return RedirectResponse("/client/reviews", 303)


def _reviews_page(
    request: Request,
    account: Account,
    application: Application,
    refused: KanmonError | None = None,
    filled: dict[int, dict[str, str]] | None = None,
) -> Response:
    assert account.client_id is not None
    context = {
        "disputed": disputed_scores(application, account.client_id),
        "answer_within": ANSWER_WITHIN,
        "outcomes": OUTCOMES,
        "refused": refused,
        "filled": filled or {},
    }
    return page(request, "client_reviews.html", context, account, refused.http_status if refused else 200)
