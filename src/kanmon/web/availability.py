"""While the database doesn't answer, every page says so at once: nobody waits for a connection that isn't there."""

import asyncio
import json
from typing import Protocol

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kanmon.core.errors import DatabaseUnavailable

WORDS_OF_PAGES = (
    "503 いまは表示できません。少し待ってからもう一度お試しください / The database does not answer; try again soon\n"
)
_WORDS_OF_API = "the database does not answer; try again soon"
_LOOKS = frozenset({"GET", "HEAD"})
_HEADERS = {"Retry-After": "1"}


class Heartbeat(Protocol):
    """Knows whether the database answers."""

    @property
    def is_there(self) -> bool:
        """Whether it answered the last time in time."""

    async def lost(self) -> None:
        """Return once it didn't."""


class Availability:
    """An ASGI middleware that refuses (503) while the heartbeat of the app's database isn't there.

    Below `keyed` a refusal is JSON, as the API's are; below `spared` nothing asks the database. Who only looks, and
    waits when the database is lost, is told so then; what changes something is let end, so that its outcome is told.
    """

    def __init__(self, app: ASGIApp, keyed: str, spared: tuple[str, ...]) -> None:
        self._app = app
        self._keyed = keyed
        self._spared = spared
        self._left: set[asyncio.Future[None]] = set()
        """Requests that were refused while they waited: they end when the database says something."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        heartbeat = None
        if scope["type"] == "http" and not scope["path"].startswith(self._spared):
            heartbeat = _heartbeat_of(scope)
        if heartbeat is None or (heartbeat.is_there and scope["method"] not in _LOOKS):
            await self._app(scope, receive, send)
        elif not heartbeat.is_there or not await self._is_answered(scope, receive, send, heartbeat):
            await self._refusal(scope["path"])(scope, receive, send)

    async def _is_answered(self, scope: Scope, receive: Receive, send: Send, heartbeat: Heartbeat) -> bool:
        """Pass the request on; False where the database was lost before the answer began, which is then held back."""
        answer = _Answer(send)
        answering = asyncio.ensure_future(self._app(scope, receive, answer.send))
        lost = asyncio.ensure_future(heartbeat.lost())
        try:
            await asyncio.wait({answering, lost}, return_when=asyncio.FIRST_COMPLETED)
            if answering.done() or answer.has_begun:
                await answering
                return True
        except asyncio.CancelledError:
            answering.cancel()
            raise
        finally:
            lost.cancel()
        answer.is_held_back = True
        self._left.add(answering)
        answering.add_done_callback(self._forget)
        return False

    def _forget(self, answering: "asyncio.Future[None]") -> None:
        self._left.discard(answering)
        if not answering.cancelled():
            answering.exception()  # it was told already that the database is gone

    def _refusal(self, path: str) -> Response:
        if path.startswith(self._keyed):
            told = json.dumps({"code": DatabaseUnavailable.code, "message": _WORDS_OF_API})
            return Response(told, DatabaseUnavailable.http_status, _HEADERS, "application/json")
        return PlainTextResponse(WORDS_OF_PAGES, DatabaseUnavailable.http_status, _HEADERS)


class _Answer:
    """What an application sends, as long as it is not held back."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_begun = False
        self.is_held_back = False

    async def send(self, message: Message) -> None:
        if not self.is_held_back:
            self.has_begun = True
            await self._send(message)


def _heartbeat_of(scope: Scope) -> Heartbeat | None:
    """What knows whether the database answers; None before the app has begun, and where nobody looks."""
    decisions = getattr(scope["app"].state, "decisions", None)
    return None if decisions is None else decisions.heartbeat
