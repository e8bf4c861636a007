"""The crawler in a real Chromium over a real board: every planted fault is found, and nothing on the clean board."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from kanmon.consent.policy import text_sha256
from kanmon.core.errors import BrowserMissing
from kanmon.core.ids import RunId, ScreenId
from kanmon.reviews.screens.coverage import BoardCoverage, RefusalVerdict, ScreenFinding, ScreenOutcome, SeenText, Trial
from kanmon.reviews.screens.crawl import Crawl
from kanmon.reviews.screens.files.browser import Chromium
from kanmon.reviews.screens.reach import named_origins
from kanmon.reviews.screens.seen import Hiding, ShownPolicy
from kanmon.reviews.screens.visitor import BoardVisitor, Visitors, everybody, first_visit
from tests.portals.board import (
    DONE,
    FORM,
    OLD,
    POLICY,
    SCREENS,
    VERSIONS,
    WORDS,
    DemoBoard,
    free_port,
    path_of,
    policy,
    served,
)

IN_FORCE = {version.text_sha256 for version in VERSIONS[:2]}
LANGUAGES = ("ja", "en")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("coverage") / "run"


@pytest.fixture(scope="module")
def port() -> int:
    """Where the boards of this module are served, one after the other: the one origin that the browser goes to."""
    return free_port()


@pytest.fixture(scope="module")
def chromium(pictures: Path, port: int) -> Iterator[Chromium]:
    with Chromium.open(pictures, named_origins(f"http://127.0.0.1:{port}")) as browser:
        yield browser


@pytest.fixture
def board(port: int) -> Iterator[DemoBoard]:
    with served(port) as running:
        yield running


def crawled(
    board: DemoBoard,
    chromium: Chromium,
    *screens: str,
    visitors: Visitors = first_visit,
    languages: Sequence[str] = ("ja",),
) -> BoardCoverage:
    crawl = Crawl(board.registry(*languages), chromium, RunId("r"), visitors)
    return crawl.go_round([ScreenId(name) for name in screens])


def by_language(found: BoardCoverage) -> dict[str, ScreenFinding]:
    return {one.language: one for one in found.findings}


def test_clean_board_gives_no_finding(board: DemoBoard, chromium: Chromium, pictures: Path) -> None:
    found = crawled(board, chromium, languages=LANGUAGES)
    everywhere = {(screen, language) for screen in SCREENS for language in LANGUAGES}
    assert {(one.screen_id, one.language) for one in found.findings} == everywhere
    assert {one.worst.outcome for one in found.findings} == {ScreenOutcome.IN_FORCE}
    assert {trial.verdict for trial in found.trials} == {RefusalVerdict.FREE}
    assert (found.covered, found.share, found.unregistered) == (6, 1, ())
    assert found.is_clean
    assert found.is_whole
    assert {one.text_sha256 for one in found.seen} == IN_FORCE
    for one in found.findings:
        assert one.pictures == (f"{one.screen_id}-{one.language}-1.png",)
        assert (pictures / one.pictures[0]).read_bytes().startswith(b"\x89PNG")


def test_stale_screen_is_told_by_clause(board: DemoBoard, chromium: Chromium) -> None:
    board.pages[path_of("REGISTRATION")] = lambda asked: policy(OLD[asked.language]) + FORM
    found = crawled(board, chromium, "REGISTRATION", "WEB_TEST", languages=LANGUAGES)
    stale = [one for one in found.findings if one.worst.outcome is ScreenOutcome.OTHER_WORDS]
    assert [(one.screen_id, one.language) for one in stale] == [("REGISTRATION", "en"), ("REGISTRATION", "ja")]
    [change] = stale[1].worst.changes
    assert change.clauses == ("c2",)
    assert change.shown == OLD["ja"]["c2"]
    assert change.in_force.replace("\n", "") == WORDS["ja"]["c2"]
    assert (found.covered, found.screens, found.is_clean) == (1, 2, False)
    assert SeenText(ScreenId("REGISTRATION"), VERSIONS[2].text_sha256) in found.seen


def test_variant_shows_itself(board: DemoBoard, chromium: Chromium) -> None:
    board.pages[path_of("SCOUT")] = lambda asked: (
        policy((OLD if asked.count % 3 == 2 else WORDS)[asked.language]) + FORM
    )
    found = crawled(board, chromium, "SCOUT", visitors=everybody)
    [finding] = found.findings
    assert (finding.worst.outcome, finding.varies) == (ScreenOutcome.OTHER_WORDS, True)
    assert 0 < finding.wrong == len(finding.wronged) < finding.looks
    assert {one.text_sha256 for one in found.seen} == {VERSIONS[0].text_sha256, VERSIONS[2].text_sha256}


def test_page_kept_too_long_is_found(board: DemoBoard, chromium: Chromium) -> None:
    """A cache in front of the board hands out the old page, unless the address is a new one."""
    board.pages[path_of("SCOUT")] = lambda asked: policy((WORDS if asked.query else OLD)[asked.language]) + FORM
    found = crawled(board, chromium, "SCOUT", visitors=everybody)
    [finding] = found.findings
    assert (finding.worst.outcome, finding.varies) == (ScreenOutcome.OTHER_WORDS, True)
    assert [view.visitor.is_fresh for view in finding.views if view.outcome.is_right] == [True]


COVER = '<div style="position:relative">{}<div style="position:absolute;inset:0;background:#fff;{}"></div></div>'
HIDDEN = {
    "display": ("display:none", Hiding.STYLE),
    "visibility": ("visibility:hidden", Hiding.STYLE),
    "opacity": ("opacity:0", Hiding.STYLE),
    "faint": ("opacity:.3", Hiding.LOW_CONTRAST),
    "blurred": ("filter:blur(5px)", Hiding.STYLE),
    "tiny": ("font-size:6px", Hiding.TINY),
    "scaled": ("transform:scale(.3)", Hiding.TINY),
    "pale": ("color:#bbb", Hiding.LOW_CONTRAST),
    "transparent": ("-webkit-text-fill-color:transparent", Hiding.LOW_CONTRAST),
    "clipped": ("height:0;overflow:hidden", Hiding.CLIPPED),
    "shortened": ("width:9em;overflow:hidden;white-space:nowrap;text-overflow:ellipsis", Hiding.CLIPPED),
    "clip-path": ("clip-path:inset(50%)", Hiding.CLIPPED),
    "away": ("position:absolute;left:-9999px", Hiding.OFF_SCREEN),
    "indented": ("text-indent:-9999px;white-space:nowrap", Hiding.OFF_SCREEN),
}


@pytest.fixture(scope="module")
def hidden(chromium: Chromium, port: int) -> dict[str, ShownPolicy]:
    """One page with every way to hide the second clause, each in a policy element of its own."""
    with served(port) as board:
        board.pages["/"] = lambda asked: "".join(
            policy(WORDS["ja"], c2=style).replace(f'"{POLICY}"', f'"{name}"') for name, (style, _) in HIDDEN.items()
        )
        return {shown.policy_id: shown for shown in chromium.look(board.base, BoardVisitor("ja")).policies}


@pytest.mark.parametrize("name", HIDDEN)
def test_hidden_clause_is_not_shown(hidden: dict[str, ShownPolicy], name: str) -> None:
    [piece] = hidden[name].hidden
    assert (piece.clause, piece.hiding, piece.text.strip()) == ("c2", HIDDEN[name][1], WORDS["ja"]["c2"])
    assert WORDS["ja"]["c2"] not in hidden[name].visible


@pytest.mark.parametrize("layer", ["", "pointer-events:none", "background:url(x.png)"])
def test_covered_policy_is_not_shown(board: DemoBoard, chromium: Chromium, layer: str) -> None:
    board.shows("SCOUT", lambda words: COVER.format(policy(words), layer))
    [shown] = chromium.look(board.base + path_of("SCOUT"), BoardVisitor("ja")).policies
    assert [piece.hiding for piece in shown.hidden] == [Hiding.COVERED] * 3
    assert not shown.visible.strip()


def test_hidden_words_are_told_as_such(board: DemoBoard, chromium: Chromium) -> None:
    board.shows("SCOUT", lambda words: policy(words, c2="display:none"))
    found = crawled(board, chromium, "SCOUT")
    assert {one.worst.outcome for one in found.findings} == {ScreenOutcome.HIDDEN_WORDS}
    assert {piece.clause for one in found.findings for piece in one.worst.hidden} == {"c2"}
    assert not {one.text_sha256 for one in found.seen} & IN_FORCE


INNOCENT = {
    "scrolled box": lambda words: f'<div style="height:3em;overflow:auto">{policy(words)}</div>',
    "far down": lambda words: f'<div style="height:4000px"></div>{policy(words)}<div style="height:4000px"></div>',
    "clear layer": lambda words: COVER.format(policy(words), "background:none"),
    "sticky header": lambda words: '<div style="position:fixed;top:0;width:100%;height:3em;background:#fff"></div>'
    f'<div style="height:5em"></div>{policy(words)}',
    "white on black": lambda words: f'<div style="background:#000;color:#fff">{policy(words)}</div>',
    "no boxes": lambda words: policy(words, 'style="display:contents"', c1="display:contents"),
    "fading in": lambda words: "<style>@keyframes in {from {opacity: 0}} section {animation: in 9s}</style>"
    + policy(words),
    "inline parts": lambda words: policy({clause: f"<b>{text[:4]}</b>{text[4:]}" for clause, text in words.items()}),
    "late": lambda words: "<script>setTimeout(() => document.body.insertAdjacentHTML('afterbegin', "
    f"`{policy(words)}`), 300)</script>",
}  # fmt: skip


@pytest.mark.parametrize("name", INNOCENT)
def test_no_false_alarm(board: DemoBoard, chromium: Chromium, name: str) -> None:
    board.shows("SCOUT", INNOCENT[name])
    [shown] = chromium.look(board.base + path_of("SCOUT"), BoardVisitor("ja")).policies
    assert shown.hidden == ()
    assert text_sha256(shown.visible) == VERSIONS[0].text_sha256


def test_words_outside_any_clause_count(board: DemoBoard, chromium: Chromium) -> None:
    board.shows("SCOUT", lambda words: policy(words).replace("</section>", "ただし例外があります。</section>"))
    found = crawled(board, chromium, "SCOUT")
    assert [change.shown for change in by_language(found)["ja"].worst.changes] == ["ただし例外があります。"]


def test_screen_without_policy_or_answer(board: DemoBoard, chromium: Chromium) -> None:
    board.pages[path_of("SCOUT")] = lambda asked: FORM
    board.page, page = lambda asked: (500, "") if asked.path == "/web_test" else page(asked), board.page  # type: ignore[method-assign]
    found = crawled(board, chromium, "SCOUT", "WEB_TEST")
    assert {(one.screen_id, one.worst.outcome, one.problem) for one in found.findings} == {
        ("SCOUT", ScreenOutcome.NO_POLICY, None),
        ("WEB_TEST", ScreenOutcome.UNREACHABLE, "HTTP 500"),
    }
    assert found.seen == {SeenText(ScreenId("SCOUT"), text_sha256(""))}
    assert found.covered == 0


def test_unregistered_pages_are_found(board: DemoBoard, chromium: Chromium) -> None:
    links = "".join(f'<a href="/{name}?from=about#now">!</a>' for name in ("copy", "form", "fragment", "statement"))
    words = f"<p>{OLD['ja']['c1']}</p>"
    board.linked += ["/about#us", "/gone", "http://localhost:9/elsewhere"]
    board.pages["/about"] = lambda asked: links
    board.pages["/copy"] = lambda asked: policy(OLD["ja"])
    board.pages["/form"] = lambda asked: FORM
    board.pages["/fragment"] = lambda asked: words + "<form method=post><button>同意する</button></form>"
    board.pages["/statement"] = lambda asked: words + "<form><input name=search></form>"
    found = crawled(board, chromium, "SCOUT")
    assert {(page.address, page.policies, page.has_consent_form) for page in found.unregistered} == {
        (f"{board.base}/copy?from=about", ("privacy",), False),
        (f"{board.base}/form?from=about", (), True),
        (f"{board.base}/fragment?from=about", (), False),
    }
    assert {page.linked_from for page in found.unregistered} == {f"{board.base}/about"}
    assert (found.covered, found.screens, found.is_clean) == (1, 1, False)
    assert found.pages == 6


def test_following_links_has_an_end(board: DemoBoard, chromium: Chromium, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kanmon.reviews.screens.links.PAGES", 2)
    board.linked.append("/calendar")
    board.pages["/calendar"] = lambda asked: f'<a href="/calendar?page={asked.count}">more</a>'
    found = crawled(board, chromium, "SCOUT")
    assert (found.pages, found.is_whole) == (2, False)


def test_function_that_stops_when_refused_is_found(board: DemoBoard, chromium: Chromium) -> None:
    board.answers[path_of("PRE_ENTRY")] = lambda asked: (
        200,
        DONE if asked.consent == "accept" else "ご利用いただけません",
    )
    found = crawled(board, chromium, "PRE_ENTRY", "SCOUT")
    assert {trial.screen_id: trial.verdict for trial in found.trials} == {
        "PRE_ENTRY": RefusalVerdict.COSTS,
        "SCOUT": RefusalVerdict.FREE,
    }
    assert [trial.screen_id for trial in found.costly] == ["PRE_ENTRY"]
    assert not found.is_clean


@pytest.mark.parametrize(
    ("form", "refused", "verdict"),
    [
        (FORM, (403, DONE), RefusalVerdict.COSTS),
        (FORM.replace('value="refuse"', 'value="later"'), (200, DONE), RefusalVerdict.COSTS),
        (FORM.replace('value="accept"', 'value="later"'), (200, DONE), RefusalVerdict.NOT_EXAMINED),
        ("", (200, DONE), RefusalVerdict.NOT_EXAMINED),
        (FORM + DONE, (200, DONE), RefusalVerdict.NOT_EXAMINED),
    ],
    ids=["refused by status", "no way to refuse", "no way to agree", "no form", "done before"],
)
def test_what_a_refusal_costs(
    board: DemoBoard, chromium: Chromium, form: str, refused: tuple[int, str], verdict: RefusalVerdict
) -> None:
    board.pages[path_of("SCOUT")] = lambda asked: form
    board.answers[path_of("SCOUT")] = lambda asked: (200, DONE) if asked.consent == "accept" else refused
    address = board.base + path_of("SCOUT")
    agreed, refusing = (chromium.answer(address, "ja", agrees=agrees) for agrees in (True, False))
    assert Trial(ScreenId("SCOUT"), agreed, refusing).verdict is verdict


def test_missing_browser_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("KANMON_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BrowserMissing, match="apt-get install chromium"), Chromium.open(tmp_path):
        pass
