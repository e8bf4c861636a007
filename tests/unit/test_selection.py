"""What waits for `make test` or the night is there, and says why it may wait."""

import ast
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from tests.selection import NIGHTLY, SLOW, patterns_in

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("pattern", "reason"), [*patterns_in(NIGHTLY).items(), *patterns_in(SLOW).items()])
def test_a_test_that_waits_is_there(pattern: str, reason: str) -> None:
    path, _, name = pattern.partition("::")
    assert reason
    files = sorted(ROOT.glob(path))
    assert files
    if name.startswith("test_"):
        names = {getattr(node, "name", "") for file in files for node in ast.parse(file.read_text("utf-8")).body}
        assert any(fnmatchcase(known, name.partition("[[]")[0]) for known in names)
