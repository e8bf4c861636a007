"""Passwords are hashed apart from all else: pages go on, however many sign in."""

import asyncio
import threading

import pytest
from anyio import to_thread

from kanmon.access.web import hashing
from kanmon.access.web.hashing import AT_ONCE, in_hashing_pool
from kanmon.core.errors import TooManyRequests


def test_pages_go_on_while_hashing_is_full_and_whoever_comes_too_late_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "MOST_WAITING", 50)
    begun, goes_on = threading.Semaphore(0), threading.Event()

    def hashed() -> str:
        begun.release()
        assert goes_on.wait(60)
        return "hash"

    async def crowded() -> None:
        crowd = [asyncio.create_task(in_hashing_pool(hashed)) for _ in range(AT_ONCE + 50)]
        for _ in range(AT_ONCE):
            await to_thread.run_sync(begun.acquire)
        pages = [to_thread.run_sync(lambda: "page") for _ in range(100)]
        assert await asyncio.wait_for(asyncio.gather(*pages), 60) == ["page"] * 100
        assert not any(task.done() for task in crowd)
        with pytest.raises(TooManyRequests):
            await in_hashing_pool(hashed)
        goes_on.set()
        assert set(await asyncio.wait_for(asyncio.gather(*crowd), 60)) == {"hash"}
        assert await in_hashing_pool(lambda: "again") == "again"

    asyncio.run(crowded())
