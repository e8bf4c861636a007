"""The service as one ASGI application over one workspace."""

from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from kanmon.bootstrap.application import Application
from kanmon.errors import KanmonError, NotFound
from kanmon.language import N_, translations
from kanmon.web import api, client, erase, erasures, officer, sign_in, student
from kanmon.web.access import SignInNeeded, account_of
from kanmon.web.pages import language_of, page
from kanmon.web.protection import Protection

API = "/api/"
STATIC = "/static/"


def create_app(application: Application) -> FastAPI:
    """The portals over an open application."""
    app = FastAPI(title="Kanmon", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json")
    app.state.application = application
    app.state.sign_in = application.sign_in()
    for router in (
        sign_in.router,
        student.router,
        erase.router,
        erase.afterwards,
        client.router,
        erasures.router,
        officer.router,
        api.router,
    ):
        app.include_router(router)
    app.mount(STATIC.rstrip("/"), StaticFiles(directory=Path(__file__).with_name("static")))
    app.add_exception_handler(SignInNeeded, _ask_to_sign_in)
    app.add_exception_handler(KanmonError, _tell)
    app.add_exception_handler(HTTPException, _tell_not_found)
    app.add_exception_handler(RequestValidationError, _tell_not_found)
    schema = app.openapi
    app.openapi = lambda: api.described(schema())  # type: ignore[method-assign]
    app.add_middleware(Protection, keyed=API, cached=STATIC)
    return app


def serve(application: Application, host: str, port: int) -> None:
    """Serve until the process is told to stop."""
    uvicorn.run(create_app(application), host=host, port=port, log_level="warning", server_header=False)


def _ask_to_sign_in(request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInNeeded)
    return sign_in.sign_in_page(request, error, error.http_status)


def _tell(request: Request, error: Exception) -> Response:
    assert isinstance(error, KanmonError)
    if request.url.path.startswith(API):
        return api.refusal(error)
    said = error.told(translations(language_of(request)).gettext)
    return page(request, "refusal.html", {"said": said}, account_of(request), error.http_status)


def _tell_not_found(request: Request, error: Exception) -> Response:
    """A path, an ID or a form that isn't one of ours: all look alike."""
    if isinstance(error, HTTPException) and request.url.path.startswith(API):
        return api.refusal(error)
    status = error.status_code if isinstance(error, HTTPException) else NotFound.http_status
    said = translations(language_of(request)).gettext(N_("there is nothing here for you under that address"))
    return page(request, "refusal.html", {"said": said}, account_of(request), status)
