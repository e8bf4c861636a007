"""The service as one ASGI application over one workspace."""

import gc
import os
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
from kanmon.bootstrap.decisions import deciding
from kanmon.bootstrap.doors import Doors
from kanmon.errors import KanmonError, NotFound
from kanmon.language import N_, translations
from kanmon.road.ports import Progress
from kanmon.web import (
    account,
    api,
    board,
    client,
    client_use,
    consent_api,
    decisions_api,
    erase,
    erasures,
    my_requests,
    oidc,
    passkeys,
    public,
    reads,
    requests,
    review,
    sign_in,
    stale,
    student,
    use_alerts,
)
from kanmon.web.access import SignInNeeded, account_of
from kanmon.web.officer import desks
from kanmon.web.pages import language_of, page, refusal_headers, refusal_page
from kanmon.web.protection import Protection

SECONDS_TO_ANSWER = 300
"""How long a serving process may be silent before it is replaced; on a busy machine it takes a while to begin."""
API = "/api/"
STATIC = "/static/"
PORTAL_ROUTERS = (
    student.router, my_requests.router, reads.router, erase.router,
    client_use.router, client.router, erasures.router, stale.router,
    review.router,
    *desks.ROUTERS, requests.router, use_alerts.router,
)  # fmt: skip
"""Each behind the role that its portal is for."""
ROUTERS = (
    sign_in.router, oidc.router, passkeys.router, account.router, erase.afterwards, public.router,
    *PORTAL_ROUTERS,
    api.router, consent_api.router, decisions_api.router,
    board.router,
)  # fmt: skip


def create_app(application: Application, close: Callable[[], None] | None = None) -> FastAPI:
    """The portals over an open application; `close` is called when no more requests come."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with deciding(application) as app.state.decisions:
            yield
        if close is not None:
            close()

    app = FastAPI(title="Kanmon", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json", lifespan=lifespan)
    app.state.application = application
    app.state.sign_in = application.sign_in()
    app.state.doors = Doors.of(application, app.state.sign_in.sessions, os.environ)
    for router in ROUTERS:
        app.include_router(router)
    app.mount(STATIC.rstrip("/"), StaticFiles(directory=Path(__file__).with_name("static")))
    app.add_exception_handler(SignInNeeded, _ask_to_sign_in)
    app.add_exception_handler(KanmonError, _tell)
    app.add_exception_handler(HTTPException, _tell_not_found)
    app.add_exception_handler(RequestValidationError, _tell_not_found)
    schema = app.openapi
    app.openapi = lambda: api.described(schema(), (api.Events, *consent_api.BODIES))  # type: ignore[method-assign]
    app.add_middleware(Protection, keyed=API, cached=STATIC)
    return app


def serve(application: Application, host: str, port: int) -> None:
    """Serve until the process is told to stop."""
    app = create_app(application)
    _settle()
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False)


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
    app = create_app(application, stack.close)
    _settle()
    return app


def _settle() -> None:
    """Take what was imported to get here out of the garbage collector's sight.

    It stays, and looking at it again would stop every request for a tenth of a second.
    """
    gc.collect()
    gc.freeze()


def _ask_to_sign_in(request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInNeeded)
    return sign_in.sign_in_page(request, error)


def _tell(request: Request, error: Exception) -> Response:
    assert isinstance(error, KanmonError)
    if request.url.path.startswith(API):
        return refusal_headers(api.refusal(error), error)
    return refusal_page(request, error, account_of(request))


def _tell_not_found(request: Request, error: Exception) -> Response:
    """A path, an ID or a form that isn't one of ours: all look alike."""
    if isinstance(error, HTTPException) and request.url.path.startswith(API):
        return api.refusal(error)
    status = error.status_code if isinstance(error, HTTPException) else NotFound.http_status
    said = translations(language_of(request)).gettext(N_("there is nothing here for you under that address"))
    return page(request, "refusal.html", {"said": said}, account_of(request), status)
