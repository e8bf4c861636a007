"""No table without an answer to what an erasure does with it."""

import re
from pathlib import Path

from kanmon.db.compaction import TABLES
from tests.tables import tables

PAGE = Path(__file__).parents[2] / "docs" / "erasure.md"


def test_the_page_about_erasure_names_every_table() -> None:
    named = set(re.findall(r"`([a-z_]+)`", PAGE.read_text(encoding="utf-8")))
    assert set(vars(tables)) - named - {"provision"} == set()


def test_what_is_written_anew_are_tables() -> None:
    assert set(TABLES) <= set(vars(tables))
