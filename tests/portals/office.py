"""The privacy owner's office: a workspace after the main job, with the portals over it, asked without a browser."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response

from kanmon.access.account import NewAccount
from kanmon.access.use_cases.sign_in import account_service
from kanmon.application.application import Application
from kanmon.core.clock import TOKYO, SystemClock
from kanmon.core.ids import ClientId
from kanmon.core.language import Language
from tests.journey.command import Road

HOST = "https://kanmon.example.jp"
OURS = {"Sec-Fetch-Site": "same-origin"}
LOOKS = 3

Visit = Callable[[AsyncClient], Awaitable[Response]]


@dataclass(frozen=True)
class Office:
    """A workspace after the main job and the gate's newest answers, with an account for each who may come."""

    road: Road
    gate: dict[str, Any]
    app: FastAPI
    passwords: dict[str, str]
    stale_screen: str
    """The screen that some looks saw with other words."""

    def asked(self, rule: str = "strict") -> dict[str, str]:
        """A period from some weeks after the newest season opened to this day."""
        [(opened,)] = self.road.rows("SELECT max(opens_at) FROM season")
        days = (opened + timedelta(days=47), SystemClock().now() + timedelta(days=1))
        since, until = (day.astimezone(TOKYO).date().isoformat() for day in days)
        return {"since": since, "until": until, "rule": rule}

    def visit(self, name: str, visit: Visit, language: Language = Language.JAPANESE) -> Response:
        """What someone who has signed in gets."""

        async def signed_in() -> Response:
            async with AsyncClient(transport=ASGITransport(app=self.app), base_url=HOST, headers=OURS) as browser:
                answer = await browser.post("/sign-in", data={"name": name, "password": self.passwords[name]})
                assert answer.status_code == 303, (answer.status_code, told(answer.text))
                browser.cookies.set("kanmon_language", language)
                return await visit(browser)

        return asyncio.run(signed_in())

    def get(self, path: str, name: str = "officer", language: Language = Language.JAPANESE) -> Response:
        """A page."""
        return self.visit(name, lambda browser: browser.get(path), language)

    def post(self, path: str, name: str = "officer", **fields: str) -> Response:
        """What a form answers."""
        return self.visit(name, lambda browser: browser.post(path, data=fields))


def plant_stale_looks(renderings: Path) -> str:
    """Looks of the last days that saw other words on the screen which they return."""
    screen = renderings.read_text(encoding="utf-8").splitlines()[-1].split(",")[0].strip('"')
    now = SystemClock().now()
    with renderings.open("a", encoding="utf-8") as file:
        for days in range(1, LOOKS + 1):
            file.write(f'"{screen}","{(now - timedelta(days=days)).isoformat()}","{"0" * 64}","crawler"\n')
    return screen


def accounts(application: Application) -> dict[str, str]:
    doors, by, because = account_service(application), "tester", "to look at pages"
    return {
        "officer": doors.add(NewAccount("officer"), by, because),
        "staff": doors.add(NewAccount("staff", client_id=ClientId("AOBA")), by, because),
    }


def rows(page: Response, heading: str) -> list[list[str]]:
    """The cells of the table in the region of that name, without tags."""
    region = re.search(rf'aria-label="{re.escape(heading)}".*?<tbody>(.*?)</tbody>', page.text, re.DOTALL)
    assert region, heading
    return [
        [told(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in re.findall(r"<tr>(.*?)</tr>", region[1], re.DOTALL)
    ]


def told(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())
