"""Scheduled work as the privacy owner sees it: when each kind was done last and is due next, and what it told."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kanmon.core.language import translations
from kanmon.jobs.use_cases.telling import newest_alerts, timer_states
from kanmon.jobs.words import ALERTS, KINDS, STATES
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import language_of, page

SHOWN = 50
router = APIRouter(prefix="/officer/timers", include_in_schema=False)


@router.get("")
def timers(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """The timers that a worker has known, and the newest alerts."""
    states, alerts = timer_states(application), newest_alerts(application, SHOWN)
    translate = translations(language_of(request)).gettext
    whys = {state.kind: state.last.why(translate) for state in states if state.last is not None}
    context = {"timers": states, "whys": whys, "alerts": alerts, "kinds": KINDS, "states": STATES, "words": ALERTS}
    return page(request, "officer_timers.html", context, account)
