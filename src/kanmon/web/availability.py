"""While the database doesn't answer, every page says so at once: nobody waits for a connection that isn't there."""

import json

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from kanmon.errors import DatabaseUnavailable

_WORDS_OF_PAGES = (
    "503 いまは表示できません。少し待ってからもう一度お試しください / The database does not answer; try again soon\n"
)
_WORDS_OF_API = "the database does not answer; try again soon"
_HEADERS = {"Retry-After": "1"}


class Availability:
    """An ASGI middleware that refuses (503) while the heartbeat of the app's database isn't there.

    Below `keyed` a refusal is JSON, as the API's are; below `spared` nothing asks the database.
    """

    def __init__(self, app: ASGIApp, keyed: str, spared: str) -> None:
        self._app = app
        self._keyed = keyed
        self._spared = spared

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or scope["path"].startswith(self._spared) or _is_there(scope):
            await self._app(scope, receive, send)
            return
        await self._refusal(scope["path"])(scope, receive, send)

    def _refusal(self, path: str) -> Response:
        if path.startswith(self._keyed):
            told = json.dumps({"code": DatabaseUnavailable.code, "message": _WORDS_OF_API})
            return Response(told, DatabaseUnavailable.http_status, _HEADERS, "application/json")
        return PlainTextResponse(_WORDS_OF_PAGES, DatabaseUnavailable.http_status, _HEADERS)


def _is_there(scope: Scope) -> bool:
    """Whether the database answers; before the app has begun, and where nobody looks, that is assumed."""
    decisions = getattr(scope["app"].state, "decisions", None)
    return decisions is None or decisions.heartbeat.is_there
