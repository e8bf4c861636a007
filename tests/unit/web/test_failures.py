"""A request that fails is answered in a sentence, and neither the answer nor the log holds a value of anybody's."""

import asyncio
import errno
from pathlib import Path

import httpx
import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from kanmon.core.errors import DatabaseDamaged
from kanmon.web.failures import Failures

NAME = "山田 花子"


def answered(error: Exception, root: Path, path: str, *, begun: bool = False) -> httpx.Response:
    """What somebody reads of a request at which an application raises, before or after its answer has begun."""

    async def failing(scope: Scope, receive: Receive, send: Send) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(Failures(failing, keyed="/api/", root=root))
        async with httpx.AsyncClient(transport=transport, base_url="https://kanmon.example") as client:
            return await client.get(path)

    return asyncio.run(asked())


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ZeroDivisionError(NAME), 500, "PROGRAM_FAULT"),
        (OSError(errno.ENOSPC, NAME), 507, "DISK_FULL"),
        (PermissionError(errno.EACCES, NAME, "/srv/kanmon/secret"), 500, "FILE_FAILED"),
    ],
)
def test_what_no_rule_foresaw(
    error: Exception, status: int, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = answered(error, tmp_path, "/me")
    assert page.status_code == status
    assert page.headers["content-type"].startswith("text/html")
    assert "失敗しました" in page.text
    told = answered(error, tmp_path, "/api/v1/events")
    assert (told.status_code, told.json()["code"]) == (status, code)
    assert "our side" in told.json()["message"]
    for text in (page.text, told.text):
        assert NAME not in text
        assert "secret" not in text
        assert "Traceback" not in text
    log = capsys.readouterr().err
    assert log.count(f"[{code}]") == 2
    assert "Traceback" not in log


def test_a_fault_that_comes_again_and_again_is_written_down_once(tmp_path: Path) -> None:
    for _ in range(3):
        answered(ZeroDivisionError(NAME), tmp_path, "/me")
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("kanmon-fault-")
    assert NAME in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o077 == 0


def test_a_refusal_is_told_as_it_is_where_nothing_else_did(tmp_path: Path) -> None:
    page = answered(DatabaseDamaged("a page is torn"), tmp_path, "/me")
    assert page.status_code == 503
    assert "a page is torn" in page.text
    assert not list(tmp_path.iterdir())


def test_an_answer_that_has_begun_is_never_followed_by_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(AssertionError):  # httpx waits for the end of an answer that has none
        answered(ZeroDivisionError(NAME), tmp_path, "/me", begun=True)
    assert "[PROGRAM_FAULT]" in capsys.readouterr().err


def test_somebody_who_leaves_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ClientDisconnect):
        answered(ClientDisconnect(), tmp_path, "/me")
    assert not capsys.readouterr().err
    assert not list(tmp_path.iterdir())
