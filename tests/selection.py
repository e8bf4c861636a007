"""Which tests run by day and which by night, and in which order: what takes long begins first."""

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

NIGHTLY = Path(__file__).parent / "nightly.toml"
LONG_FIRST = ("tests/engines/", "tests/journey/portals/", "tests/journey/", "tests/portals/", "tests/stores/", "tests/")
"""The folders whose files take longest come first, so that no process is left with one of them at the end."""


def nightly_patterns() -> dict[str, str]:
    """The patterns of ids that wait for the night, each with its reason."""
    patterns: dict[str, str] = tomllib.loads(NIGHTLY.read_text(encoding="utf-8"))
    return patterns


def mark_nightly(items: list[pytest.Item]) -> None:
    """Mark the tests that `nightly.toml` names."""
    patterns = [f"{pattern}*" for pattern in nightly_patterns()]
    for item in items:
        if any(fnmatchcase(item.nodeid, pattern) for pattern in patterns):
            item.add_marker(pytest.mark.nightly)


def longest_first(item: pytest.Item) -> int:
    """Where the test's file stands in the order of `LONG_FIRST`."""
    return next(place for place, folder in enumerate(LONG_FIRST) if item.nodeid.startswith(folder))


def keep_together(item: pytest.Item) -> None:
    """Give each file to one process, and all that ask Spark to one, which then starts a single session."""
    path = item.nodeid.partition("::")[0]
    asks_spark = path.startswith("tests/engines/") or path == "tests/journey/test_spark.py"
    item.add_marker(pytest.mark.xdist_group("spark" if asks_spark else path))
