"""What a request that failed is answered with: a page or JSON, never a traceback or a value of anybody's."""

import sys
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kanmon.application.failures import failure_of, in_words
from kanmon.core.errors import KanmonError
from kanmon.core.language import N_
from kanmon.intake import web as api
from kanmon.web.pages import refusal_page

_WORDS = N_(
    "Something failed on our side, and the people who run this service can read what. Please look first whether what "
    "you did was taken, then try again later."
)


class Failures:
    """An ASGI middleware that answers where nothing else did: for people below no `keyed` path, else for programs.

    The log gets a sentence. `root` is the workspace, where the traceback of a fault of the program is written.
    """

    def __init__(self, app: ASGIApp, keyed: str, root: Path) -> None:
        self._app = app
        self._keyed = keyed
        self._root = root

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; an answer that has begun can't be taken back, and ends."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def answer(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            raise
        except Exception as error:
            fault = await run_in_threadpool(failure_of, error, self._root)
            if fault is not error:
                sys.stderr.write(f"kanmon serve: {in_words(fault)}")
                fault = _without_values(fault)
            if not has_begun:
                await self._refusal(scope, fault)(scope, receive, send)

    def _refusal(self, scope: Scope, fault: KanmonError) -> Response:
        if scope["path"].startswith(self._keyed):
            return api.refusal(fault)
        return refusal_page(Request(scope), fault, None)


def _without_values(fault: KanmonError) -> KanmonError:
    """The same failure as those may read it who come from outside: files and programs are none of their business."""
    return type(fault)(_WORDS)
