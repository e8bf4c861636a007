"""The stop switch in the portal: what is stopped, and one press to stop or to resume."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.core.errors import KanmonError, UsageError
from kanmon.core.ids import ClientId, SeasonId
from kanmon.core.language import N_
from kanmon.gate.switch.model import WHOLE_SERVICE, SwitchAct, SwitchScope
from kanmon.gate.switch.use_cases import resume, stop, switch_state
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import page

ACTS = {SwitchAct.STOP: N_("stopped"), SwitchAct.RESUME: N_("resumed")}
router = APIRouter(prefix="/officer/stops", include_in_schema=False)


@router.get("")
def stops(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """What is stopped, since when, why and by whom; and what was."""
    return _stops(request, account, application)


@router.post("/stop")
def press_stop(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    scope: Annotated[str, Form()],
    because: Annotated[str, Form()] = "",
    consents: Annotated[str, Form()] = "doubted",
) -> Response:
    """Stop; it counts, everywhere, when this answers. Whatever isn't said to stand is doubted."""
    try:
        stop(application, _scope(scope), account.name, because, consents_doubted=consents != "stand")
    except KanmonError as refused:
        return _stops(request, account, application, refused, because)
    return RedirectResponse("/officer/stops", 303)


@router.post("/resume")
def press_resume(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    scope: Annotated[str, Form()],
    because: Annotated[str, Form()] = "",
) -> Response:
    """Resume, as the privacy owner who is signed in."""
    try:
        resume(application, _scope(scope), account.name, because)
    except KanmonError as refused:
        return _stops(request, account, application, refused)
    return RedirectResponse("/officer/stops", 303)


def _stops(
    request: Request, account: Account, application: Open, refused: KanmonError | None = None, because: str = ""
) -> Response:
    state = switch_state(application)
    scopes = [
        WHOLE_SERVICE,
        *(SwitchScope(season=season) for season in sorted(state.terms.seasons, reverse=True)),
        *(SwitchScope(client_id=client) for client in sorted(state.terms.clients)),
    ]
    context = {"state": state, "scopes": [(_written(scope), scope) for scope in scopes], "acts": ACTS}
    context |= {"written": _written, "refused": refused, "because": because}
    return page(request, "officer_stops.html", context, account, refused.http_status if refused else 200)


def _written(scope: SwitchScope) -> str:
    """A scope as a form sends it."""
    if scope.client_id is not None:
        return f"client:{scope.client_id}"
    return "all" if scope.season is None else f"season:{scope.season}"


def _scope(written: str) -> SwitchScope:
    kind, _, name = written.partition(":")
    match kind:
        case "all" if not name:
            return WHOLE_SERVICE
        case "season" if name:
            return SwitchScope(season=SeasonId(name))
        case "client" if name:
            return SwitchScope(client_id=ClientId(name))
    raise UsageError(N_("choose what to stop or resume"))
