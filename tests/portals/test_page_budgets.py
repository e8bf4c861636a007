"""Pages of staff stay small and cheap with 38 clients, 75,000 applicants, 1,000 incidents and 10,000 requests."""

import asyncio
import gzip
import os
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from httpx import ASGITransport, AsyncClient

from kanmon.application.application import Application, stop_database
from kanmon.cli.progress import LineProgress
from kanmon.db.embedded_postgres import DATABASE, EmbeddedPostgres
from kanmon.db.logins import conninfo_of
from kanmon.web.app import ROUTERS, create_app
from tests.portals.office import HOST, OURS, Office, accounts

MOST_SECONDS = 0.3
MOST_BYTES = 100_000
LOOKS = 3
ONE_OF_EACH = (
    "/officer/incidents/I-2026-0001", "/officer/incidents/I-2026-0999", "/officer/clients/AOBA",
    "/officer/refusals/DENY_NO_CONSENT", "/officer/models/AOBA-1", "/officer/incidents?words=900&state=open",
)  # fmt: skip


@pytest.fixture(scope="module")
def platform(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[FastAPI, dict[str, str]]]:
    """The portals over the office's season and all that was added, and the passwords of those who look."""
    road = office.road.copy_to(tmp_path_factory.mktemp("platform") / "workspace")
    server = EmbeddedPostgres(road.root / "postgres")
    server.start()
    with psycopg.connect(conninfo_of(server.superuser_url(DATABASE)), autocommit=True) as connection:
        connection.execute(Path(__file__).with_name("volume.sql").read_bytes())
        connection.execute("DELETE FROM kanmon.account")
    with Application.open(road.root, None, LineProgress(), alone=False) as application:
        yield create_app(application), accounts(application)
    stop_database(road.root)


def pages(below: str) -> list[str]:
    """The addresses below a path that need nothing else to be known."""
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    found = {route.path for route in routes if "GET" in (route.methods or ())}
    return sorted(path for path in found if path.startswith(below) and "{" not in path)


def seconds_of_processor(server: Path) -> float:
    """What this process and the processes of the database have used so far."""
    postmaster = (server / "data" / "postmaster.pid").read_text().split("\n")[0]
    used = time.process_time()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            said = (process / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if said[1] == postmaster:
            used += (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")
    return used


def test_every_page_of_staff_keeps_its_budget(platform: tuple[FastAPI, dict[str, str]]) -> None:
    """The best of three looks, in seconds of processor, so that a loaded machine changes nothing."""
    app, passwords = platform
    server = app.state.application.workspace.database
    asked = [("officer", path) for path in (*pages("/officer"), "/review/coverage", *ONE_OF_EACH)]
    asked += [("staff", path) for path in pages("/client")]

    async def measured() -> dict[str, tuple[int, float, int]]:
        found = {}
        for name in ("officer", "staff"):
            async with AsyncClient(transport=ASGITransport(app=app), base_url=HOST, headers=OURS) as browser:
                await browser.post("/sign-in", data={"name": name, "password": passwords[name]})
                for path in [path for who, path in asked if who == name]:
                    looks = []
                    for _ in range(LOOKS):
                        before = seconds_of_processor(server)
                        page = await browser.get(path)
                        looks.append(seconds_of_processor(server) - before)
                    found[path] = page.status_code, min(looks), len(gzip.compress(page.content))
        return found

    found = asyncio.run(measured())
    shown = {path: (round(seconds * 1000), size) for path, (status, seconds, size) in found.items() if status == 200}
    print(*(f"{path}: {ms} ms, {size} bytes" for path, (ms, size) in shown.items()), sep="\n")  # noqa: T201
    assert {path for path, (status, *_) in found.items() if status not in {200, 303, 404}} == set()
    assert len(shown) >= 30, found
    assert {path: told for path, told in shown.items() if told[0] > MOST_SECONDS * 1000 or told[1] > MOST_BYTES} == {}
