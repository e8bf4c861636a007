"""A name leads to the address that it had when the browser was opened; inward only where that network is named."""

import os
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from kanmon.core.errors import BrowserMissing
from kanmon.reviews.screens.files.browser import Chromium
from kanmon.reviews.screens.reach import named_origins
from kanmon.reviews.screens.visitor import BoardVisitor
from tests.portals.board import DemoBoard, path_of, served

SCOUT = path_of("SCOUT")


@pytest.fixture
def board() -> Iterator[DemoBoard]:
    with served() as running:
        yield running


def test_a_name_leads_where_it_led_when_the_browser_was_opened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, board: DemoBoard
) -> None:
    answers = [[ip_address("127.0.0.1")], [ip_address("169.254.169.254")]]
    monkeypatch.setattr("kanmon.reviews.screens.files.browser.resolve", lambda host, port: answers.pop(0))
    name = f"http://board.example:{board.base.rpartition(':')[2]}"
    with Chromium.open(tmp_path, named_origins(f"{name}=127.0.0.0/8")) as browser:
        assert [browser.look(name + SCOUT, BoardVisitor("ja")).status for _ in range(2)] == [200, 200]
        assert browser.look(board.base + SCOUT, BoardVisitor("ja")).problem == f"ADDRESS_INWARD: {board.base}{SCOUT}"
    assert len(answers) == 1


def test_a_name_that_leads_inward_is_not_opened(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, board: DemoBoard
) -> None:
    monkeypatch.setattr("kanmon.reviews.screens.files.browser.resolve", lambda host, port: [ip_address("127.0.0.1")])
    name = f"http://board.example:{board.base.rpartition(':')[2]}"
    with Chromium.open(tmp_path, named_origins(name)) as browser:
        assert browser.look(name + SCOUT, BoardVisitor("ja")).problem == f"ADDRESS_RESOLVES_INWARD: {name}{SCOUT}"
    assert board.counts == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="Chromium starts its sandbox for anybody but root")
def test_without_a_sandbox_the_browser_never_runs_under_our_own_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for module in ("browser", "browser_account"):
        monkeypatch.setattr(f"kanmon.reviews.screens.files.{module}.is_root", lambda: False)
    with pytest.raises(BrowserMissing, match="never run without a sandbox"), Chromium.open(tmp_path):
        pass
