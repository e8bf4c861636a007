"""The button for the other language, on pages that have an address and on pages that answer a form."""

import asyncio
import re
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, File, Form, Request, UploadFile
from fastapi.responses import Response

from kanmon.web import sign_in
from kanmon.web.pages import ask_again, page

FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
BUTTON = re.compile(r'<button class="quiet" name="(\w+)" value="(\w+)"')
ACTION = re.compile(r'<form method="post"(?: action="([^"]+)")?>')


class Browser:
    """Asks an application in this process, and keeps its cookies."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._cookies = httpx.Cookies()

    def get(self, address: str) -> httpx.Response:
        return self._answer("GET", address)

    def post(self, address: str, **sent: Any) -> httpx.Response:
        return self._answer("POST", address, **sent)

    def _answer(self, method: str, address: str, **sent: Any) -> httpx.Response:
        async def answer() -> httpx.Response:
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(
                transport=transport, base_url="https://kanmon.example", cookies=self._cookies
            ) as client:
                response = await client.request(method, address, **sent)
                self._cookies = client.cookies
                return response

        return asyncio.run(answer())


@pytest.fixture
def pages() -> Browser:
    """Pages as the portals have them: by an address, as an answer to a question, and as a form that was refused."""
    app = FastAPI()
    app.include_router(sign_in.router)

    def shown(request: Request, said: str) -> Response:
        return page(request, "refusal.html", {"said": said})

    @app.get("/list")
    def show_list(request: Request) -> Response:
        return shown(request, "list")

    @app.post("/question", dependencies=[Depends(ask_again)])
    def answer(
        request: Request, code: Annotated[str, Form()], file: Annotated[UploadFile | None, File()] = None
    ) -> Response:
        return shown(request, f"answer to {code}")

    @app.post("/change")
    def change(request: Request, password: Annotated[str, Form()]) -> Response:
        return page(request, "refusal.html", {"said": "refused"}, status=422)

    return Browser(app)


def pressed(pages: Browser, shown: httpx.Response, address: str) -> httpx.Response:
    """What comes of pressing the button, redirects followed as a browser does."""
    language = shown.text[shown.text.index("<nav") : shown.text.index("</nav>")]
    [(name, value)] = BUTTON.findall(language)
    [action] = ACTION.findall(language)
    answered = pages.post(action or address, data={**dict(FIELD.findall(language)), name: value})
    return pages.get(answered.headers["location"]) if answered.status_code == 303 else answered


def test_a_list_keeps_what_it_was_asked_to_show(pages: Browser) -> None:
    shown = pages.get("/list?client=AOBA&start=100")
    assert 'name="back" value="/list?client=AOBA&amp;start=100"' in shown.text


def test_an_answer_is_given_again_in_the_other_language_and_the_choice_is_kept(pages: Browser) -> None:
    shown = pages.post("/question", data={"code": 'AB"CD'})
    assert '<html lang="ja">' in shown.text
    again = pages.post("/question", data={"code": "ABCD"})
    english = pressed(pages, again, "/question")
    assert english.status_code == 200
    assert '<html lang="en">' in english.text
    assert "answer to ABCD" in english.text
    assert '<html lang="ja">' in pressed(pages, english, "/question").text
    assert '<html lang="ja">' in pages.get("/list").text


def test_a_form_that_was_refused_leads_back_to_where_it_was_sent_from(pages: Browser) -> None:
    shown = pages.post("/change", data={"password": "secret"}, headers={"Referer": "https://kanmon.example/list?x"})
    assert "secret" not in shown.text
    english = pressed(pages, shown, "/change")
    assert english.status_code == 200
    assert '<html lang="en">' in english.text


@pytest.mark.parametrize("referer", ["https://elsewhere.example/list", "nonsense", ""])
def test_nobody_is_led_elsewhere(pages: Browser, referer: str) -> None:
    shown = pages.post("/change", data={"password": "secret"}, headers={"Referer": referer})
    assert 'name="back" value="/"' in shown.text


def test_a_file_is_not_sent_again(pages: Browser) -> None:
    files = {"file": ("service.yaml", b"law: JP-APPI-2022")}
    shown = pages.post("/question", data={"code": "A"}, files=files, headers={"Referer": "https://kanmon.example/list"})
    assert 'name="back" value="/list"' in shown.text


def test_a_language_that_there_is_not_changes_nothing(pages: Browser) -> None:
    shown = pages.post("/question", data={"code": "A", "kanmon_language": "xx"})
    assert '<html lang="ja">' in shown.text
