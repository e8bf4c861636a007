"""What waits for the night is there, and says why it may wait."""

import ast
from pathlib import Path

import pytest

from tests.selection import nightly_patterns

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("pattern", "reason"), nightly_patterns().items())
def test_a_test_that_waits_for_the_night_is_there(pattern: str, reason: str) -> None:
    path, _, name = pattern.partition("::")
    assert reason
    assert (ROOT / path).exists()
    if name.strip("*").partition("[")[0].startswith("test_"):
        functions = ast.parse((ROOT / path).read_text(encoding="utf-8")).body
        assert name.partition("[")[0] in {getattr(function, "name", None) for function in functions}
