"""The button for the other language, on pages that have an address and on pages that answer a form."""

import asyncio
import json
import re
from base64 import urlsafe_b64encode
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI, File, Form, Request, UploadFile
from fastapi.responses import Response
from jinja2 import ChoiceLoader, DictLoader

from kanmon.access.account import Account, Role
from kanmon.access.web import sign_in
from kanmon.access.words import ROLES
from kanmon.core.errors import KanmonError, NotFound, UsageError
from kanmon.core.language import Language, translations
from kanmon.web.pages import _ENVIRONMENT, REFUSAL_COOKIE, ask_again, page

REASON = "a password has at least %(length)s characters"
FORM = "https://kanmon.example/use"
USE = '{% extends "base.html" %}{% block content %}<h1>Use</h1><p>{{ filled }}</p>{% endblock %}'

FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
BUTTON = re.compile(r'<button class="quiet" name="(\w+)" value="(\w+)"')
ACTION = re.compile(r'<form method="post"(?: action="([^"]+)")?>')


class Browser:
    """Asks an application in this process, and keeps its cookies."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._cookies = httpx.Cookies()

    def get(self, address: str, **sent: Any) -> httpx.Response:
        return self._answer("GET", address, **sent)

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
def pages(monkeypatch: pytest.MonkeyPatch) -> Browser:
    """Pages as the portals have them: by an address, as an answer to a question, and as a form that was refused."""
    app = FastAPI()
    app.include_router(sign_in.router)

    def shown(request: Request, said: str) -> Response:
        return page(request, "refusal.html", {"refused": UsageError(said)})

    @app.get("/list")
    def show_list(request: Request) -> Response:
        return shown(request, "list")

    @app.post("/question", dependencies=[Depends(ask_again)])
    def answer(
        request: Request, code: Annotated[str, Form()], file: Annotated[UploadFile | None, File()] = None
    ) -> Response:
        return shown(request, f"answer to {code}")

    @app.post("/look", dependencies=[Depends(ask_again)])
    def look(request: Request) -> Response:
        return shown(request, "looked")

    @app.post("/change")
    def change(request: Request, password: Annotated[str, Form()]) -> Response:
        return page(request, "refusal.html", {"refused": UsageError(REASON, length=12)}, status=400)

    assert _ENVIRONMENT.loader is not None
    loaders = [DictLoader({"use.html": USE}), _ENVIRONMENT.loader]
    monkeypatch.setattr(_ENVIRONMENT, "loader", ChoiceLoader(loaders))

    def use(request: Request, filled: dict[str, object], refused: KanmonError | None) -> Response:
        return page(request, "use.html", {"filled": filled, "refused": refused}, status=400 if refused else 200)

    @app.get("/use")
    def ask_for_use(request: Request) -> Response:
        return use(request, {}, None)

    @app.post("/use")
    def state_use(request: Request, purpose: Annotated[str, Form()], kinds: Annotated[list[str], Form()]) -> Response:
        return use(request, {"purpose": purpose, "kinds": kinds}, UsageError(REASON, length=12))

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


def test_a_press_without_fields_is_given_again(pages: Browser) -> None:
    assert "looked" in pressed(pages, pages.post("/look"), "/look").text


def test_a_form_that_was_refused_leads_back_to_where_it_was_sent_from(pages: Browser) -> None:
    shown = pages.post("/change", data={"password": "secret"}, headers={"Referer": "https://kanmon.example/list?x"})
    assert "secret" not in shown.text
    english = pressed(pages, shown, "/change")
    assert english.status_code == 200
    assert '<html lang="en">' in english.text
    assert ">a password has at least 12 characters</p>" in english.text
    japanese = pressed(pages, english, "/list")
    assert translations(Language.JAPANESE).gettext(REASON) % {"length": 12} in japanese.text
    assert 'role="alert">' in japanese.text.split("<h1>")[0]
    assert 'role="alert">' not in pages.get("/list").text.split("<h1>")[0]


def test_what_was_typed_into_a_refused_form_is_there_in_the_other_language(pages: Browser) -> None:
    shown = pages.post("/use", data={"purpose": '"<b>"', "kinds": ["a", "b"]}, headers={"Referer": FORM})
    assert shown.status_code == 400
    english = pressed(pages, shown, "/use")
    assert ">a password has at least 12 characters</p>" in english.text
    assert "{'purpose': '&#34;&lt;b&gt;&#34;', 'kinds': ['a', 'b']}" in english.text.replace("&#39;", "'")
    assert "&lt;b&gt;" not in pages.get("/use").text


def test_what_is_too_long_for_a_cookie_is_left_out_and_the_refusal_stays(pages: Browser) -> None:
    shown = pages.post("/use", data={"purpose": "あ" * 2_000, "kinds": ["a"]}, headers={"Referer": FORM})
    english = pressed(pages, shown, "/use")
    assert ">a password has at least 12 characters</p>" in english.text
    assert "ああ" not in english.text


FORGED: list[object] = [
    [REASON, {"length": "12"}, "/list"], ["pay here: https://elsewhere.example", {}, "/", {}],
    [REASON, {"length": 12}, "/", {}], [REASON, [], "/", {}], [1, {}, "/", {}], [REASON, {"length": "1"}, 1, {}],
    [REASON, {"length": "1", "message": "x"}, "/", {}], {}, "x", None, 7, [],
]  # fmt: skip


@pytest.mark.parametrize("forged", [*(json.dumps(one) for one in FORGED), "", "{", "[" * 100_000])
def test_nothing_but_a_refusal_of_ours_is_shown(pages: Browser, forged: str) -> None:
    written = urlsafe_b64encode(forged.encode()).decode()
    for refusal in (written, forged, written[:-1], "\u3042"):
        answered = pages.post("/language", data={"language": "en", "back": "/list", "refusal": refusal})
        assert answered.status_code == 303
        assert REFUSAL_COOKIE not in answered.headers.get("set-cookie", "")
        assert 'role="alert">' not in pages.get("/list").text.split("<h1>")[0]


def test_fields_of_another_kind_than_the_page_has_are_not_filled_in(pages: Browser) -> None:
    for typed in ({"filled": "text"}, {"filled": {"purpose": {"a": 1}}}, {"filled": [1]}, {"asked": {"x": "y"}}):
        written = urlsafe_b64encode(json.dumps([REASON, {"length": "12"}, "/use", typed]).encode()).decode()
        pages.post("/language", data={"language": "en", "back": "/use", "refusal": written})
        shown = pages.get("/use")
        assert shown.status_code == 200
        assert ">a password has at least 12 characters</p>" in shown.text
        assert "{}" in shown.text


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


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("", "ja"),
        ("en-GB,en;q=0.9", "en"),
        ("ja,en-US;q=0.9", "ja"),
        ("en;q=0.1, ja;q=0.8", "ja"),
        ("fr, en;q=0.5", "en"),
        ("fr", "ja"),
        ("en;q=0, *", "ja"),
        ("en;q=nan, ja;q=0.1", "ja"),
        ("eng", "ja"),
    ],
)
def test_the_browser_asks_for_a_language_where_nobody_chose_one(pages: Browser, asked: str, shown: str) -> None:
    headers = {"Accept-Language": asked}
    assert f'<html lang="{shown}">' in pages.get("/list", headers=headers).text
    other = {"ja": "en", "en": "ja"}[shown]
    pages.post("/question", data={"code": "A", "kanmon_language": other})
    assert f'<html lang="{other}">' in pages.get("/list", headers=headers).text


@pytest.mark.parametrize(
    ("role", "home"), [(Role.PERSON, "/me"), (Role.CLIENT, "/client"), (Role.PRIVACY_OWNER, None), (None, None)]
)
def test_every_page_says_who_is_signed_in_and_where_to_complain(role: Role | None, home: str | None) -> None:
    app = FastAPI()

    @app.get("/list")
    def show(request: Request) -> Response:
        account = None if role is None else Account(1, "hanako", role)
        return page(request, "refusal.html", {"refused": NotFound("nothing")}, account)

    shown = Browser(app).get("/list").text
    header, footer = shown.split("</header>")[0], shown.split("<footer>")[1]
    assert 'href="/about"' in footer
    assert "日本時間" in footer
    assert (role is not None) is ("hanako" in header)
    if role is not None:
        assert translations(Language.JAPANESE).gettext(ROLES[role]) in header
    menu = re.findall(r'<a href="(/[^"]+)"', shown.split("</header>")[1].split("<main")[0])
    assert menu[:1] == ([home] if home else [])
    assert len(menu) <= 6
    assert "<h1>ページを表示できません</h1>" in shown
