"""When a process of Kanmon looks for garbage: seldom, and never in what it loaded to stay.

Python goes through every object it has, again and again, for cycles that nobody holds any more. A million of them come
with the libraries and stay to the end; what a command works on are rows by the ten thousand, hardly any in a cycle.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_NEW_OBJECTS = 50_000
"""How many come before Python looks; 700 if nobody says otherwise."""


def settle() -> None:
    """Take what there is out of the collector's sight, and have it look seldom at what comes."""
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


@contextmanager
def loading() -> Iterator[None]:
    """Load what stays without a look for garbage, and settle."""
    gc.disable()
    try:
        yield
    finally:
        settle()  # first, or the collector goes through all of it once more
        gc.enable()
