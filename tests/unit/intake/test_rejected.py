"""Refused rows as people get them: all of them, readable in a spreadsheet, no formula among them."""

import csv
from pathlib import Path

import pyarrow as pa
import pytest

from kanmon.core.faults import Fault
from kanmon.core.refused import REFUSED_SCHEMA
from kanmon.intake.files.rows.rejected import write_rejected


def refused(*values: str) -> pa.Table:
    return pa.Table.from_pylist(
        [{"line": line, "column": "kind", "value": value, "fault": "missing"} for line, value in enumerate(values, 2)],
        REFUSED_SCHEMA,
    )


def reason(fault: Fault) -> str:
    return f"だめ：{fault.value}"


def test_every_row_is_there_with_its_reason(tmp_path: Path) -> None:
    path = write_rejected(tmp_path / "rejected", "events.csv", refused(*map(str, range(70_000))), reason)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["file", "line", "column", "value", "reason"]
    assert len(rows) == 70_000
    assert rows[0] == ["events.csv", "2", "kind", "0", "だめ：missing"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", " =1", "＝1", "\t=1", "\u200b=1", "\n=1", "\r1"])
def test_no_cell_is_a_formula(tmp_path: Path, cell: str) -> None:
    path = write_rejected(tmp_path, "=x.csv", refused(cell, "a=b"), reason)
    with path.open(encoding="utf-8-sig", newline="") as file:
        _, guarded, harmless = csv.reader(file)
    assert guarded[3] == "'" + cell
    assert guarded[0] == "'=x.csv"
    assert harmless[3] == "a=b"


def test_a_fault_midway_leaves_what_was_there(tmp_path: Path) -> None:
    path = write_rejected(tmp_path, "a.csv", refused("before"), reason)
    before = path.read_bytes()
    unheard = refused("x").set_column(3, "fault", pa.array(["unheard of"]))
    with pytest.raises(KeyError):
        write_rejected(tmp_path, "a.csv", unheard, reason)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
