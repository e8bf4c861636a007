"""Whatever a CSV file holds, each of its rows is found again on the line where an editor shows it."""

import csv
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kanmon.intake.files import csv_table
from kanmon.intake.files.csv_table import read_header, write_cells
from kanmon.intake.files.rows.headings import Headings

CELLS = st.text(alphabet='ab ,"\n\rあ', max_size=6)
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=30)


@given(rows=ROWS, ending=st.sampled_from(["\n", "\r\n"]), blank=st.integers(0, 2))
@example(rows=[["a", "a", "a"]] * 3 + [["\n"]] + [["b", "\r\n", "b"]] * 3, ending="\n", blank=1)
@settings(deadline=None, max_examples=150)
def test_rows_keep_their_lines(rows: list[list[str]], ending: str, blank: int) -> None:
    written, expected = ending * blank + "x,y,z" + ending, {}
    for row in rows:
        line = _line_after(written)
        expected[line] = row
        written += _written(row) + ending
    with TemporaryDirectory() as place:
        source, cells = Path(place) / "f.csv", Path(place) / "f.parquet"
        source.write_text(written, encoding="utf-8", newline="")
        refused = write_cells(
            source, "f.csv", read_header(source, "f.csv", Headings("t", ("x", "y", "z"))), cells
        ).refused
        found = {line: list(cells) for line, *cells in zip(*pq.read_table(cells).to_pydict().values(), strict=True)}
    right = {line: [cell or None for cell in row[:3]] for line, row in expected.items() if _is_whole(row)}
    broken = {line for line, row in expected.items() if not _is_whole(row) and _written(row).strip()}
    assert {line: row for line, row in found.items() if any(row)} == {
        line: row for line, row in right.items() if any(row)
    }
    assert set(refused["line"].to_pylist()) == broken


def test_lines_go_on_across_blocks(tmp_path: Path) -> None:
    source, cells = tmp_path / "f.csv", tmp_path / "f.parquet"
    expected, broken, text, line = [], [], "x,y,z\n", 2
    for number in range(120_000):
        match number % 7:
            case 3:
                broken.append(line)
                text_of_row, height = f"{number},short\n", 1
            case 5:
                expected.append((line, str(number)))
                text_of_row, height = f'{number},"one\ntwo",{"z" * 90}\n', 2
            case _:
                expected.append((line, str(number)))
                text_of_row, height = f"{number},y,{'z' * 90}\n", 1
        text += text_of_row
        line += height
    source.write_text(text, encoding="utf-8")
    assert source.stat().st_size > csv_table.BLOCK_BYTES
    refused = write_cells(source, "f.csv", read_header(source, "f.csv", Headings("t", ("x",))), cells).refused
    read = pq.read_table(cells)
    assert list(zip(read["line"].to_pylist(), read["0 x"].to_pylist(), strict=True)) == expected
    assert refused["line"].to_pylist() == broken


def _is_whole(row: list[str]) -> bool:
    return len(row) >= 3 and not any(map(str.strip, row[3:]))


def _written(row: list[str]) -> str:
    text = StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="").writerow(row)
    return text.getvalue()


def _line_after(written: str) -> int:
    return len(written.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
