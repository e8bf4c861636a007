"""What a person was told of incidents, below `/me`."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from kanmon.core.language import translations
from kanmon.incidents.notices.service import STATES
from kanmon.incidents.notices.use_cases import Notices
from kanmon.rights.answer.web.person import member_of
from kanmon.rights.handling import effect_in_words
from kanmon.web.access import Open, Person
from kanmon.web.pages import language_of, local, page

router = APIRouter(prefix="/me", include_in_schema=False)


@router.get("/notices")
def my_notices(request: Request, account: Person, application: Open) -> Response:
    """Every notice with its words, and how it went; from now on it is known that the person saw them."""
    notices, member = Notices(application), member_of(account)
    _ = translations(language_of(request)).gettext
    told, effects = notices.told(member), notices.effects(member)
    incidents = [(effect, effect_in_words(effect, local, _)) for effect in effects]
    return page(request, "my_notices.html", {"told": told, "states": STATES, "incidents": incidents}, account)
