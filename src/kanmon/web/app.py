"""The service as one ASGI application over one workspace."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from kanmon.access.use_cases.doors import Doors
from kanmon.access.use_cases.sign_in import sign_in_service
from kanmon.access.web import account, oidc, passkeys, reads, sign_in
from kanmon.application.application import Application
from kanmon.audits.overview.web import health
from kanmon.board import web as board
from kanmon.consent.collected import web as consent_api
from kanmon.consent.rendered import web as renderings_api
from kanmon.core.errors import DatabaseDamaged, DatabaseUnavailable, KanmonError, NotFound
from kanmon.core.language import N_
from kanmon.gate import web as decisions_api
from kanmon.gate.use_cases import deciding
from kanmon.incidents.notices.web import person as my_notices
from kanmon.intake import web as api
from kanmon.intake.use_cases.sent_events import Events
from kanmon.provision.web import client, use_alerts
from kanmon.provision.web import decisions as client_decisions
from kanmon.provision.web import decisions_api as client_decisions_api
from kanmon.provision.web import use as client_use
from kanmon.reviews.legal import web as legal
from kanmon.reviews.releases import web as releases
from kanmon.reviews.revisions.web import review
from kanmon.rights.answer.web import person as student
from kanmon.rights.answer.web import public
from kanmon.rights.erasure.web import client as erasures
from kanmon.rights.erasure.web import person as erase
from kanmon.rights.requests.web import client as client_reviews
from kanmon.rights.requests.web import officer as requests
from kanmon.rights.requests.web import person as my_requests
from kanmon.rights.requests.web import stale
from kanmon.web import desks
from kanmon.web.access import SignInNeeded, account_of
from kanmon.web.availability import Availability
from kanmon.web.bodies import Bodies
from kanmon.web.failures import Failures
from kanmon.web.measured import Measured, Measures
from kanmon.web.pages import page, refusal_headers, refusal_page
from kanmon.web.protection import Protection

API = "/api/"
STATIC = "/static/"
PORTAL_ROUTERS = (
    student.router, my_notices.router, my_requests.router, reads.router, erase.router,
    client_use.router, client_decisions.router, client.router, erasures.router, stale.router, client_reviews.router,
    review.router, releases.router, legal.router,
    *desks.ROUTERS, requests.router, use_alerts.router,
)  # fmt: skip
"""Each behind the role that its portal is for."""
ROUTERS = (
    sign_in.router, oidc.router, passkeys.router, account.router, erase.afterwards, public.router,
    *PORTAL_ROUTERS,
    api.router, consent_api.router, renderings_api.router, decisions_api.router, client_decisions_api.router,
    board.router, health.router,
)  # fmt: skip

_LEAST_COMPRESSED = 1024
"""Bytes: below that, compressing an answer gains nothing."""
_WITHOUT_ACCOUNT = (DatabaseUnavailable, DatabaseDamaged)
"""Who asks stands in the database as well."""


def create_app(application: Application) -> FastAPI:
    """The portals over an open application, whose transactions are limited in time from here on."""
    application.transactions.limit_time()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with deciding(application) as app.state.decisions:
            yield

    app = FastAPI(title="Kanmon", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json", lifespan=lifespan)
    app.state.application = application
    app.state.measures = Measures()
    app.state.sign_in = sign_in_service(application)
    app.state.doors = Doors.of(application, app.state.sign_in.sessions, os.environ)
    for router in ROUTERS:
        app.include_router(router)
    app.mount(STATIC.rstrip("/"), StaticFiles(directory=Path(__file__).with_name("static")))
    app.add_exception_handler(SignInNeeded, _ask_to_sign_in)
    app.add_exception_handler(KanmonError, _tell)
    app.add_exception_handler(HTTPException, _tell_not_found)
    app.add_exception_handler(RequestValidationError, _tell_not_found)
    schema = app.openapi
    app.openapi = lambda: api.described(schema(), (Events, renderings_api.RegionReports, *consent_api.BODIES))  # type: ignore[method-assign]
    is_https = (app.state.doors.origin or "").startswith("https://")
    app.add_middleware(Failures, keyed=API, root=application.workspace.root)
    app.add_middleware(Availability, keyed=API, spared=(STATIC, health.ALIVE))
    app.add_middleware(Protection, keyed=API, cached=STATIC, is_https=is_https)
    app.add_middleware(Bodies, keyed=API)
    # No page holds a secret beside what a stranger wrote into its address, and cookies don't come from other sites.
    app.add_middleware(GZipMiddleware, minimum_size=_LEAST_COMPRESSED)
    app.add_middleware(Measured, measures=app.state.measures, static=STATIC, logs=_logs_requests(os.environ))
    return app


def _logs_requests(environ: Mapping[str, str]) -> bool:
    """Whether a line is written for each request: to a program that reads the log, or to whoever wants to hear all."""
    level, form = environ.get("KANMON_LOG"), environ.get("KANMON_LOG_FORMAT")
    return level == "verbose" or (form == "json" and level != "quiet")


def _ask_to_sign_in(request: Request, error: Exception) -> Response:
    assert isinstance(error, SignInNeeded)
    return sign_in.sign_in_page(request, error)


def _tell(request: Request, error: Exception) -> Response:
    assert isinstance(error, KanmonError)
    if request.url.path.startswith(API):
        return refusal_headers(api.refusal(error), error)
    account = None if isinstance(error, _WITHOUT_ACCOUNT) else account_of(request)
    return refusal_page(request, error, account)


def _tell_not_found(request: Request, error: Exception) -> Response:
    """A path, an ID or a form that isn't one of ours: all look alike."""
    if isinstance(error, HTTPException) and request.url.path.startswith(API):
        return api.refusal(error)
    status = error.status_code if isinstance(error, HTTPException) else NotFound.http_status
    missing = NotFound(N_("this page does not exist, or your account may not see it"))
    return page(request, "refusal.html", {"refused": missing}, account_of(request), status)
