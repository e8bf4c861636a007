"""A browser without a browser: pages of the service asked in the test's own process."""

import asyncio
from collections.abc import Mapping

import httpx

from kanmon.access.account import NewAccount
from kanmon.access.use_cases.sign_in import account_service
from kanmon.application.application import Application
from kanmon.web.app import create_app

ORIGIN = "https://testserver"
Files = Mapping[str, tuple[str, bytes]]


class Pages:
    """Asks for pages as somebody who is signed in, and follows where they lead."""

    def __init__(self, application: Application, account: NewAccount) -> None:
        self._app = create_app(application)
        self._cookies = httpx.Cookies()
        password = account_service(application).add(account, "tester", "to look at pages")
        signed_in = self.post("/sign-in", {"name": account.name, "password": password})
        assert signed_in.status_code == 200, signed_in.text

    def get(self, address: str) -> httpx.Response:
        """A page."""
        return asyncio.run(self._ask("GET", address))

    def post(self, address: str, form: Mapping[str, str] | None = None, files: Files | None = None) -> httpx.Response:
        """What a press on a button leads to; `files` are names and bytes by the name of their field."""
        return asyncio.run(self._ask("POST", address, form or {}, files))

    async def _ask(
        self, method: str, address: str, form: Mapping[str, str] | None = None, files: Files | None = None
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(
            transport=transport, base_url=ORIGIN, cookies=self._cookies, follow_redirects=True
        ) as client:
            answer = await client.request(method, address, data=form, files=files, headers={"Origin": ORIGIN})
            self._cookies = client.cookies
            return answer
