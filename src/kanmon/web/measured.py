"""Every request counted, timed and logged by the template of its route: no path, no address and no name of anybody."""

import os
import re
import sys
import time
import uuid
from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Set where several processes answer: prometheus-client then counts in files that whichever is asked adds up."""
HEADER = b"x-request-id"
NO_ROUTE = "(none)"
ALLOW = "ALLOW"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SENT_ID = re.compile(rb"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Measures:
    """What this service has answered since it began; of several processes, all together."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "kanmon_http_requests", "Requests answered.", ["method", "route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "kanmon_http_request_seconds", "How long they took.", ["method", "route"],
            buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip
        self._answers = Counter(
            "kanmon_gate_answers", "Answers of the gate over HTTP, by reason.", ["use", "reason"],
            registry=self._registry,
        )  # fmt: skip

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request; `route` is a template."""
        self._requests.labels(method, route, f"{status // 100}xx").inc()
        self._seconds.labels(method, route).observe(seconds)

    def decided(self, use: str, reasons: Iterable[str]) -> None:
        """Count one answer of the gate: by each of its reasons, or as allowed."""
        for reason in [*reasons] or [ALLOW]:
            self._answers.labels(use, reason).inc()

    def written(self) -> bytes:
        """All of it in Prometheus' text format."""
        if SHARED_FOLDER not in os.environ:
            return generate_latest(self._registry)
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return generate_latest(registry)


class Measured:
    """The outermost ASGI middleware: gives each request an id, and counts, times and, where `logs`, logs it.

    The answer carries the id as `X-Request-ID`. An id that a proxy sends is taken where it is 32 hexadecimal digits or
    a UUID, so that nobody writes anything else into the log.
    """

    def __init__(self, app: ASGIApp, measures: Measures, static: str, *, logs: bool) -> None:
        self._app = app
        self._measures = measures
        self._static = static
        self._logs = logs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and note its answer; one that was broken off before counts as 499."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        began, status = time.perf_counter(), 499

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), (HEADER, request_id.encode())]}
            await send(message)

        try:
            await self._app(scope, receive, answer)
        finally:
            seconds = time.perf_counter() - began
            method = scope["method"] if scope["method"] in _METHODS else "OTHER"
            route = self._route(scope)
            self._measures.answered(method, route, status, seconds)
            if self._logs:
                sys.stderr.write(
                    f"request method={method} route={route} status={status} ms={seconds * 1000:.1f} id={request_id}\n"
                )

    def _route(self, scope: Scope) -> str:
        template = getattr(scope.get("route"), "path", None)
        if isinstance(template, str):
            return template
        return f"{self._static}…" if scope["path"].startswith(self._static) else NO_ROUTE


def _request_id(scope: Scope) -> str:
    sent = next((value for name, value in scope["headers"] if name == HEADER), b"")
    return sent.decode() if _SENT_ID.fullmatch(sent) else uuid.uuid4().hex
