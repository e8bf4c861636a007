"""`kanmon audit coverage` as a person gives it: what it says, what it keeps, how it ends."""

import os
import subprocess
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest

from kanmon.application.application import stop_database
from kanmon.consent.policy import text_sha256
from kanmon.core.clock import SystemClock
from kanmon_stories.season import write_season
from tests.journey.command import Done, Road, kanmon
from tests.portals.board import FORM, DemoBoard, served


@pytest.fixture
def texts(tmp_path: Path) -> dict[str, str]:
    """A small season whose screens are registered by their paths; its Japanese policy texts by version."""
    write_season(tmp_path / "season", 7, scale=0.02, now=SystemClock().now())
    return {
        name: (tmp_path / "season" / "policies" / f"privacy-{name}.ja.txt").read_text(encoding="utf-8")
        for name in ("1.0", "2.0")
    }


@pytest.fixture
def road(tmp_path: Path, texts: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Road]:
    monkeypatch.delenv("KANMON_DATABASE_URL", raising=False)
    root = tmp_path / "workspace"
    assert kanmon("init", root).status == 0
    try:
        assert Road(root)("load", tmp_path / "season").status == 0
        yield Road(root)
    finally:
        stop_database(root)


def audited(road: Road, *arguments: str, language: str = "en") -> Done:
    """The command in a process of its own: a browser needs a thread without a loop."""
    done = subprocess.run(
        [sys.executable, "-m", "kanmon", "audit", "coverage", "--workspace", road.root, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "KANMON_LANG": language},
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def shown(text: str) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in text.splitlines())
    return f'<section data-policy-id="privacy">{lines}</section>{FORM}'


def screens_in_use(road: Road) -> dict[str, str]:
    """The addresses of two screens."""
    in_use = "SELECT screen_id, url FROM screen WHERE shown_from <= now() AND now() < shown_to ORDER BY 1 DESC LIMIT 2"
    return dict(tuple(row) for row in road.rows(in_use))


def last_seen(road: Road) -> set[tuple[str, str, str]]:
    query = """
        SELECT screen_id, text_sha256, verified_by FROM rendering JOIN displayed_text USING (text_no)
        WHERE occurred_at = (SELECT max(occurred_at) FROM rendering)
    """
    return {(screen, words, by) for screen, words, by in road.rows(query)}


def serve_everywhere(board: DemoBoard, screens: dict[str, str], text: str) -> None:
    for url in screens.values():
        board.pages[url] = lambda asked: shown(text)


def test_one_screen_forgotten_and_then_none(road: Road, texts: dict[str, str]) -> None:
    screens = screens_in_use(road)
    forgotten, mindful = screens
    chosen = [f"--screen={screen}" for screen in screens]
    with served() as board:
        board.screens = ()
        serve_everywhere(board, screens, texts["2.0"])
        board.pages[screens[forgotten]] = lambda asked: shown(texts["1.0"])
        done = audited(road, "--base", board.base, *chosen)
        assert done.status == 4, done.err
        assert "AC-09" in done.err
        assert f"{forgotten} (ja): shows other words than those in force\n" in done.out
        assert f"{mindful} (ja): shows the words in force\n" in done.out
        assert f"{mindful} (en): shows the words in force, in another language\n" in done.out
        assert "1 of 2 screens show just the words in force (50 %)" in done.out
        hashes = {version: text_sha256(text) for version, text in texts.items()}
        assert last_seen(road) == {
            (screen, hashes["1.0" if screen == forgotten else "2.0"], "crawler") for screen in screens
        }
        [folder] = (road.root / "coverage").iterdir()
        kept = [picture.name for picture in folder.iterdir()]
        assert len(kept) > 2 * len(screens)  # of the first look in each language, and of every wrong one

        board.pages[screens[forgotten]] = lambda asked: shown(texts["2.0"])
        mended = audited(road, "--base", board.base, "--screen", forgotten, "--json")
        assert mended.status == 0, mended.err
        assert (mended.json["share"], mended.json["covered"], mended.json["unregistered"]) == (1, 1, [])
        assert mended.json["functions"] == [{"screen_id": forgotten, "verdict": "free"}]
    assert road("audit", "ledger").status == 0
    assert road.rows("SELECT count(*) FROM ledger_entry WHERE type = 'audit'") == [(2,)]

    with_password = audited(road, "--base", "http://u:p@127.0.0.1:9")
    assert (with_password.status, "is no origin of a board" in with_password.err) == (2, True)
    without_origin = audited(road, language="ja")
    assert (without_origin.status, "オリジンを --base で" in without_origin.err) == (2, True)
