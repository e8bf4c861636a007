"""The model cards, and the leave to use a model that the acceptance rule held back."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.audits.overview.use_cases.officer import Officer
from kanmon.clients.wording import LOPSIDED
from kanmon.core.errors import KanmonError, UsageError
from kanmon.core.ids import ModelId
from kanmon.core.language import N_, translations
from kanmon.features.definition import input_meant
from kanmon.modelling.card_facts import need_on, untrained_on
from kanmon.modelling.use_cases.approval import approve_held_model
from kanmon.modelling.wording import ACCEPTANCE_RULE, DIRECTIONS, need_in_words, untrained_in_words
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.charts import calibration
from kanmon.web.pages import language_of, page

router = APIRouter(prefix="/officer/models", include_in_schema=False)


@router.get("")
def models(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Every version of every client's model."""
    return page(request, "officer_models.html", {"models": Officer(application).models()}, account)


@router.get("/{model}")
def model(request: Request, account: PrivacyOwner, application: Open, model: str) -> Response:
    """One model's card."""
    return _card(request, account, application, ModelId(model))


@router.post("/{model}/approve")
def approve(
    request: Request, account: PrivacyOwner, application: Open, model: str, because: Annotated[str, Form()]
) -> Response:
    """Approve the newest version of a client's model, as the account that is signed in, for a written reason."""
    held = Officer(application).model(ModelId(model))
    try:
        if not because.strip():
            raise UsageError(N_("say why"))
        if not held.is_held:
            raise UsageError(N_("%(model)s is approved already"), model=model)
        approve_held_model(application, ModelId(model), account.name, because.strip())
    except KanmonError as refused:
        return _card(request, account, application, ModelId(model), refused)
    return RedirectResponse(f"/officer/models/{model}", 303)


def _card(
    request: Request, account: Account, application: Open, model: ModelId, refused: KanmonError | None = None
) -> Response:
    version = Officer(application).model(model)
    language = language_of(request)
    points = [(one["mean_index"], one["share_left"]) for one in version.card["calibration"]]
    context = {
        "version": version,
        "inputs": [(input_meant(one["feature"], language), one) for one in version.card["inputs"]],
        "rule": ACCEPTANCE_RULE,
        "directions": DIRECTIONS,
        "calibration": calibration(points),
        "need": need_in_words(need_on(version.card), translations(language).gettext),
        "untrained": untrained_in_words(untrained_on(version.card), translations(language).gettext),
        "lopsided": LOPSIDED,
        "refused": refused,
    }
    return page(request, "officer_model.html", context, account, refused.http_status if refused else 200)
