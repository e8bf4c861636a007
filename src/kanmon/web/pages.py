"""Pages: a template, the reader's language, and what every page shows."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from kanmon.access.account import Account
from kanmon.clock import TOKYO
from kanmon.errors import KanmonError, TooManyRequests
from kanmon.language import Language, translations

LANGUAGE_COOKIE = "kanmon_language"


def language_of(request: Request) -> Language:
    """The language that the reader chose; Japanese where none was."""
    return Language.ENGLISH if request.cookies.get(LANGUAGE_COOKIE) == Language.ENGLISH else Language.JAPANESE


def local(at: datetime) -> str:
    """A moment as people in Japan read it."""
    return f"{at.astimezone(TOKYO):%Y-%m-%d %H:%M}"


_ENVIRONMENT = Environment(
    loader=PackageLoader("kanmon.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_ENVIRONMENT.filters["local"] = local
_ENVIRONMENT.filters["base64url"] = lambda value: urlsafe_b64encode(value).decode()


def page(
    request: Request,
    template: str,
    context: Mapping[str, object],
    account: Account | None = None,
    status: int = 200,
    language: Language | None = None,
) -> HTMLResponse:
    """A page in a language, else in the one that the reader chose; everything that is filled in is escaped."""
    language = language or language_of(request)
    shown = {
        **context,
        "_": translations(language).gettext,
        "language": language.value,
        "account": account,
        "path": request.url.path,
    }
    return HTMLResponse(_ENVIRONMENT.get_template(template).render(shown), status)


def refusal_page(request: Request, refused: KanmonError, account: Account | None) -> Response:
    """What was refused, in words, with the way back to the beginning."""
    said = refused.told(translations(language_of(request)).gettext)
    return refusal_headers(page(request, "refusal.html", {"said": said}, account, refused.http_status), refused)


def refusal_headers(response: Response, refused: Exception) -> Response:
    """The answer, with what its headers say of a refusal: when to come again."""
    if isinstance(refused, TooManyRequests):
        response.headers["Retry-After"] = str(refused.seconds)
    return response
