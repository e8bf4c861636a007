"""The service as one ASGI application over one workspace."""

from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from uvicorn.supervisors import Multiprocess

from kanmon.bootstrap.application import Application
from kanmon.errors import KanmonError, NotFound
from kanmon.language import N_, translations
from kanmon.road.ports import Progress
from kanmon.web import api, client, client_use, officer, sign_in, student, use_alerts
from kanmon.web.access import SignInNeeded, account_of
from kanmon.web.pages import language_of, page
from kanmon.web.protection import Protection

SECONDS_TO_ANSWER = 300
"""How long a serving process may be silent before it is replaced; on a busy machine it takes a while to begin."""
API = "/api/"
STATIC = "/static/"


def create_app(application: Application, close: Callable[[], None] | None = None) -> FastAPI:
    """The portals over an open application; `close` is called when no more requests come."""

    @asynccontextmanager
    async def until_closed(_: FastAPI) -> AsyncIterator[None]:
        yield
        if close is not None:
            close()

    app = FastAPI(
        title="Kanmon", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json", lifespan=until_closed
    )
    app.state.application = application
    app.state.sign_in = application.sign_in()
    officers = (officer.router, use_alerts.router)
    clients = (client_use.router, client.router)
    for router in (sign_in.router, student.router, *clients, *officers, api.router):
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


def serve_in_processes(count: int, root: Path, at: datetime | None, progress: Progress, host: str, port: int) -> None:
    """Serve in `count` processes, each with the workspace opened for itself; one that dies is replaced."""
    app = partial(open_app, root, at, progress)
    config = uvicorn.Config(
        app,
        factory=True,
        host=host,
        port=port,
        workers=count,
        log_level="warning",
        server_header=False,
        timeout_worker_healthcheck=SECONDS_TO_ANSWER,
    )
    Multiprocess(config, sockets=[config.bind_socket()]).run()


def open_app(root: Path, at: datetime | None, progress: Progress) -> FastAPI:
    """The portals over a workspace, open until the application is shut down."""
    stack = ExitStack()
    application = stack.enter_context(Application.open(root, at, progress, alone=False))
    return create_app(application, stack.close)


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
