"""What `kanmon load` says: each reason with its first rows, and what follows from another table apart from it."""

import pyarrow as pa
import pytest

from kanmon.core.faults import Fault
from kanmon.core.refused import REFUSED_SCHEMA
from kanmon.intake.cli.printing import print_load
from kanmon.intake.loaded import FolderLoad, LoadedFile, fault_counts


def loaded(name: str, *rows: tuple[int, str, str, Fault]) -> LoadedFile:
    columns = zip(*((line, column, value, fault.value) for line, column, value, fault in rows), strict=True)
    refused = pa.table(list(columns), schema=REFUSED_SCHEMA)
    return LoadedFile(name, name.partition(".")[0], 0, 0, 0, len(rows), None, (), fault_counts(refused))


def test_every_reason_is_told_with_its_first_rows_and_how_many_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LANGUAGE", "en")
    never = [(line, "registered_at", "never", Fault.NOT_A_TIME) for line in range(2, 1_010)]
    unknown = [(line, "member_id", "m1", Fault.UNKNOWN_MEMBER) for line in range(2, 24_203)]
    print_load(
        FolderLoad(
            (
                loaded("events.csv", *unknown, (9, "kind", "", Fault.MISSING)),
                loaded("members.csv", *never, (5_000, "season", "20x7", Fault.UNKNOWN_SEASON)),
            ),
            (),
            (),
        ),
        as_json=False,
    )
    *causes, consequence = capsys.readouterr().err.splitlines()
    assert causes == [
        "events.csv:9: kind: '': is empty, and must not be",
        *(
            f"members.csv:{line}: registered_at: 'never': is not a time; write it like 2026-04-01T09:00:00+09:00"
            for line in range(2, 7)
        ),
        "members.csv: and 1,003 more: registered_at is not a time; write it like 2026-04-01T09:00:00+09:00",
        "members.csv:5000: season: '20x7': is no season of service.yaml",
    ]
    assert consequence.startswith("events.csv: 24,201 rows name a member that was not loaded, such as m1 (lines 2, 3,")
