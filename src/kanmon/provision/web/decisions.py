"""In the client's portal: its own decisions about applicants, which some or all scores wait for (S12)."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.audits.use.use_cases import commit_decision
from kanmon.clients.decision import DecisionVerdict
from kanmon.core.canonical import IdRefused, canonical_id
from kanmon.core.errors import ApplicantUnknown, KanmonError, StageUnknown, StatementIncomplete
from kanmon.core.language import N_, translations
from kanmon.provision.first_page import waiting_in_words
from kanmon.provision.web.use import AtDesk
from kanmon.web.pages import language_of, page

VERDICTS = {DecisionVerdict.PASS: N_("passed"), DecisionVerdict.FAIL: N_("failed")}
router = APIRouter(prefix="/client/decisions", include_in_schema=False)


@router.get("")
def see_decisions(request: Request, desk: AtDesk) -> Response:
    """Which scores wait for a decision, and the form to commit one.

    How many were recorded isn't told: the number would change when a person is erased.
    """
    return _decisions_page(request, desk)


@router.post("")
def commit(
    request: Request,
    desk: AtDesk,
    applicant_id: Annotated[str, Form()] = "",
    stage: Annotated[str, Form()] = "",
    decision: Annotated[str, Form()] = "",
) -> Response:
    """Commit one decision, or change one."""
    try:
        commit_decision(desk.application, desk.client_id, canonical_id(applicant_id), stage, decision)
    except (ApplicantUnknown, IdRefused, StageUnknown, StatementIncomplete) as refused:
        return _decisions_page(request, desk, refused, {"applicant_id": applicant_id, "stage": stage})
    return RedirectResponse("/client/decisions", 303)


def _decisions_page(
    request: Request, desk: AtDesk, refused: KanmonError | None = None, filled: dict[str, str] | None = None
) -> Response:
    contract = desk.desk().client.contract
    locks, share = contract.decision_lock, contract.withheld_share
    words = None
    if locks or share is not None:
        words = waiting_in_words(locks, share, translations(language_of(request)).gettext)
    context = {"waiting": words, "stages": contract.stages, "verdicts": VERDICTS,
               "filled": filled or {"applicant_id": "", "stage": ""}, "refused": refused}  # fmt: skip
    return page(request, "client_decisions.html", context, desk.account, refused.http_status if refused else 200)
