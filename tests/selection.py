"""Which tests run at once, by day and by night, and in which order: what takes long begins first."""

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

NIGHTLY = Path(__file__).parent / "nightly.toml"
SLOW = Path(__file__).parent / "slow.toml"
LONG_FIRST = (
    "tests/engines/",
    "tests/journey/portals/test_pages.py",
    "tests/portals/test_officer_desks.py",
    "tests/linkage/",
    "tests/lake/",
    "tests/journey/portals/",
    "tests/portals/",
    "tests/journey/",
    "tests/stores/",
    "tests/",
)
"""The folders whose files take longest come first, so that no process is left with one of them at the end.

The two files named make what others of their folders wait for (`tests/once.py`); those come when it is there.
"""
ASKING_SPARK = ("tests/journey/test_spark.py", "tests/stores/test_moments.py")
"""Files outside of tests/engines that start Spark."""


def patterns_in(file: Path) -> dict[str, str]:
    """The patterns of ids that a file names, each with its reason."""
    patterns: dict[str, str] = tomllib.loads(file.read_text(encoding="utf-8"))
    return patterns


def mark_as_named(items: list[pytest.Item]) -> None:
    """Mark the tests that `nightly.toml` and `slow.toml` name."""
    for file in (NIGHTLY, SLOW):
        patterns = [f"{pattern}*" for pattern in patterns_in(file)]
        for item in items:
            if any(fnmatchcase(item.nodeid, pattern) for pattern in patterns):
                item.add_marker(file.stem)


def longest_first(item: pytest.Item) -> int:
    """Where the test's file stands in the order of `LONG_FIRST`."""
    return next(place for place, folder in enumerate(LONG_FIRST) if item.nodeid.startswith(folder))


class FileScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives each file to one process, and all that ask Spark to one, which then starts a single session."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        asks_spark = path.startswith("tests/engines/") or path in ASKING_SPARK
        return "spark" if asks_spark else path
