"""The crawler goes to the origins named and nowhere else, whatever a page asks for, and as a user without rights."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kanmon.core.ids import RunId, ScreenId
from kanmon.reviews.screens.coverage import ForeignOrigin, RefusalVerdict, ScreenOutcome
from kanmon.reviews.screens.crawl import Crawl
from kanmon.reviews.screens.files import browser_account, unprivileged
from kanmon.reviews.screens.files.browser import Chromium, chromium_path
from kanmon.reviews.screens.reach import AddressRefusal, named_origins
from kanmon.reviews.screens.visitor import BoardVisitor, first_visit
from tests.portals.board import DONE, FORM, WORDS, DemoBoard, free_port, path_of, policy, served

SCOUT = path_of("SCOUT")
WAITS_MS = 3_000
"""No form here leads to anything."""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has another user's rights to take on")


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Chromium]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("KANMON_LEDGER_KEY", "/secret/key")
        patched.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        pictures, named = tmp_path_factory.mktemp("run"), named_origins(f"http://127.0.0.1:{port}")
        with Chromium.open(pictures, named, WAITS_MS) as browser:
            yield browser


@pytest.fixture
def board(port: int) -> Iterator[DemoBoard]:
    with served(port) as running:
        yield running


@pytest.fixture
def inside() -> Iterator[DemoBoard]:
    """A service of this machine that is none of the board's: nobody may come there."""
    with served() as running:
        yield running
        assert running.counts == {}


LEADS_AWAY = {
    "script": "<script>location = '{}'</script>",
    "meta refresh": '<meta http-equiv="refresh" content="0;url={}">',
    "form sent by itself": '<form id="f" action="{}"></form><script>document.getElementById("f").submit()</script>',
}


@pytest.mark.parametrize("way", LEADS_AWAY)
def test_a_page_that_leads_elsewhere_is_told_and_not_followed(
    board: DemoBoard, inside: DemoBoard, chromium: Chromium, way: str
) -> None:
    board.shows("SCOUT", lambda words: policy(words) + LEADS_AWAY[way].format(f"{inside.base}/admin"))
    found = Crawl(board.registry("ja"), chromium, RunId("r"), first_visit).go_round([ScreenId("SCOUT")])
    [finding] = found.findings
    assert (finding.worst.outcome, found.is_clean) == (ScreenOutcome.UNREACHABLE, False)
    assert str(finding.problem).startswith(f"ADDRESS_INWARD: {inside.base}/admin")
    assert [(one.refusal, one.page) for one in found.elsewhere] == [(AddressRefusal.INWARD, board.base + SCOUT)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirection_elsewhere_is_not_followed(
    board: DemoBoard, inside: DemoBoard, chromium: Chromium, status: int
) -> None:
    board.redirects[SCOUT] = (status, f"{inside.base}/admin")
    page = chromium.look(board.base + SCOUT, BoardVisitor("ja", is_fresh=True))
    assert (page.status, page.problem) == (None, f"ADDRESS_INWARD: {inside.base}/admin")


def test_a_redirection_within_the_board_is_followed(board: DemoBoard, chromium: Chromium) -> None:
    board.redirects["/old"] = (302, board.base + SCOUT)
    page = chromium.look(f"{board.base}/old", BoardVisitor("ja"))
    assert (page.address, page.status, page.refused) == (board.base + SCOUT, 200, ())


PARTS = (
    '<img src="{0}/img"><iframe src="{0}/frame"></iframe><link rel="stylesheet" href="{0}/css">'
    '<link rel="prefetch" href="{0}/prefetch"><link rel="preconnect" href="{0}">'
    '<script src="{0}/js"></script><script>fetch("{0}/fetch", {{mode: "no-cors", method: "POST"}}).catch(() => 0);'
    'new WebSocket("{0}/socket".replace("http", "ws")); navigator.sendBeacon("{0}/beacon");'
    'window.open("{0}/popup")</script>'
)


def test_parts_of_a_page_from_elsewhere_are_told_and_not_fetched(
    board: DemoBoard, inside: DemoBoard, chromium: Chromium
) -> None:
    board.shows("SCOUT", lambda words: policy(words) + PARTS.format(inside.base))
    found = Crawl(board.registry("ja"), chromium, RunId("r"), first_visit).go_round([ScreenId("SCOUT")])
    assert [one.worst.outcome for one in found.findings] == [ScreenOutcome.IN_FORCE]
    [elsewhere] = found.elsewhere
    assert (elsewhere.refusal, elsewhere.page) == (AddressRefusal.INWARD, board.base + SCOUT)
    assert elsewhere.address.startswith(inside.base)
    assert elsewhere.addresses >= 5
    assert found.is_clean


def test_what_a_script_asks_for_without_end_is_kept_within_bounds(
    board: DemoBoard, inside: DemoBoard, chromium: Chromium
) -> None:
    board.pages["/many"] = lambda asked: (
        f"<script>for (let n = 0; n < 300; n++) new Image().src = '{inside.base}/' + n + 'x'.repeat(5000)</script>"
    )
    refused = chromium.look(f"{board.base}/many", BoardVisitor("ja")).refused
    assert 0 < len(refused) <= 200
    assert max(len(one.address) for one in refused) == 1_000


def test_a_form_that_sends_elsewhere_brings_nothing(board: DemoBoard, inside: DemoBoard, chromium: Chromium) -> None:
    board.pages[SCOUT] = lambda asked: (
        policy(WORDS["ja"]) + FORM.replace("<form", f'<form action="{inside.base}/take"') + DONE.replace("data-", "x-")
    )
    found = Crawl(board.registry("ja"), chromium, RunId("r"), first_visit).go_round([ScreenId("SCOUT")])
    assert [trial.verdict for trial in found.trials] == [RefusalVerdict.NOT_EXAMINED]
    assert found.elsewhere == (ForeignOrigin(AddressRefusal.INWARD, f"{inside.base}/take", board.base + SCOUT, 1),)


@pytest.mark.parametrize(
    "address",
    ["http://localhost:{0}/", "http://2130706433:{0}/", "http://0x7f.1:{0}/", "http://[::ffff:127.0.0.1]:{0}/",
     "http://board@127.0.0.1:{0}/", "http://127.0.0.1.:{0}/", "file:///etc/passwd", "view-source:file:///etc/passwd",
     "data:text/html,<p>x"],
)  # fmt: skip
def test_an_address_that_nobody_named_is_not_opened(board: DemoBoard, chromium: Chromium, address: str) -> None:
    written = address.format(board.base.rpartition(":")[2])
    page = chromium.look(written, BoardVisitor("ja"))
    assert page.status is None
    assert str(page.problem).startswith("ADDRESS_")
    assert chromium.answer(written, "ja", agrees=True) is None
    assert board.counts == {}


def test_a_screen_registered_elsewhere_is_not_covered(board: DemoBoard, inside: DemoBoard, chromium: Chromium) -> None:
    registry = board.registry("ja")
    [scout] = [one for one in registry.screens if one.screen_id == "SCOUT"]
    for url in (f"{inside.base}/scout", f"//{inside.base.removeprefix('http://')}/scout"):
        away = replace(registry, screens=[replace(scout, url=url)])
        found = Crawl(away, chromium, RunId("r"), first_visit).go_round()
        assert [(one.worst.outcome, one.problem) for one in found.findings] == [
            (ScreenOutcome.UNREACHABLE, f"ADDRESS_INWARD: {inside.base}/scout")
        ]
        assert (found.covered, found.is_clean) == (0, False)


def test_no_datagram_leaves_the_browser(board: DemoBoard, chromium: Chromium) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as inside:
        inside.bind(("127.0.0.1", 0))
        inside.setblocking(False)
        server = f"stun:127.0.0.1:{inside.getsockname()[1]}"
        board.pages["/rtc"] = lambda asked: (
            f"<script>const c = new RTCPeerConnection({{iceServers: [{{urls: '{server}'}}]}});"
            "c.createDataChannel('x'); c.onicegatheringstatechange = () => {"
            " if (c.iceGatheringState === 'complete') document.body.append('gathered')};"
            "c.createOffer().then((offer) => c.setLocalDescription(offer))</script>"
        )
        chromium.look(f"{board.base}/rtc", BoardVisitor("ja"))
        with pytest.raises(BlockingIOError):
            inside.recv(1)


@needs_root
def test_the_browser_runs_as_a_user_without_rights_and_knows_no_setting(chromium: Chromium) -> None:
    processes = [Path("/proc") / one for one in os.listdir("/proc") if one.isdigit()]
    number = str(browser_account.unused_number())
    seen = 0
    for process in processes:
        try:
            users = next(line for line in (process / "status").read_text().splitlines() if line.startswith("Uid:"))
            environment = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if b"kanmon" in command or Path(chromium_path()).name.encode() not in command:
            continue
        if number in users.split():
            seen += 1
            assert users.split()[1:] == [number] * 4
            assert b"KANMON" not in environment
            assert b"PROXY" not in environment
    assert seen


@needs_root
def test_the_workspace_is_closed_to_the_browser(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("secret")
    secret.chmod(0o600)
    with browser_account.program_as_nobody("/bin/cat") as as_nobody:
        done = subprocess.run([as_nobody, secret], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Permission denied" in done.stderr


def test_root_is_no_user_without_rights() -> None:
    command = [sys.executable, "-I", str(unprivileged.__file__), "0", "/bin/true"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1
