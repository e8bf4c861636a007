"""Job boards drawn from a seed: a clean one has all that innocent boards have, a faulty one exactly one fault more.

A board tells apart who comes as real ones do: by language, device, cookies, the visits before, and who registered.
`tests/portals/planted.py` holds the faults.
"""

import json
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from urllib.parse import parse_qsl, urlsplit

from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Screen
from kanmon.core.ids import PolicyId, ScreenId, SeasonId
from kanmon.reviews.screens.crawl import Board
from tests.portals.board import AT, POLICY, version

Words = Mapping[str, str]
CLAUSES = {
    "ja": (
        "当社は、会員の閲覧履歴と行動履歴から、選考離脱の可能性を示すスコアを算出します。",
        "スコアは、会員が応募した企業に提供します。企業は、採用選考の合否の判定には利用しません。",
        "同意は、いつでもマイページから撤回できます。撤回しても、不利益はありません。",
        "提供する項目は、会員番号、氏名、応募した企業の名称およびスコアの順位です。",
        "提供したスコアは、提供の日から一年が過ぎた後、提供先の企業に消去を求めます。",
        "スコアの算出には、会員登録より前のクッキーの情報は利用しません。",
    ),
    "en": (
        "We compute a score from your browsing and action history that shows how likely you are to leave a selection.",
        "We provide the score to the companies that you applied to. They do not use it to decide who passes.",
        "You may withdraw your consent on your own page at any time. It costs you nothing.",
        "We provide your member number, your name, the names of the companies and the rank of your score.",
        "One year after a score was provided, we ask the company that received it to erase it.",
        "We do not use cookies from before your registration to compute the score.",
    ),
}
REPLACED = {
    "ja": "当社は、クッキー情報を分析し、その結果を企業へ提供することがありますが、選考には利用されません。",
    "en": "We may analyse cookie information and provide the result to companies, which will not use it for selection.",
}
FUNCTIONS = ("registration", "pre_entry", "event_booking", "briefing_booking", "web_test")
TITLES = {
    "ja": dict(zip(FUNCTIONS, ("会員登録", "プレエントリー", "合同説明会の予約", "会社説明会の予約", "適性検査"), strict=True)),
    "en": dict(zip(FUNCTIONS, ("Registration", "Pre-entry", "Event", "Briefing", "Web test"), strict=True)),
}  # fmt: skip
BUTTONS = {
    "ja": (("同意して送信する", "同意せずに送信する"), ("同意する", "同意しない"), ("はい、同意して進む", "いいえ、同意せずに進む")),
    "en": (("Agree and send", "Send without agreeing"), ("Agree", "Do not agree"), ("Yes, agree and go on", "No, go on without")),
}  # fmt: skip
RECORDED = {
    "ja": ("スコアの提供に同意しました。いつでも撤回できます。", "スコアの提供には同意していません。不利益はありません。"),
    "en": ("You agreed to the provision of scores. You can withdraw at any time.", "You did not agree. You lose nothing by this."),
}  # fmt: skip
RECEIVED = {"ja": "受け付けました。", "en": "We have received it."}
_PHONE = "Mobile"


@dataclass
class Session:
    """What the board remembers of one browser."""

    visits: int = 0
    is_member: bool = False
    answers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Visit:
    """One request, and who makes it."""

    path: str
    query: Mapping[str, str]
    language: str
    device: str
    cookies: Mapping[str, str]
    session: Session
    number: int
    """How often this path was asked for by anybody, this time included."""
    sent: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Reply:
    """What comes back."""

    body: str
    status: int = 200
    cookies: Mapping[str, str] = field(default_factory=dict)
    location: str | None = None
    content_type: str = "text/html; charset=utf-8"


@dataclass
class GeneratedBoard:
    """A board of some registered screens; faults and innocent customs replace what it shows, page by page."""

    draw: Random
    languages: tuple[str, ...]
    screens: tuple[str, ...]
    words: Mapping[str, Words]
    old: Mapping[str, Words]
    labels: int
    agrees_first: bool
    css: str
    text: Callable[[Visit, str], Words]
    changes: list[Callable[[Visit, str, str], str]] = field(default_factory=list)
    """Each is given a visit, a screen and its page, and gives the page."""
    frames: list[Callable[[Visit, str, str], str]] = field(default_factory=list)
    """As `changes`, after all of them."""
    answers: list[Callable[[Visit, str, str], str | Reply]] = field(default_factory=list)
    """Each is given a visit, a screen and the page that follows its form."""
    cookies: list[Callable[[Visit], Mapping[str, str]]] = field(default_factory=list)
    """What each sets on a visit."""
    pages: dict[str, Callable[[Visit], str | Reply]] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    old_has_quotes: bool = True
    counts: dict[str, int] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def registry(self, base: str) -> Board:
        """The board's screens and the versions of its policy, in force and before."""
        screens = [
            Screen(ScreenId(name), SeasonId("2027"), name, POLICY, None, None, f"/{name}") for name in self.screens
        ]
        versions = [version(language, dict(self.words[language])) for language in self.languages]
        versions += [self._before(language) for language in self.languages]
        return Board(screens, versions, base, AT)

    def _before(self, language: str) -> PolicyVersion:
        before = version(language, dict(self.old[language]), "2026-01", 1)
        if self.old_has_quotes:
            return before
        return PolicyVersion(PolicyId(POLICY), before.version_id, language, before.effective_from, before.text, ())

    def policy(self, words: Words, tag: str = "section") -> str:
        """The policy element."""
        clauses = "".join(f'<p data-clause="{clause}">{escape(text)}</p>' for clause, text in words.items())
        return f'<{tag} class="policy" data-policy-id="{POLICY}" data-policy-version="2026-04">{clauses}</{tag}>'

    def form(self, visit: Visit, screen: str, policy: str) -> str:
        """The form of a screen with the policy in it and both answers."""
        agreeing, refusing = BUTTONS[visit.language][self.labels]
        buttons = [
            f'<button class="answer" name="consent" value="refuse">{refusing}</button>',
            f'<button class="answer" name="consent" value="accept">{agreeing}</button>',
        ]
        if self.agrees_first:
            buttons.reverse()
        fields = "" if visit.session.is_member else '<p><label>氏名 <input name="name" required></label></p>'
        return (
            f'<form method="post" action="/{screen}" data-consent="{POLICY}">{fields}{policy}'
            f'<p class="answers">{" ".join(buttons)}</p></form>'
        )

    def reply(self, visit: Visit) -> Reply:
        """What is answered to a visit."""
        screen = visit.path.removeprefix("/")
        if visit.path in self.pages:
            return self._dressed(visit, self.pages[visit.path](visit))
        if visit.path == "/":
            return self._dressed(visit, "<h1>Hiroba</h1>")
        if screen not in self.screens:
            return Reply("", 404)
        title = f"<h1>{TITLES[visit.language][screen]}</h1>"
        if "consent" in visit.sent:
            return self._dressed(visit, self._done(visit, screen, title))
        page = title + self.form(visit, screen, self.policy(self.text(visit, screen)))
        for change in [*self.changes, *self.frames]:
            page = change(visit, screen, page)
        return self._dressed(visit, page)

    def _done(self, visit: Visit, screen: str, title: str) -> str | Reply:
        visit.session.is_member = True
        visit.session.answers[screen] = visit.sent["consent"]
        recorded = RECORDED[visit.language][visit.sent["consent"] != "accept"]
        page: str | Reply = f"{title}<p data-function-done>{RECEIVED[visit.language]}</p><p>{recorded}</p>"
        for answer in self.answers:
            if isinstance(page, str):
                page = answer(visit, screen, page)
        return page

    def _dressed(self, visit: Visit, page: str | Reply) -> Reply:
        if isinstance(page, Reply):
            return page
        nav = "".join(
            f'<a href="{path}">{path}</a> ' for path in ["/", *(f"/{name}" for name in self.screens), *self.links]
        )
        cookies = {name: value for setting in self.cookies for name, value in setting(visit).items()}
        head = (
            f'<!doctype html><html lang="{visit.language}"><meta charset="utf-8"><title>Board</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{self.css}</style>'
        )
        return Reply(f"{head}<body>{page}<nav>{nav}</nav></body>", cookies=cookies)


def drawn_board(seed: int) -> GeneratedBoard:
    """A clean board: what it looks like, what it says and its innocent customs follow from the seed."""
    draw = Random(seed)
    languages = draw.choice((("ja",), ("ja",), ("en", "ja")))
    chosen = sorted(draw.sample(range(len(CLAUSES["ja"])), draw.randint(3, 5)))
    words = {language: {f"c{n}": CLAUSES[language][n] for n in chosen} for language in languages}
    replaced = f"c{draw.choice(chosen)}"
    old = {language: {**words[language], replaced: REPLACED[language]} for language in languages}
    ground, ink = draw.choice((("#fff", "#222"), ("#fdf6e3", "#333"), ("#123", "#eee")))
    css = (
        f"body{{background:{ground};color:{ink};font:{draw.choice((14, 16, 18))}px/1.6 sans-serif;margin:1em}}"
        ".answer{font-size:1em;padding:.6em 1em;background:#eee;color:#111;border:1px solid #666}"
    )
    board = GeneratedBoard(
        draw, languages, tuple(draw.sample(FUNCTIONS, draw.choice((1, 2, 2)))), words, old,
        draw.randrange(3), draw.random() < 0.5, css, lambda visit, screen: words[visit.language],
        old_has_quotes=draw.random() < 0.5,
    )  # fmt: skip
    for custom in draw.sample(CUSTOMS, 3):
        custom(board)
    return board


def _site_search(board: GeneratedBoard) -> None:
    board.pages["/search"] = lambda visit: '<form action="/search"><input name="q"><button>検索</button></form>'
    board.links.append("/search")


def _statement(board: GeneratedBoard) -> None:
    """The policy to be read, with nothing to answer."""

    def page(visit: Visit) -> str:
        return "<h1>プライバシーポリシー</h1>" + "".join(
            f"<p>{text}</p>" for text in board.words[visit.language].values()
        )

    board.pages["/privacy"] = page
    board.links.append("/privacy")


def _contact(board: GeneratedBoard) -> None:
    board.pages["/contact"] = lambda visit: (
        '<h1>お問い合わせ</h1><form method="post"><textarea name="text" required></textarea>'
        '<label><input type="checkbox" name="copy"> 控えをメールで受け取る</label><button>送信</button></form>'
        "<p>いただいた内容は、お返事のためだけに使います。スコアについてのご質問もどうぞ。</p>"
    )
    board.links.append("/contact")


def _arms_of_looks(board: GeneratedBoard) -> None:
    """A test of colours: the words are the same in both arms."""
    board.cookies.append(lambda visit: {} if "ab" in visit.cookies else {"ab": "ab"[visit.number % 2]})
    board.changes.append(
        lambda visit, screen, page: page.replace("<h1>", '<h1 style="color:#06c">', visit.cookies.get("ab") == "b")
    )


def _mail_links(board: GeneratedBoard) -> None:
    board.links.extend(f"/{screen}?from=mail" for screen in board.screens)


def _receipts(board: GeneratedBoard) -> None:
    """Receipt numbers in the order in which they come."""
    board.answers.append(lambda visit, screen, page: f"{page}<p>受付番号: {1000 + visit.number:06}</p>")


def _references(board: GeneratedBoard) -> None:
    board.answers.append(lambda visit, screen, page: f"{page}<p>予約番号: {board.draw.randrange(10**8, 10**9)}</p>")


def _phone_layout(board: GeneratedBoard) -> None:
    board.css += "@media(max-width:600px){.answer{display:block;width:100%;margin:.5em 0}nav{display:none}}"


def _greeting(board: GeneratedBoard) -> None:
    board.changes.append(
        lambda visit, screen, page: ("<p>おかえりなさい。</p>" if visit.session.is_member else "") + page
    )


def _application(board: GeneratedBoard) -> None:
    """Its first screen is put together by a script; without one it asks for nothing."""
    first = board.screens[0]

    def change(visit: Visit, screen: str, page: str) -> str:
        if screen != first:
            return page
        content = json.dumps(page).replace("</", "<\\/")
        return (
            "<noscript>JavaScript を有効にしてください。</noscript><div id=app></div><script>setTimeout(() => "
            f"app.append(document.createRange().createContextualFragment({content})), 150)</script>"
        )

    board.frames.append(change)


def _only_guests(board: GeneratedBoard) -> None:
    """Who registered is sent on from the registration."""

    def change(visit: Visit, screen: str, page: str) -> str:
        is_over = screen == "registration" and visit.session.is_member
        return "<h1>会員登録</h1><p>登録はお済みです。</p>" if is_over else page

    board.changes.append(change)


def _newsletter(board: GeneratedBoard) -> None:
    board.pages["/news"] = lambda visit: (
        '<h1>お知らせ</h1><p>合同説明会を開きます。</p><form method="post" action="/news"><label>メール '
        '<input type="email" name="mail" required></label><button>メールマガジンに登録</button></form>'
    )
    board.links.append("/news")


def name_companies(board: GeneratedBoard) -> None:
    """A policy that names its recipients, as the list of companies does."""
    names = [f"株式会社{name}" for name in ("青葉電機", "若葉商事", "北斗物産", "南風製薬", "東雲不動産", "西陣織物")]
    for texts in (board.words, board.old):
        for words in texts.values():
            assert isinstance(words, dict)
            words["c9"] = f"提供先は、{'、'.join(names)}です。"
    links = "".join(f'<li><a href="/companies/{number}">{name}</a></li>' for number, name in enumerate(names))
    board.pages["/companies"] = lambda visit: f'<ul>{links}</ul><form method="post"><button>English</button></form>'
    board.links.append("/companies")


CUSTOMS: tuple[Callable[[GeneratedBoard], None], ...] = (
    _site_search, _statement, _contact, _arms_of_looks, _mail_links, _receipts, _references, _phone_layout, _greeting,
    _application, _only_guests, _newsletter,
)  # fmt: skip


class BoardServer:
    """One HTTP server, behind which one board stands after the other."""

    def __init__(self, port: int) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.board = drawn_board(0)

    def visited(self, handler: BaseHTTPRequestHandler, sent: Mapping[str, str]) -> Reply:
        """The board's answer, its session cookie included."""
        board, parts, headers = self.board, urlsplit(handler.path), handler.headers
        cookies = {name: morsel.value for name, morsel in SimpleCookie(headers.get("Cookie", "")).items()}
        asked = headers.get("Accept-Language", "")[:2]
        language = asked if asked in board.languages else board.languages[-1]
        with board.lock:
            known = cookies.get("sid", "")
            session = board.sessions.setdefault(known or secrets.token_hex(16), Session())
            sid = next(name for name, kept in board.sessions.items() if kept is session)
            count = board.counts[parts.path] = board.counts.get(parts.path, 0) + 1
            device = "phone" if _PHONE in headers.get("User-Agent", "") else "desktop"
            reply = board.reply(
                Visit(parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), language, device, cookies,
                      session, count, sent, dict(headers.items()))
            )  # fmt: skip
            session.visits += 1
        fresh = {} if known else {"sid": sid}
        return Reply(reply.body, reply.status, {**reply.cookies, **fresh}, reply.location, reply.content_type)


@contextmanager
def boards_served(port: int) -> Iterator[BoardServer]:
    """A server at a port; put the board to be shown into its `board`."""
    server = BoardServer(port)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply({})

        def do_POST(self) -> None:
            self.reply(dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode())))

        def reply(self, sent: Mapping[str, str]) -> None:
            reply = server.visited(self, sent)
            content = reply.body.encode()
            self.send_response(reply.status)
            if reply.location is not None:
                self.send_header("Location", reply.location)
            for name, value in reply.cookies.items():
                self.send_header("Set-Cookie", f"{name}={value}; Path=/")
            self.send_header("Content-Type", reply.content_type)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            running.shutdown()
            thread.join()
