"""Columns of a table line up on a terminal, in Japanese as well."""

import pytest

from kanmon.cli.tables import print_table

ROWS = [["企業", "人数"], ["株式会社青葉電機", "7"], ["AOBA", "1,130"]]


def test_words_begin_at_one_place(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(ROWS, is_of_words=True)
    assert capsys.readouterr().out == "企業              人数\n株式会社青葉電機  7\nAOBA              1,130\n"


def test_numbers_end_at_one_place(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(ROWS)
    assert capsys.readouterr().out == "            企業   人数\n株式会社青葉電機      7\n            AOBA  1,130\n"
