"""The service over a season that was run, in a process of its own, and a real browser to look at it."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.request import urlopen

import duckdb
import pytest
from playwright.sync_api import Browser, Page

from kanmon.application.application import Application, stop_database
from kanmon.cli.progress import LineProgress
from kanmon.lake.files.duckdb_lake import DuckDBLake
from tests.journey.command import Done, Road
from tests.journey.conftest import Ran, own_copy
from tests.journey.portals.patient import follow
from tests.journey.portals.provider import CLIENT_ID, CLIENT_SECRET, Provider
from tests.lake.lakes import Did, load_events
from tests.once import made_once

SCORED = """
    SELECT DISTINCT m.member_id FROM provision_record r JOIN member m USING (member_no)
    WHERE r.client_id = 'AOBA' ORDER BY 1 LIMIT :count
"""
NUMBERS = """
    SELECT DISTINCT m.member_no, m.member_id FROM provision_record r JOIN member m USING (member_no)
    WHERE r.client_id = 'AOBA'
"""
SHARED_LOGINS = """
    SELECT member, name, seen_at FROM read_parquet($1) JOIN read_parquet($2) ON space = 'cookie' AND code = cookie
    SEMI JOIN (SELECT cookie FROM read_parquet($1) GROUP BY cookie HAVING min(member) < max(member)) USING (cookie)
    ORDER BY member DESC
"""
UNTOUCHED = """
    SELECT member_id FROM member WHERE member_no NOT IN (SELECT member_no FROM applicant WHERE member_no IS NOT NULL)
    ORDER BY 1 LIMIT 1
"""
SCORED_PERSONS = ("asked", "withdrew", "downloaded", "objected", "disclosed", "counted")


class PatientRoad(Road):
    """A workspace that a service works in as well: a command waits until the worker has let go of it."""

    def __call__(self, command: str, *arguments: object) -> Done:
        for _ in range(600):
            done = super().__call__(command, *arguments)
            if "WORKSPACE_BUSY" not in done.err:
                break
            time.sleep(0.5)
        return done


@dataclass(frozen=True)
class Served:
    """A running service, the workspace behind it, and the password of each account."""

    url: str
    road: Road
    passwords: dict[str, str]
    members: dict[str, str]
    """The member behind each person's account."""
    settings: dict[str, str]
    """What the environment sets for it."""


@pytest.fixture(scope="session")
def provider() -> Iterator[Provider]:
    """An OpenID provider that people of the service may sign in at."""
    with Provider.running() as running:
        yield running


def furnish(road: Road, staging: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Accounts for everybody who may come, and a leak; the password of each account, and whose each person's is."""
    members = dict(zip(SCORED_PERSONS, (one for (one,) in road.rows(SCORED, count=len(SCORED_PERSONS))), strict=True))
    members["untouched"] = road.rows(UNTOUCHED)[0][0]
    members["shared"] = who_shares_a_browser(road, staging)
    accounts: dict[str, tuple[str, ...]] = {name: ("--member", member) for name, member in members.items()}
    accounts |= {"hr": ("--client", "AOBA"), "other-hr": ("--client", "MINATO"), "owner": ("--privacy-owner",)}
    accounts |= {role: ("--role", role) for role in ("author", "operator", "student_advocate", "legal")}
    accounts |= {"hoshino-hr": ("--client", "HOSHINO"), "kitahama-hr": ("--client", "KITAHAMA")}
    passwords = {
        name: road("account", "add", name, *whose, "--json").json["password"] for name, whose in accounts.items()
    }
    leak = ("--class", "L", "--title", "a list lost on the way", "--since", "2020-01-01", "--person", "owner")
    assert road("incident", "open", *leak).status == 0
    return passwords, members


@pytest.fixture(scope="session")
def served(
    request: pytest.FixtureRequest, provider: Provider, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    def make(folder: Path) -> None:
        ran: Ran = request.getfixturevalue("ran")
        road = ran.road.copy_to(folder / "workspace")
        (folder / "did").mkdir()
        (folder / "people.json").write_text(json.dumps(furnish(road, folder / "did")))
        stop_database(road.root)

    folder = made_once(tmp_path_factory, "served", make)
    passwords, members = json.loads((folder / "people.json").read_text())
    secret = tmp_path_factory.mktemp("secrets") / "oidc"
    secret.write_text(f"{CLIENT_SECRET}\n")
    settings = {
        "KANMON_OIDC_ISSUER": provider.issuer,
        "KANMON_OIDC_CLIENT_ID": CLIENT_ID,
        "KANMON_OIDC_CLIENT_SECRET_FILE": str(secret),
        "KANMON_OIDC_NAME": "学生ID",
    }
    with own_copy(folder, tmp_path_factory) as own:
        road = PatientRoad(own.root)
        with serving(road, settings) as url:
            yield Served(url, road, passwords, members, settings)


@contextmanager
def serving(
    road: Road,
    settings: Mapping[str, str] = MappingProxyType({}),
    options: Sequence[str] = (),
    host: str = "127.0.0.1",
) -> Iterator[str]:
    """The service over a workspace at a port of its own, with what the environment sets; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "kanmon", "serve", "--port", str(port), "--workspace", str(road.root), *options]
    environment = {name: value for name, value in os.environ.items() if name != "KANMON_DATABASE_URL"}
    url = f"http://{host}:{port}"
    environment = {**environment, "KANMON_ORIGIN": url, **settings}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            wait_for(url, process)
            yield url
        finally:
            process.terminate()


def who_shares_a_browser(road: Road, staging: Path) -> str:
    """A person scored for AOBA who did something on a browser that somebody else signed in on as well."""
    scored = {int(number): str(member) for number, member in road.rows(NUMBERS)}
    with Application.open(road.root, None, LineProgress()) as application:
        lake = DuckDBLake(application.lake)
        logins = duckdb.execute(SHARED_LOGINS, [lake.folder.paths("identity"), lake.folder.paths("name")]).fetchall()
        number, cookie, seen_at = next(login for login in logins if login[0] in scored)
        load_events(lake, staging, [Did(None, seen_at + 60_000, cookie=cookie)])
    return scored[number]


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
    follow(page, "main button")


def wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(6000):
        try:
            with urlopen(url, timeout=5):
                return
        except OSError:
            assert process.poll() is None, "the service ended"
            time.sleep(0.1)
    raise AssertionError("the service did not begin to answer")
