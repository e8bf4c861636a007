"""`kanmon.js` in a real Chromium: small, the same hash as ours of just what can be read, no event lost."""

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Browser, Page

from kanmon.consent.policy import text_sha256
from kanmon.consent.rendered.model import ticket_of
from kanmon.reviews.screens.files.browser import WORDS
from tests.portals.test_coverage import HIDDEN

SOURCE = Path(__file__).parents[2] / "src" / "kanmon"
SCRIPT = (SOURCE / "web" / "static" / "kanmon.js").read_text(encoding="utf-8")
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'"
NEEDS_SCROLLING = {"clip-path"}
"""What the script can't find out without moving the person's page."""
UNREADABLE = "この文は、どこにも表示されない文です"


class Host:
    """An origin with a strict content policy: one page, the script, and a relay that answers as it is told."""

    def __init__(self) -> None:
        self.body = ""
        self.status = 200
        self.received: list[dict[str, Any]] = []
        self.batches = 0
        self.reports: list[tuple[dict[str, Any], str | None]] = []
        """What browsers rendered, each with the cookie that came along."""
        self.url = ""


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    host = Host()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            relays = 'data-events="/events" data-renderings="/seen"'
            head = f'<!doctype html><meta charset="utf-8"><script src="/kanmon.js" {relays} defer></script>'
            is_script = self.path == "/kanmon.js"
            self.reply(200, "text/javascript" if is_script else "text/html", SCRIPT if is_script else head + host.body)

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.path == "/events":
                host.batches += 1
                host.received += json.loads(sent)["events"]
            if self.path == "/seen":
                host.reports += ((report, self.headers["Cookie"]) for report in json.loads(sent)["renderings"])
            self.reply(host.status, "text/html", sent)

        def reply(self, status: int, kind: str, text: str) -> None:
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        host.url = f"http://127.0.0.1:{server.server_address[1]}/"
        yield host
        server.shutdown()
        thread.join()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="ja-JP", reduced_motion="reduce")
    yield context.new_page()
    context.close()


def test_it_is_under_10_kb_and_depends_on_nothing() -> None:
    assert len(gzip.compress(SCRIPT.encode())) < 10_000
    assert "import" not in SCRIPT
    assert "eval(" not in SCRIPT


def test_the_hash_is_ours_whatever_white_space_and_forms_of_characters_a_text_has(host: Host, page: Page) -> None:
    host.body = '<section data-policy-id="privacy"></section>'
    page.goto(host.url)
    spaces = ["", "  a \u3000 b\r\n\tc ", "a\u00a0b\u2003c\u0085d\x1cd", "\ufeffa\u200bb"]
    texts = [*spaces, "ｶﾞ①㍻ＡＢ", "é e\u0301", "\U0002f824", "ﷺ"]
    for text in texts:
        put = "text => { document.querySelector('section').textContent = text; }"
        page.evaluate(put, text)
        assert page.evaluate("kanmon.textHash('privacy')") == text_sha256(text), ascii(text)


@pytest.mark.parametrize("name", sorted(HIDDEN.keys() - NEEDS_SCROLLING))
def test_it_reads_what_the_crawler_reads(host: Host, page: Page, name: str) -> None:
    style, _ = HIDDEN[name]
    around = '<h2>規約<br>第1条</h2><p data-clause="c1">読める<b>文</b></p>{}<ul><li>一<li>二</ul>'
    inside = around.format(f'<p style="{style}">{UNREADABLE}</p>')
    host.body = f'<body style="background:#fff"><section data-policy-id="privacy">{inside}</section>'
    page.context.route("**/", lambda route: route.fulfill(body=route.fetch().text(), content_type="text/html"))
    page.goto(host.url)
    ours = page.evaluate("kanmon.visibleText(document.querySelector('section'))")
    [found] = page.evaluate(WORDS)["policies"]
    crawlers = "".join(piece["text"] for piece in found["pieces"] if piece["hiding"] is None)
    assert UNREADABLE not in ours
    assert text_sha256(ours) == text_sha256(crawlers)


def test_a_form_takes_the_hash_of_the_words_along_under_a_strict_policy(host: Host, page: Page) -> None:
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text))
    host.body = (
        '<section data-policy-id="other">別</section><section data-policy-id="privacy"><p>文面</p></section>'
        '<form method="post" action="/done" data-consent="privacy">'
        '<button name="consent" value="accept">同意</button></form>'
    )
    page.goto(host.url)
    page.click("button")
    page.wait_for_url("**/done")
    sent = dict(parse_qsl(page.inner_text("body")))
    assert sent == {"kanmon_text_sha256": text_sha256("文面"), "consent": "accept"}
    assert problems == []


def test_an_event_is_kept_and_sent_again_until_it_is_acknowledged(host: Host, page: Page) -> None:
    host.received.clear()
    host.status = 503
    host.body = '<body data-kanmon-kind="view" data-kanmon-target="AOBA">'
    page.goto(host.url)
    page.evaluate("kanmon.event('search', {page: '/s'})")
    page.evaluate("kanmon.flush()")
    assert page.evaluate("Object.keys(localStorage).length") == 2
    first = [event["event_id"] for event in host.received[:2]]
    host.status, host.body = 200, "<body>"
    page.goto(host.url)
    page.evaluate("kanmon.flush()")
    while page.evaluate("Object.keys(localStorage).length"):
        page.wait_for_timeout(50)
    again = [event for event in host.received if event["event_id"] in first]
    assert len(again) >= 4
    assert {event["event_id"] for event in host.received} == set(first)
    told = {(event["kind"], event["target"], event["page"]) for event in again}
    assert told == {("view", "AOBA", "/"), ("search", None, "/s")}


def test_what_will_never_be_taken_is_not_sent_for_ever(host: Host, page: Page) -> None:
    host.status, host.body = 422, '<body data-kanmon-kind="view">'
    page.goto(host.url)
    page.evaluate("kanmon.flush()")
    while page.evaluate("Object.keys(localStorage).length"):
        page.wait_for_timeout(50)


def test_words_are_reported_though_nobody_answers_and_name_nobody(host: Host, page: Page) -> None:
    host.reports.clear()
    host.status = 200
    planted = "スコアは、社内の分析にのみ利用します。"
    host.body = (
        f'<form data-consent="privacy">{"<br>" * 200}<section lang="ja" data-policy-id="privacy" '
        f'data-policy-version="2.0" data-kanmon-screen="pre_entry"><p>{planted}</p></section>'
        '<input type="hidden" name="kanmon_token" value="t"></form>'
    )
    page.context.add_cookies([{"name": "visitor", "value": "v", "url": host.url}])
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text))
    page.goto(host.url)
    with page.expect_response("**/seen"):
        page.locator("section").scroll_into_view_if_needed()
    with page.expect_response("**/seen"):
        page.evaluate("document.querySelector('section').append('改めました')")
    told = [(report["text_sha256"], report["screen_id"], report["language"], report["version"], cookie)
            for report, cookie in host.reports]  # fmt: skip
    words = [text_sha256(planted), text_sha256(f"{planted}\n改めました")]
    assert told == [(sha256, "pre_entry", "ja", "2.0", None) for sha256 in words]
    assert {report["ticket"] for report, _ in host.reports} == {ticket_of("t")}
    assert problems == []
