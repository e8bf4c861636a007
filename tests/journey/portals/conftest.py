"""The service over a season that was run, in a process of its own, and a real browser to look at it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from kanmon.bootstrap.application import stop_database
from tests.journey.command import Road
from tests.journey.conftest import Ran

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
SCORED = """
    SELECT DISTINCT m.member_id FROM provision_record r JOIN member m USING (member_no)
    WHERE r.client_id = 'AOBA' ORDER BY 1 LIMIT :count
"""
UNTOUCHED = """
    SELECT member_id FROM member WHERE member_no NOT IN (SELECT member_no FROM applicant WHERE member_no IS NOT NULL)
    ORDER BY 1 LIMIT 1
"""
SCORED_PERSONS = ("asked", "withdrew", "downloaded")


@dataclass(frozen=True)
class Served:
    """A running service, the workspace behind it, and the password of each account."""

    url: str
    road: Road
    passwords: dict[str, str]
    members: dict[str, str]
    """The member behind each person's account."""


@pytest.fixture(scope="session")
def served(ran: Ran, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    road = ran.road.copy_to(tmp_path_factory.mktemp("served") / "workspace")
    members = dict(zip(SCORED_PERSONS, (one for (one,) in road.rows(SCORED, count=3)), strict=True))
    members["untouched"] = road.rows(UNTOUCHED)[0][0]
    accounts: dict[str, tuple[str, ...]] = {name: ("--member", member) for name, member in members.items()}
    accounts |= {"hr": ("--client", "AOBA"), "other-hr": ("--client", "MINATO"), "owner": ("--privacy-owner",)}
    accounts |= {role: ("--role", role) for role in ("author", "operator", "student_advocate", "legal")}
    passwords = {
        name: road("account", "add", name, *whose, "--json").json["password"] for name, whose in accounts.items()
    }
    with serving(road) as url:
        yield Served(url, road, passwords, members)
    stop_database(road.root)


@contextmanager
def serving(road: Road, *options: str) -> Iterator[str]:
    """The service over a workspace at a port of its own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "kanmon", "serve", "--port", str(port), "--workspace", str(road.root), *options]
    environment = {name: value for name, value in os.environ.items() if name != "KANMON_DATABASE_URL"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(url, process)
            yield url
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with its module: Playwright's event loop would be in the way of the next one."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page as somebody in Japan opens it who was never there before, with and without script."""
    context = browser.new_context(locale="ja-JP", java_script_enabled=request.param)
    yield context.new_page()
    context.close()


def sign_in(page: Page, served: Served, name: str) -> None:
    page.goto(served.url)
    page.fill("#name", name)
    page.fill("#password", served.passwords[name])
    page.click("main button")


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(1200):
        try:
            with urlopen(url, timeout=5):
                return
        except URLError:
            assert process.poll() is None, "the service ended"
            time.sleep(0.1)
    raise AssertionError("the service did not begin to answer")
