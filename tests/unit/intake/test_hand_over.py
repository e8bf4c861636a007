"""A client's file is read before the workspace is held: however long that takes, nobody else waits for it."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from kanmon.access.account import Account
from kanmon.clients.contract import LegalBasis
from kanmon.core.errors import NotFound, TooLarge, UsageError, WorkspaceBusy
from kanmon.core.refused import MergeResult, no_rows_refused
from kanmon.core.workspace import Workspace
from kanmon.intake.files.apart import IsolatedReader
from kanmon.intake.loading import HandInSource, StagedTable
from kanmon.ledger.entry import NewEntry
from kanmon.provision.use_cases.client import ClientService
from tests.unit.application.applications import application
from tests.unit.intake.folders import APPLICANT, APPLICANTS
from tests.unit.intake.test_apart import bomb

STATED = ("applicants", "they applied with us", LegalBasis.CONSENT.value)


class Ledger:
    """Numbers what is logged, and signs nothing."""

    def append(self, new: Iterable[NewEntry]) -> list[int]:
        return [number for number, _ in enumerate(new)]

    def sign(self, at: datetime) -> None:
        pass


@dataclass(frozen=True)
class Taking:
    """Takes in what loading merges, and notes who could work meanwhile."""

    workspace: Workspace
    taken: list[Sequence[object]]
    ledger: Ledger = field(default_factory=Ledger)
    holds: None = None

    def merge(self, dataset: str, staged: Path, advance: Callable[[int], None]) -> MergeResult:
        assert dataset == "applicants"
        assert is_held(self.workspace)
        self.taken.append(pq.read_table(staged)["applicant_id"].to_pylist())
        return MergeResult(len(self.taken[-1]), 0, 0, no_rows_refused())

    def note(self, staged: StagedTable, merged: MergeResult, loaded_at: datetime) -> int:
        return 1

    def note_acquisition(self, staged: StagedTable, by: HandInSource, stated_at: datetime, ledger_seq: int) -> None:
        assert is_held(self.workspace)
        assert (by.client_id, by.account_no, by.acquisition.words) == ("X", 1, STATED[1])


@dataclass(frozen=True)
class Transactions:
    """Knows the contract of one client, and takes in what it hands over."""

    taking: Taking

    @contextmanager
    def read(self) -> Iterator[Any]:
        client = SimpleNamespace(contract=SimpleNamespace(legal_basis=LegalBasis.CONSENT))
        yield SimpleNamespace(terms=SimpleNamespace(clients={"X": client}))

    def writing(self, store: object, *, waits: bool = False) -> Callable[[], AbstractContextManager[Taking]]:
        """Loading waits, and the look for who was erased doesn't."""
        return self._load if waits else self._erased

    @contextmanager
    def _load(self) -> Iterator[Taking]:
        yield self.taking

    def _erased(self) -> NoReturn:
        pytest.fail("a client would be told who was erased")


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
def desk(tmp_path: Path, taken: list[Sequence[object]]) -> ClientService:
    workspace = Workspace.create(tmp_path / "workspace", is_replay=False)
    known = application(Transactions(Taking(workspace, taken)), workspace)
    return ClientService(known, cast("Account", SimpleNamespace(client_id="X", account_no=1)))


def test_nobody_waits_while_a_file_is_read(
    desk: ClientService, taken: list[Sequence[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    held, read = [], IsolatedReader.tables

    def watched(self: IsolatedReader, *arguments: Any) -> Sequence[StagedTable]:
        held.append(is_held(desk.application.workspace))
        return read(self, *arguments)

    monkeypatch.setattr(IsolatedReader, "tables", watched)
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
    desk: ClientService, taken: list[Sequence[object]], tmp_path: Path
) -> None:
    bomb(tmp_path / "bomb.parquet", 2_000_000)
    with pytest.raises(TooLarge, match="2,000,000 rows"):
        desk.hand_over("bomb.parquet", (tmp_path / "bomb.parquet").read_bytes(), STATED, str)
    assert (taken, is_held(desk.application.workspace)) == ([], False)


def test_refused_rows_of_a_table_are_mended_as_they_stand(desk: ClientService, tmp_path: Path) -> None:
    rows: Mapping[str, Sequence[object]] = {
        "client_id": ["X"] * 3_000, "applicant_id": [float(number) for number in range(2_999)] + [1.5],
        "season": ["2026"] * 3_000, "applied_at": ["2026-02-01T00:00:00Z"] * 3_000, "as_of": ["2026-03-01"] * 3_000,
    }  # fmt: skip
    pq.write_table(pa.table(rows), tmp_path / "list.parquet")
    desk.hand_over("list.parquet", (tmp_path / "list.parquet").read_bytes(), STATED, str)
    [_, row] = desk.refused_rows().decode("utf-8-sig").splitlines()
    assert row.startswith("X,1.5,2026,")


def test_a_workbook_is_taken_and_its_refused_rows_are_given_back(desk: ClientService, tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    for row in (*csv.reader((APPLICANTS + APPLICANT).splitlines()), ["X", "a2", 2026, "never", "2026-03-01"]):
        sheet.append(row)
    workbook.save(tmp_path / "list.xlsx")
    desk.hand_over("list.xlsx", (tmp_path / "list.xlsx").read_bytes(), STATED, str)
    [_, row] = desk.refused_rows().decode("utf-8-sig").splitlines()
    assert row.startswith("X,a2,2026,never,2026-03-01,applied_at ")


def test_a_file_of_another_kind_is_told(desk: ClientService) -> None:
    with pytest.raises(UsageError, match=r"ends in \.csv, \.xlsx, \.parquet"):
        desk.hand_over("list.pdf", b"", STATED, str)
