"""Pages: a template, the reader's language, and what every page shows."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from kanmon.access.account import Account
from kanmon.access.words import ROLES
from kanmon.core.clock import TOKYO
from kanmon.core.errors import KanmonError, TooManyRequests
from kanmon.core.language import Language, translations
from kanmon.web.carried_refusal import CarriedRefusal

LANGUAGE_COOKIE = "kanmon_language"
REFUSAL_COOKIE = "__Host-kanmon-refusal"
_LANGUAGE_FIELD = "kanmon_language"


async def ask_again(request: Request) -> None:
    """A dependency of a route whose form may be sent again, in the other language, without changing anything.

    Its page is an answer and has no address of its own: the button for the other language sends the same form.
    """
    request.state.form = await request.form()


def chosen_language(request: Request) -> Language | None:
    """The language that the reader chose, with this form or before; None where none was."""
    written = _form_of(request).get(_LANGUAGE_FIELD, request.cookies.get(LANGUAGE_COOKIE))
    return next((language for language in Language if language == written), None)


def language_of(request: Request) -> Language:
    """The language that the reader chose, else the one that the browser asks for."""
    return chosen_language(request) or asked_language(request)


def asked_language(request: Request) -> Language:
    """Of the languages that we speak, the one that the header `Accept-Language` likes most, else Japanese."""
    liked: dict[Language, float] = {}
    for part in request.headers.get("accept-language", "").split(","):
        tag, *parameters = (piece.strip().lower() for piece in part.split(";"))
        language = next((one for one in Language if tag == one or tag.startswith(f"{one}-")), None)
        if language is not None:
            liked.setdefault(language, _weight_of(parameters))
    return max((one for one in liked if liked[one] > 0), key=lambda one: liked[one], default=Language.JAPANESE)


def _weight_of(parameters: Sequence[str]) -> float:
    """How much a part of `Accept-Language` is liked: its `q`, 1 where none is written, 0 where it can't be read."""
    written = next((piece.removeprefix("q=") for piece in parameters if piece.startswith("q=")), "1")
    return float(written) if re.fullmatch(r"0(\.\d{0,3})?|1(\.0{0,3})?", written) else 0


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
    catalogue = translations(language)
    carried = None if request.method == "POST" else CarriedRefusal.read(request.cookies.get(REFUSAL_COOKIE, ""))
    shown = {
        **context,
        **(carried.filled_in(request.url.path, context) if carried else {}),
        "carried": carried and carried.refusal,
        "refusal": _refusal_to_carry(request, context, carried),
        "_": catalogue.gettext,
        "pgettext": catalogue.pgettext,
        "language": language.value,
        "account": account,
        "roles": ROLES,
        "path": request.url.path,
        "back": _back(request),
        "form": _form_to_send_again(request),
        "language_field": _LANGUAGE_FIELD,
    }
    response = HTMLResponse(_ENVIRONMENT.get_template(template).render(shown), status)
    if carried is not None:
        response.delete_cookie(REFUSAL_COOKIE, secure=True, httponly=True, samesite="lax", path="/")
    if _LANGUAGE_FIELD in _form_of(request):
        keep_language(response, language)
    return response


def keep_language(response: Response, language: Language) -> None:
    """Have the browser remember the language for a year."""
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=31_536_000, samesite="lax", httponly=True)


def refusal_page(request: Request, refused: KanmonError, account: Account | None) -> Response:
    """What was refused, in words, with the way back to the beginning."""
    return refusal_headers(page(request, "refusal.html", {"refused": refused}, account, refused.http_status), refused)


def keep_refusal(response: Response, written: str) -> None:
    """Have the browser bring what a form was refused to the page that is shown next, which ends it."""
    if CarriedRefusal.read(written) is not None:
        response.set_cookie(REFUSAL_COOKIE, written, max_age=60, secure=True, httponly=True, samesite="lax", path="/")


def refusal_headers(response: Response, refused: Exception) -> Response:
    """The answer, with what its headers say of a refusal: when to come again."""
    if isinstance(refused, TooManyRequests):
        response.headers["Retry-After"] = str(refused.seconds)
    return response


def _form_of(request: Request) -> Mapping[str, object]:
    form: Mapping[str, object] = getattr(request.state, "form", {})
    return form


def _form_to_send_again(request: Request) -> list[tuple[str, str]] | None:
    """The fields of the form that this page answers; None where it answers none, or one with a file in it."""
    if not hasattr(request.state, "form"):
        return None
    fields = [(name, value) for name, value in _form_of(request).items() if name != _LANGUAGE_FIELD]
    written = [(name, value) for name, value in fields if isinstance(value, str)]
    has_files = any(getattr(value, "filename", None) for _, value in fields)
    return None if has_files else written


def _refusal_to_carry(request: Request, context: Mapping[str, object], carried: CarriedRefusal | None) -> str:
    """What the button for the other language takes along: why this form was refused; empty where it was not."""
    refused = context.get("refusal", context.get("refused"))
    if request.method == "POST" and isinstance(refused, KanmonError):
        return CarriedRefusal.of(refused, _back(request), context).written()
    return carried.written() if carried else ""


def _back(request: Request) -> str:
    """The address to show again in the other language: this page's, or the one that a form was sent from."""
    if request.method in ("GET", "HEAD"):
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    sender = urlsplit(request.headers.get("referer", ""))
    return sender.path if sender.netloc == request.url.netloc and sender.path else "/"
