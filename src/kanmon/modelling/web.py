"""The model cards, and the leave to use a model that the acceptance rule held back."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from kanmon.access.account import Account
from kanmon.audits.overview.use_cases.officer import Officer
from kanmon.clients.wording import LOPSIDED, TARGETS
from kanmon.core.charts import Picture
from kanmon.core.errors import KanmonError, UsageError
from kanmon.core.ids import ModelId
from kanmon.core.language import N_, Language, translations
from kanmon.features.definition import input_meant
from kanmon.modelling.card_facts import groups_on, need_on
from kanmon.modelling.card_parts import parts_on
from kanmon.modelling.last_year import scores_of_last_year
from kanmon.modelling.pictures import (
    base_rate_picture,
    calibration_picture,
    discrimination_picture,
    lift_picture,
    scores_picture,
)
from kanmon.modelling.use_cases.approval import approve_held_model
from kanmon.modelling.versions import ModelVersion
from kanmon.modelling.wording import (
    ACCEPTANCE_RULE,
    DIRECTIONS,
    figures_in_words,
    foreseen_in_words,
    need_in_words,
    part_heading,
    unforeseen_in_words,
)
from kanmon.web.access import Open, PrivacyOwner
from kanmon.web.pages import language_of, page

router = APIRouter(prefix="/officer/models", include_in_schema=False)


@router.get("")
def models(request: Request, account: PrivacyOwner, application: Open) -> Response:
    """Every version of every client's model."""
    officer, _ = Officer(application), translations(language_of(request)).gettext
    unforeseen = [unforeseen_in_words(client, asked, _) for client, asked in officer.unforeseen()]
    return page(request, "officer_models.html", {"models": officer.models(), "unforeseen": unforeseen}, account)


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
    _ = translations(language).gettext
    context = {
        "version": version,
        "parts": [_part(part, language) for part in parts_on(version.card)],
        "foreseen": foreseen_in_words(version.card, _),
        "rule": ACCEPTANCE_RULE,
        "directions": DIRECTIONS,
        "pictures": _pictures(version, Officer(application).models(), _),
        "need": need_in_words(need_on(version.card), _),
        "targets": TARGETS,
        "lopsided": LOPSIDED,
        "refused": refused,
    }
    return page(request, "officer_model.html", context, account, refused.http_status if refused else 200)


def _part(card: Mapping[str, Any], language: Language) -> Mapping[str, object]:
    """One model of a card, or one part, as its section tells it."""
    _ = translations(language).gettext
    drawn = [calibration_picture(card, _), lift_picture(card, _), discrimination_picture(card, _)]
    return {
        "inputs": [(input_meant(one["feature"], language), one) for one in card["inputs"]],
        "headings": {
            "inputs": part_heading(translations(language).pgettext("title", "Inputs"), card, _),
            "figures": part_heading(_("How well it does"), card, _),
            "groups": part_heading(_("Last year's people by their scores"), card, _),
        },
        "figures": figures_in_words(card, _),
        "groups": groups_on(card),
        "pictures": [(part_heading(picture.title, card, _), picture) for picture in drawn if picture is not None],
    }


def _pictures(version: ModelVersion, versions: Sequence[ModelVersion], _: Callable[[str], str]) -> list[Picture]:
    """The pictures of a whole card, in the order in which they are read."""
    siblings = [one for one in reversed(versions) if one.model.client_id == version.model.client_id]
    rates = [(str(one.model.model_id), int(one.card["rows"]), int(one.card["positives"])) for one in siblings]
    drawn = [
        scores_picture(scores_of_last_year(version.model.artefact), version.scores, _),
        base_rate_picture(rates, _),
    ]
    return [picture for picture in drawn if picture is not None]
