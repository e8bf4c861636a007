"""The worklist of requests to recipients: who was asked to erase what, who is late, who certified."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kanmon.audits.overview.provided import PageOfList
from kanmon.rights.recall.service import RecallStatus
from kanmon.rights.recall.use_cases import RecallService
from kanmon.rights.words import RECALL_REASONS, RECALL_STATES
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import page

router = APIRouter(prefix="/officer/recalls", include_in_schema=False)
ON_A_PAGE = 100
ORDER = (
    RecallStatus.SUSPENDED,
    RecallStatus.OVERDUE,
    RecallStatus.REMINDED,
    RecallStatus.ASKED,
    RecallStatus.CERTIFIED,
)
"""What waits longest for somebody comes first."""


@router.get("")
def recalls(request: Request, account: PrivacyOwner, application: Open, start: int = 0) -> Response:
    """Every request, those that are overdue first; an overdue one has stopped its client."""
    desk = RecallService(application)
    today = desk.today()
    found = [(one, one.state(today)) for one in desk.all()]
    found.sort(key=lambda told: ORDER.index(told[1]))
    late = sum(state in (RecallStatus.SUSPENDED, RecallStatus.OVERDUE) for _, state in found)
    start = max(0, start)
    part = PageOfList(found[start : start + ON_A_PAGE], start, len(found) > start + ON_A_PAGE)
    context = {"part": part, "length": ON_A_PAGE, "late": late, "states": RECALL_STATES, "reasons": RECALL_REASONS}
    return page(request, "officer_recalls.html", context, account)
