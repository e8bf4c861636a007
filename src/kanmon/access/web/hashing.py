"""Where passwords are hashed: in a small pool of threads of its own, so that no page waits for it.

A hash takes the processor and memory that its library recommends, and who tries many at once must wait for themselves.
"""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread

from kanmon.core.errors import TooManyRequests
from kanmon.core.language import N_

AT_ONCE = 2
MOST_WAITING = 200
"""More than sign in at once at any campus; beyond it nobody would wait for the answer."""
_SECONDS = 10
_POOL = CapacityLimiter(AT_ONCE)
_Result = TypeVar("_Result")


async def in_hashing_pool(work: Callable[[], _Result]) -> _Result:
    """What comes of work that hashes a password; `TooManyRequests` where too many wait for it already."""
    if _POOL.statistics().tasks_waiting >= MOST_WAITING:
        raise TooManyRequests(
            N_("that is too much within a minute; try again in %(seconds)s seconds"), seconds=_SECONDS
        )
    return await to_thread.run_sync(work, limiter=_POOL)
