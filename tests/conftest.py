"""Servers for each test process, a database of its own for each test that asks for one, and a real browser."""

import shutil
from collections.abc import Generator, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from pwdlib.hashers.argon2 import Argon2Hasher

from kanmon.access.files import passwords
from kanmon.application.garbage import loading
from kanmon.db import embedded_postgres
from kanmon.db.database import prepare_database
from kanmon.db.embedded_postgres import EmbeddedPostgres
from kanmon.db.logins import DatabaseLogins
from kanmon.db.unit_of_work import Database
from kanmon.reviews.screens.files.browser import FLAGS, chromium_path
from tests.databases import FilledDatabases, own_database
from tests.drawn import load_profiles
from tests.object_storage import ObjectStorage, object_storage
from tests.rows import ROW_KEY
from tests.selection import FileScheduling, longest_first, mark_as_named

BROWSER_PATIENCE_MS = 180_000
THROWN_AWAY = """
fsync = off
full_page_writes = off
wal_compression = off
shared_buffers = 64MB
"""
"""Settings of a server whose files need not outlive this machine. It loses nothing when its processes are killed."""
load_profiles()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    with loading():
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_as_named(items)
    items.sort(key=longest_first)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileScheduling:
    return FileScheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What workspaces remember outside of themselves is this run's alone."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        patched.delenv("KANMON_CHECKPOINTS", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _light_servers() -> Iterator[None]:
    """Servers that this process starts do not wait for the disk."""
    as_made = embedded_postgres._configuration

    def light_configuration(sockets: Path) -> str:
        return as_made(sockets) + THROWN_AWAY

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(embedded_postgres, "_configuration", light_configuration)
        yield


@pytest.fixture(scope="session", autouse=True)
def _light_passwords() -> Iterator[None]:
    """Passwords that this process makes are soon looked at: a hash holds its cost, whoever looks."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "Argon2Hasher", partial(Argon2Hasher, time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A running server whose database `kanmon` is migrated and stays empty: the template of all others."""
    root = tmp_path_factory.mktemp("postgres")
    server = EmbeddedPostgres(root)
    server.start()
    try:
        prepare_database(server.logins())
        yield server
    finally:
        server.stop()
        shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def filled_databases(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> FilledDatabases:
    """What this process filled once, to be copied for tests that begin with it."""
    return FilledDatabases(postgres, tmp_path_factory.mktemp("filled"))


@pytest.fixture
def logins(postgres: EmbeddedPostgres) -> Iterator[DatabaseLogins]:
    """The logins to a migrated, empty database that only this test uses."""
    with own_database(postgres) as logins:
        yield logins


@pytest.fixture
def database(logins: DatabaseLogins) -> Iterator[Database]:
    """The control plane over a database that only this test uses."""
    control_plane = Database(logins.app, ROW_KEY)
    yield control_plane
    control_plane.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with its module: Playwright's event loop would be in the way of the next one.

    Its pages wait for what is to come, since how long that takes is the machine's affair.
    """
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patched:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        made = chromium.new_context

        def patient_context(**options: Any) -> BrowserContext:
            context = made(**options)
            context.set_default_timeout(BROWSER_PATIENCE_MS)
            return context

        patched.setattr(chromium, "new_context", patient_context)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def s3() -> Iterator[ObjectStorage]:
    """An S3 server on this machine that holds one bucket."""
    with object_storage() as storage:
        yield storage
