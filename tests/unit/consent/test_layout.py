"""A text laid out line by line says the same as the text, and each line knows its clause."""

import pytest

from kanmon.consent.layout import lines_of
from kanmon.consent.policy import PolicyVersion, text_sha256
from tests.unit.consent.texts import COVERING, STALE


@pytest.mark.parametrize("version", [COVERING, STALE], ids=["covering", "stale"])
def test_the_lines_have_the_hash_of_the_text(version: PolicyVersion) -> None:
    assert text_sha256("\n".join(line.text for line in lines_of(version))) == version.text_sha256


def test_each_line_belongs_to_the_clause_that_is_quoted_in_it() -> None:
    assert [line.clause_id for line in lines_of(STALE)] == [None, "c1", "c2"]
    title, article, *rest = lines_of(COVERING)
    assert (title.clause_id, article.clause_id) == (None, None)
    assert {line.clause_id for line in rest} == {"c1"}
