"""What every answer says to the browser that gets it."""

import asyncio

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from kanmon.web.protection import Protection


async def page(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("page")(scope, receive, send)


@pytest.mark.parametrize("is_https", [True, False])
def test_browsers_are_told_to_come_by_https_alone_where_people_come_so(is_https: bool) -> None:
    async def asked() -> httpx.Headers:
        transport = httpx.ASGITransport(Protection(page, keyed="/api/", cached="/static/", is_https=is_https))
        async with httpx.AsyncClient(transport=transport, base_url="https://kanmon.example") as client:
            return (await client.get("/")).headers

    headers = asyncio.run(asked())
    assert headers.get("strict-transport-security") == ("max-age=31536000" if is_https else None)
    assert headers["cache-control"] == "no-store"
