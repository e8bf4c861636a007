"""A client's file is read before the workspace is held: however long that takes, nobody else waits for it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kanmon.access.account import Account
from kanmon.adapters.folder.apart import Apart
from kanmon.adapters.folder.mending import HandInReader
from kanmon.adapters.workspace import Workspace
from kanmon.bootstrap.application import Application
from kanmon.bootstrap.client_desk import ClientDesk
from kanmon.clients.contract import LegalBasis
from kanmon.errors import NotFound, TooLarge, WorkspaceBusy
from kanmon.road.loading import HandedOver, Loaded, StagedTable
from tests.unit.folder.folders import APPLICANT, APPLICANTS
from tests.unit.folder.test_apart import bomb

STATED = ("applicants", "they applied with us", LegalBasis.CONSENT.value)


class Intake:
    """Takes in what a reader gives, and notes who could work meanwhile."""

    def __init__(self, reader: HandInReader, workspace: Workspace, taken: list[Sequence[object]]) -> None:
        self.reader, self.workspace, self.taken = reader, workspace, taken

    def hand_over(self, folder: Path, own: Callable[[StagedTable], StagedTable], by: HandedOver) -> Loaded:
        assert is_held(self.workspace)
        for table in map(own, self.reader.tables(folder, datetime.now(UTC), cast("Any", None))):
            assert table.path is not None
            self.taken.append(pq.read_table(table.path)["applicant_id"].to_pylist())
            if len(table.refused):
                self.reader.keep_refused(table.file_name, table.refused)
        self.reader.clear()
        return Loaded((), (), ())


def is_held(workspace: Workspace) -> bool:
    try:
        with workspace.hold():
            return False
    except WorkspaceBusy:
        return True


@pytest.fixture
def taken() -> list[Sequence[object]]:
    return []


@pytest.fixture
def desk(tmp_path: Path, taken: list[Sequence[object]]) -> ClientDesk:
    workspace = Workspace.create(tmp_path / "workspace", is_replay=False)
    client = SimpleNamespace(contract=SimpleNamespace(legal_basis=LegalBasis.CONSENT))

    @contextmanager
    def begin(client_id: str) -> Iterator[tuple[Any, None]]:
        yield SimpleNamespace(clients={client_id: client}), None

    application = SimpleNamespace(
        workspace=workspace,
        clock=SimpleNamespace(real=lambda: datetime(2026, 4, 1, tzinfo=UTC)),
        transactions=SimpleNamespace(begin_client_records=begin),
        loading=lambda reader: Intake(reader, workspace, taken),
    )
    return ClientDesk(cast("Application", application), cast("Account", SimpleNamespace(client_id="X", account_no=1)))


def test_nobody_waits_while_a_file_is_read(
    desk: ClientDesk, taken: list[Sequence[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    held, read = [], Apart.tables

    def watched(self: Apart, *arguments: Any) -> Sequence[StagedTable]:
        held.append(is_held(desk.application.workspace))
        return read(self, *arguments)

    monkeypatch.setattr(Apart, "tables", watched)
    text = APPLICANTS + APPLICANT + APPLICANT.replace("a1", "#N/A") + APPLICANT.replace("X,a1", "Y,a2")
    desk.hand_over("list.csv", text.encode(), STATED, str)
    assert (held, taken) == ([False], [["a1"]])
    mendable = desk.refused_rows().decode("utf-8-sig").splitlines()
    assert [row.split(",")[:2] for row in mendable[1:]] == [["X", "#N/A"], ["Y", "a2"]]
    assert [one.name for one in desk.application.workspace.root.glob(".handed-over-*")] == []
    desk.hand_over("list.csv", (APPLICANTS + APPLICANT).encode(), STATED, str)
    with pytest.raises(NotFound):
        desk.refused_rows()


def test_a_bomb_is_refused_and_nothing_is_held_or_taken(
    desk: ClientDesk, taken: list[Sequence[object]], tmp_path: Path
) -> None:
    bomb(tmp_path / "bomb.parquet", 2_000_000)
    with pytest.raises(TooLarge, match="2,000,000 rows"):
        desk.hand_over("bomb.parquet", (tmp_path / "bomb.parquet").read_bytes(), STATED, str)
    assert (taken, is_held(desk.application.workspace)) == ([], False)


def test_refused_rows_of_a_table_are_mended_as_they_stand(desk: ClientDesk, tmp_path: Path) -> None:
    rows: Mapping[str, Sequence[object]] = {
        "client_id": ["X"] * 3_000, "applicant_id": [float(number) for number in range(2_999)] + [1.5],
        "season": ["2026"] * 3_000, "applied_at": ["2026-02-01T00:00:00Z"] * 3_000, "as_of": ["2026-03-01"] * 3_000,
    }  # fmt: skip
    pq.write_table(pa.table(rows), tmp_path / "list.parquet")
    desk.hand_over("list.parquet", (tmp_path / "list.parquet").read_bytes(), STATED, str)
    [_, row] = desk.refused_rows().decode("utf-8-sig").splitlines()
    assert row.startswith("X,1.5,2026,")
