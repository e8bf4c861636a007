"""What stands before every page: no forged request, no foreign content, nothing kept by a cache.

A request that changes something must say that it comes from our own pages: by Sec-Fetch-Site or, from browsers that
don't send it, by Origin. One that says neither is refused. The API is not for browsers and carries a key instead.
"""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_POLICY = "Content-Security-Policy"
_HEADERS = {
    _POLICY: ("default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HSTS = {"Strict-Transport-Security": "max-age=31536000"}
_PRIVATE = "no-store"


class Protection:
    """An ASGI middleware around the whole application; paths below `keyed` are for programs with a key of their own.

    Where people come over https (`is_https`), browsers are told never to come otherwise.
    """

    def __init__(self, app: ASGIApp, keyed: str, cached: str, is_https: bool) -> None:
        self._app = app
        self._keyed = keyed
        self._cached = cached
        self._own_headers = _HEADERS | (_HSTS if is_https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what may be forged; add the headers to what is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(
                    {name: value for name, value in self._own_headers.items() if name not in stricter(headers)}
                )
                if not scope["path"].startswith(self._cached):
                    headers["Cache-Control"] = _PRIVATE
            await send(message)

        is_safe = scope["method"] in _SAFE or scope["path"].startswith(self._keyed)
        if is_safe or is_from_our_pages(Headers(scope=scope), scope["scheme"]):
            await self._app(scope, receive, answer)
        else:
            refusal = PlainTextResponse("403 このサイトの画面から操作してください / Use this site's own pages\n", 403)
            await refusal(scope, receive, answer)


def stricter(headers: Headers) -> frozenset[str]:
    """The headers of ours that an answer has with more strictness already: a policy that begins by allowing nothing."""
    policy = headers.get(_POLICY, "")
    return frozenset({_POLICY} if policy.startswith("default-src 'none';") else ())


def is_from_our_pages(headers: Headers, scheme: str) -> bool:
    """Whether a request comes from a page of the host that it is for."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return headers.get("origin") == f"{scheme}://{headers.get('host')}"
