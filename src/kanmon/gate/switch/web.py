"""The stop switch in the portal: what is stopped, a look at what a stop or resume does, and the press that does it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.core.errors import KanmonError, PreviewOutdated, UsageError
from kanmon.core.ids import ClientId, SeasonId
from kanmon.core.language import N_
from kanmon.gate.switch.model import WHOLE_SERVICE, SwitchAct, SwitchScope
from kanmon.gate.switch.preview import SwitchRequest
from kanmon.gate.switch.use_cases import confirm, look_at, switch_state
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import page

ACTS = {SwitchAct.STOP: N_("stopped"), SwitchAct.RESUME: N_("resumed")}
router = APIRouter(prefix="/officer/stops", include_in_schema=False)


class SwitchForm:
    """What was filled in, as it was; whatever isn't said to stand is doubted."""

    def __init__(self, scope: str = "", because: str = "", consents: str = "doubted") -> None:
        self.scope = scope
        self.because = because
        self.consents = "stand" if consents == "stand" else "doubted"

    def request(self, act: SwitchAct, account: Account) -> SwitchRequest:
        """What it asks for; `UsageError` where it names no scope."""
        doubted = act is SwitchAct.STOP and self.consents == "doubted"
        return SwitchRequest(act, _scope(self.scope), account.name, self.because, doubted)


def _from_query(
    scope: Annotated[str, Query()] = "",
    because: Annotated[str, Query()] = "",
    consents: Annotated[str, Query()] = "doubted",
) -> SwitchForm:
    return SwitchForm(scope, because, consents)


def _from_form(
    scope: Annotated[str, Form()] = "",
    because: Annotated[str, Form()] = "",
    consents: Annotated[str, Form()] = "doubted",
) -> SwitchForm:
    return SwitchForm(scope, because, consents)


Asked = Annotated[SwitchForm, Depends(_from_query)]
Sent = Annotated[SwitchForm, Depends(_from_form)]


@router.get("")
def stops(request: Request, account: PrivacyOwner, application: Open, asked: Asked) -> Response:
    """What is stopped, since when, why and by whom; what was; and the form, filled in where a link says so."""
    return _stops(request, account, application, asked)


@router.get("/{act}")
def look(request: Request, account: PrivacyOwner, application: Open, act: SwitchAct, asked: Asked) -> Response:
    """What a stop or a resume would do, and how the switch stands; nothing is done."""
    return _look(request, account, application, act, asked)


@router.post("/{act}")
def press(
    request: Request,
    account: PrivacyOwner,
    application: Open,
    act: SwitchAct,
    sent: Sent,
    confirmation: Annotated[str, Form(alias="confirm")] = "",
) -> Response:
    """Do what was shown; it counts, everywhere, when this answers."""
    try:
        done = confirm(application, sent.request(act, account), confirmation)
    except PreviewOutdated as refused:
        return _look(request, account, application, act, sent, refused)
    except KanmonError as refused:
        return _stops(request, account, application, sent, refused)
    return RedirectResponse(f"/officer/acts/{done.ledger_seq}", 303)


def _look(
    request: Request,
    account: Account,
    application: Open,
    act: SwitchAct,
    form: SwitchForm,
    outdated: PreviewOutdated | None = None,
) -> Response:
    try:
        preview = look_at(application, form.request(act, account))
    except KanmonError as refused:
        return _stops(request, account, application, form, outdated or refused)
    context = {"preview": preview, "filled_in": form, "refused": outdated}
    return page(request, "officer_stop_check.html", context, account, outdated.http_status if outdated else 200)


def _stops(
    request: Request, account: Account, application: Open, form: SwitchForm, refused: KanmonError | None = None
) -> Response:
    state = switch_state(application)
    scopes = [
        WHOLE_SERVICE,
        *(SwitchScope(season=season) for season in sorted(state.terms.seasons, reverse=True)),
        *(SwitchScope(client_id=client) for client in sorted(state.terms.clients)),
    ]
    context = {"state": state, "scopes": [(_written(scope), scope) for scope in scopes], "acts": ACTS}
    context |= {"written": _written, "refused": refused, "filled_in": form}
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
