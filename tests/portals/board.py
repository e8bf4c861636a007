"""A small job board on a real HTTP server, whose pages a test may replace one by one."""

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from kanmon.consent.policy import Clause, Element, PolicyVersion, Statement
from kanmon.consent.screens import Screen
from kanmon.core.ids import PolicyId, PolicyVersionId, ScreenId, SeasonId
from kanmon.reviews.screens.crawl import Board

POLICY = PolicyId("privacy")
AT = datetime(2026, 4, 1, tzinfo=UTC)
SCREENS = ("REGISTRATION", "PRE_ENTRY", "EVENT_BOOKING", "BRIEFING_BOOKING", "WEB_TEST", "SCOUT")

WORDS = {
    "ja": {
        "c1": "当社は、会員の閲覧履歴から選考離脱の可能性を示すスコアを算出します。",
        "c2": "スコアは、応募先の企業に提供します。企業は、合否の判定に利用しません。",
        "c3": "同意は、いつでも撤回できます。撤回しても不利益はありません。",
    },
    "en": {
        "c1": "We compute a score from your browsing history that shows how likely you are to leave a selection.",
        "c2": "We provide the score to the company that you applied to. It does not decide on passing or failing.",
        "c3": "You may withdraw your consent at any time. It costs you nothing.",
    },
}
OLD = {
    "ja": WORDS["ja"] | {"c2": "スコアは、社内の分析にのみ利用します。"},
    "en": WORDS["en"] | {"c2": "We keep the score to ourselves."},
}


def version(language: str, words: dict[str, str], name: str = "2026-04", month: int = 4) -> PolicyVersion:
    clauses = tuple(Clause(clause, {Element.PURPOSE: Statement(text)}) for clause, text in words.items())
    return PolicyVersion(
        POLICY,
        PolicyVersionId(name),
        language,
        datetime(2026, month, 1, tzinfo=UTC),
        "\n".join(words.values()),
        clauses,
    )


VERSIONS = [
    *(version(language, words) for language, words in WORDS.items()),
    *(version(language, words, "2026-01", 1) for language, words in OLD.items()),
]


@dataclass(frozen=True)
class Asked:
    """One request to the board."""

    path: str
    query: str
    language: str
    count: int
    """How often this path was asked for, this time included."""
    consent: str | None = None


def policy(words: dict[str, str], attributes: str = "", **styles: str) -> str:
    """A policy element; `styles` are written into the clauses of those names."""
    clauses = "".join(
        f'<p data-clause="{clause}" style="{styles.get(clause, "")}">{text}</p>' for clause, text in words.items()
    )
    return f'<section data-policy-id="{POLICY}" data-policy-version="2026-04" {attributes}>{clauses}</section>'


FORM = (
    '<form method="post" data-consent><label>氏名 <input name="name" required></label>'
    '<button name="consent" value="accept">同意する</button>'
    '<button name="consent" value="refuse">同意しない</button></form>'
)
DONE = "<p data-function-done>受け付けました</p>"


@dataclass
class DemoBoard:
    """What the board answers; `pages` replaces what stands at a path, `answers` what its form brings."""

    base: str = ""
    screens: Sequence[str] = SCREENS
    pages: dict[str, Callable[[Asked], str]] = field(default_factory=dict)
    answers: dict[str, Callable[[Asked], tuple[int, str]]] = field(default_factory=dict)
    redirects: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Paths that send on with a status to another address."""
    linked: list[str] = field(default_factory=list)
    """What every page links to beside the screens."""
    counts: dict[str, int] = field(default_factory=dict)

    def shows(self, screen: str, body: Callable[[dict[str, str]], str]) -> None:
        """Let a screen show what `body` makes of the words in force in the language asked for."""
        self.pages[path_of(screen)] = lambda asked: body(WORDS[asked.language]) + FORM

    def page(self, asked: Asked) -> tuple[int, str]:
        """Status and body for a request."""
        if asked.consent is not None:
            return self.answers[asked.path](asked) if asked.path in self.answers else (200, DONE)
        if asked.path in self.pages:
            return 200, self.pages[asked.path](asked)
        if asked.path in map(path_of, self.screens):
            return 200, policy(WORDS[asked.language]) + FORM
        return 404, ""

    def registry(self, *languages: str) -> Board:
        """The board's screens, and its policies in these languages, as they are registered."""
        screens = [
            Screen(ScreenId(name), SeasonId("2027"), name.lower(), POLICY, None, None, path_of(name))
            for name in self.screens
        ]
        return Board(screens, [one for one in VERSIONS if one.language in languages], self.base, AT)


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def path_of(screen: str) -> str:
    return f"/{screen.lower()}"


@contextmanager
def served(port: int = 0) -> Iterator[DemoBoard]:
    """The board on a port of its own, or on the one named."""
    board = DemoBoard()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(None)

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.reply(parse_qs(sent)["consent"][0])

        def reply(self, consent: str | None) -> None:
            parts = urlsplit(self.path)
            count = board.counts[parts.path] = board.counts.get(parts.path, 0) + 1
            if parts.path in board.redirects:
                status, location = board.redirects[parts.path]
                self.send_response(status)
                self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            language = "ja" if self.headers.get("Accept-Language", "").startswith("ja") else "en"
            status, body = board.page(Asked(parts.path, parts.query, language, count, consent))
            links = "".join(f'<a href="{path}">{path}</a> ' for path in [*map(path_of, board.screens), *board.linked])
            head = f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>Board</title>'
            content = f"{head}{body}<nav>{links}</nav>".encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        board.base = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield board
        finally:
            server.shutdown()
            thread.join()
