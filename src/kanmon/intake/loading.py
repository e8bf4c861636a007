"""Take a dataset folder in: read it, check it, put each table where it lives; refused rows are kept and told."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kanmon.clients.acquisition import Acquisition
from kanmon.clients.contract import ServiceTerms
from kanmon.consent.doubtful import RefusedRow
from kanmon.consent.holds.service import HOLDING, HoldCounts, HoldService, HoldStore, RowOrigin
from kanmon.consent.law import law_day
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Screen
from kanmon.core.clock import Clock
from kanmon.core.ids import ClientId
from kanmon.core.language import N_
from kanmon.core.progress import Progress
from kanmon.core.refused import MergeResult
from kanmon.core.transaction import Begin
from kanmon.intake.law import require_law_in_force
from kanmon.intake.loaded import SHOWN, FolderLoad, LoadedFile, Remark, fault_counts
from kanmon.intake.staged_rows import named_in, parted, refused_rows, refused_silently, refused_words, unusable_file
from kanmon.intake.table_source import TableSource
from kanmon.lake.service import Lake, silent
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger

NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})
NO_COLUMNS: Mapping[str, Mapping[str, str]] = MappingProxyType({})
"""What a folder says of headings where it says nothing."""

ORDER = (
    "members", "identities", "events", "consents", "renderings", "notices", "applicants", "confirmations", "outcomes",
    "decisions",
)  # fmt: skip
"""Tables in the order in which they are taken in: what is referred to comes before what refers to it."""

_STEPS = {
    "members": N_("load: members"),
    "identities": N_("load: logins"),
    "events": N_("load: events"),
    "consents": N_("load: consents"),
    "renderings": N_("load: looks at screens"),
    "notices": N_("load: notices"),
    "applicants": N_("load: applicants"),
    "confirmations": N_("load: confirmations"),
    "outcomes": N_("load: outcomes"),
    "decisions": N_("load: decisions"),
}

_IN_LAKE = {"members": "member", "identities": "identity", "events": "event"}


@dataclass(frozen=True)
class ServiceFile:
    """What `service.yaml` says."""

    terms: ServiceTerms
    policies: tuple[PolicyVersion, ...]
    screens: tuple[Screen, ...]
    remarks: tuple[Remark, ...]
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Which column a heading means, table by table."""
    sources: Mapping[str, TableSource] = field(default_factory=dict)
    """Where tables lie that are not in the folder."""


@dataclass(frozen=True)
class StagedTable:
    """One table of the folder, read and checked row by row, waiting as Parquet; or a file that can't be used."""

    dataset: str
    file_name: str
    sha256: str
    path: Path | None
    """Parquet: `line` and the contract's columns. One that is missing is empty in every row, lines count from 1.

    None where nothing of the file could be used, and a remark of the folder says why; or where it `is_known`."""
    refused: pa.Table
    remarks: tuple[Remark, ...]
    is_known: bool = False
    """Whether the very same file was taken in before, so that it was not read."""
    lost: int = 0
    """How many lines of `refused` are values alone, left out of rows that were taken."""
    as_written: tuple[RefusedRow, ...] = ()
    """The rows of `refused` whole, of a table in which a row that is not read might open something."""
    cells: Path | None = None
    """Parquet: every cell as the file has it, beside `line` where rows are not counted from 1."""


@dataclass(frozen=True)
class HandInSource:
    """Who hands a table over, and how the client says it got the data (APPI-10)."""

    client_id: ClientId
    account_no: int
    acquisition: Acquisition


@dataclass(frozen=True)
class KnownFile:
    """A file that was taken in whole, no row refused."""

    sha256: str
    loaded_at: datetime
    rows: int


class FolderReader(Protocol):
    """Reads a dataset folder."""

    def service(self, folder: Path) -> ServiceFile:
        """What `service.yaml` says; `ServiceInvalid` tells all that is wrong with it."""

    def tables(
        self,
        folder: Path,
        now: datetime,
        progress: Progress,
        known: Mapping[str, str] = NOTHING_KNOWN,
        columns: Mapping[str, Mapping[str, str]] = NO_COLUMNS,
    ) -> Sequence[StagedTable]:
        """Every table found, checked row by row; nothing lies later than `now` and a day.

        `known` is the SHA-256 of the file that was last taken in of each dataset: such a file is not read again.
        `columns` says, table by table, which column a heading means; a table that it speaks of is always read.
        """

    def clear(self) -> None:
        """Delete what `tables` staged: personal data lie there as clearly as in the folder."""

    def keep_refused(self, table: StagedTable, refused: pa.Table) -> Path:
        """Write what was refused of one file where a person finds it; returns where the list of faults lies."""

    def forget_refused(self) -> None:
        """Delete what was kept of the folder that was loaded before."""


class ErasedPeople(Protocol):
    """Who was erased: a file that was made before must not bring them back."""

    def are_any(self) -> bool:
        """Whether anybody ever was."""

    def among(self, members: Collection[str]) -> frozenset[str]:
        """Those of the members who asked for erasure."""


class LoadTransaction(Protocol):
    """What loading writes in one transaction."""

    ledger: Ledger
    holds: HoldStore

    def taken_in(self) -> Mapping[str, KnownFile]:
        """The file that was last taken in of each dataset, where no row of it was refused and nobody erased since."""

    def put_service(self, service: ServiceFile, loaded_at: datetime) -> None:
        """Put terms, policies and screens in force."""

    def merge_members(self, staged: Path, numbers: pa.Table, advance: Callable[[int], None] = silent) -> MergeResult:
        """Merge the members of a staged file under the lake's numbers (member_id, member_no)."""

    def merge(self, dataset: str, staged: Path, advance: Callable[[int], None] = silent) -> MergeResult:
        """Merge one staged table of the control plane; `advance` is told how many rows are copied in, bit by bit."""

    def note(self, staged: StagedTable, merged: MergeResult, loaded_at: datetime) -> int:
        """Note what became of a file, and the load's number, which acts of consent bear."""

    def note_acquisition(self, staged: StagedTable, by: HandInSource, stated_at: datetime, ledger_seq: int) -> None:
        """Note how the client got the data of a file."""


class Loading:
    """Takes one folder in. Each file is one transaction: what was loaded before a fault stays as it is."""

    def __init__(
        self,
        reader: FolderReader,
        lake: Lake,
        begin: Begin[LoadTransaction],
        clock: Clock,
        progress: Progress,
        erased: ErasedPeople,
    ) -> None:
        self._erased = erased
        self._reader = reader
        self._lake = lake
        self._begin = begin
        self._clock = clock
        self._progress = progress

    def load(self, folder: Path) -> FolderLoad:
        """Load a folder; the same folder again changes nothing, a corrected one replaces just the rows it names."""
        try:
            return self._load(folder)
        finally:
            self._reader.clear()

    def hand_over(self, folder: Path, own: Callable[[StagedTable], StagedTable], by: HandInSource) -> FolderLoad:
        """Load just the applicants of a folder, as a client hands them over; `own` refuses those not its own.

        `own` refuses every row that names a member, so that nothing is told of who was erased.
        """
        try:
            tables = self._reader.tables(folder, self._clock.real(), self._progress)
            return self._take_all([own(table) for table in tables if table.dataset == "applicants"], (), by)
        finally:
            self._reader.clear()

    def register(self, folder: Path) -> FolderLoad:
        """Load just the tables of a folder, as a board hands over a person who registers; the terms stay."""
        try:
            return self._take_tables(folder, (), {}, NO_COLUMNS)
        finally:
            self._reader.clear()

    def _load(self, folder: Path) -> FolderLoad:
        service = self._reader.service(folder)
        require_law_in_force(service.terms.law_profile_id, law_day(self._clock))
        with self._begin() as transaction:
            transaction.put_service(service, self._clock.real())
            self._log(transaction, _service_payload(service))
            taken_in = transaction.taken_in()
        self._reader.forget_refused()
        return self._take_tables(folder, service.remarks, self._still_there(taken_in), service.columns)

    def _still_there(self, taken_in: Mapping[str, KnownFile]) -> Mapping[str, KnownFile]:
        """What was taken in, without what the lake should hold and doesn't: somebody emptied or exchanged it."""
        sizes = self._lake.sizes()
        return {name: one for name, one in taken_in.items() if name not in _IN_LAKE or sizes.get(_IN_LAKE[name])}

    def _take_tables(
        self,
        folder: Path,
        remarks: Sequence[Remark],
        known: Mapping[str, KnownFile],
        columns: Mapping[str, Mapping[str, str]],
    ) -> FolderLoad:
        found = self._tables(folder, known, columns)
        if any(table.is_known and table.dataset in _IN_LAKE for table in found):
            torn = self._lake.torn()
            whole = {name: one for name, one in known.items() if _IN_LAKE.get(name) not in torn}
            found = found if len(whole) == len(known) else self._tables(folder, whole, columns)
        staged = {table.dataset: table for table in found}
        return self._take_all([staged[dataset] for dataset in ORDER if dataset in staged], remarks, known=known)

    def _tables(
        self, folder: Path, known: Mapping[str, KnownFile], columns: Mapping[str, Mapping[str, str]]
    ) -> Sequence[StagedTable]:
        """The tables of a folder; of those that are known just as they are, no row is read."""
        of_files = {dataset: one.sha256 for dataset, one in known.items()}
        return self._reader.tables(folder, self._clock.real(), self._progress, of_files, columns)

    def _take_all(
        self,
        waiting: Sequence[StagedTable],
        remarks: Sequence[Remark],
        by: HandInSource | None = None,
        known: Mapping[str, KnownFile] = MappingProxyType({}),
    ) -> FolderLoad:
        remarks = [*remarks, *(remark for table in waiting for remark in table.remarks)]
        files, unusable = [], []
        for table in waiting:
            if table.is_known:
                taken = known[table.dataset]
                files.append(LoadedFile(table.file_name, table.dataset, 0, 0, taken.rows, 0, None, ()))
                remarks.append(_was_known(table, taken))
            elif table.path is not None:
                file, stages = self._take_in(table, table.path, by)
                files.append(file)
                remarks += [_stages_listed(table, client, listed) for client, listed in stages.items()]
            else:
                unusable.append(table.file_name)
                self._alert(table)
        return FolderLoad(tuple(files), tuple(remarks), tuple(unusable))

    def _without_erased(self, table: StagedTable, path: Path) -> tuple[StagedTable, Path]:
        """The table without the rows of people who were erased, and its path; they are told, but not who it was."""
        if not self._erased.are_any() or "member_id" not in pq.read_schema(path).names:
            return table, path
        refused = table.refused
        words = refused_words(table.cells or path, refused) if len(refused) else {}
        erased = self._erased.among(named_in(path).union(*words.values()))
        if not erased:
            return table, path
        kept, taken_out = parted(path, pa.array(sorted(erased), pa.string()))
        naming = [line for line, named in words.items() if not erased.isdisjoint(named)]
        tells = pc.is_in(refused["line"], pa.array(naming, pa.int64()))
        parts = [
            refused.filter(pc.invert(tells)),
            refused_silently(refused.filter(tells)),
            refused_silently(taken_out),
        ]
        return replace(table, refused=pa.concat_tables(parts).sort_by("line")), kept

    def _alert(self, table: StagedTable) -> None:
        """A file that can't be used may hold somebody's no: the privacy owner is told until that is closed."""
        if table.dataset in HOLDING:
            with self._begin() as transaction:
                self._place(transaction, table, [unusable_file(table.file_name)])
                transaction.ledger.sign(self._clock.real())

    def _hold(self, transaction: LoadTransaction, table: StagedTable, path: Path, refused: pa.Table) -> HoldCounts:
        """Hold whom rows that were refused may concern, and end what those taken have mended."""
        holding = HoldService(transaction.holds, transaction.ledger, self._clock)
        if table.dataset == "members":
            holding.claim()
        if table.dataset not in HOLDING:
            return HoldCounts()
        rows = [*table.as_written, *refused_rows(path, refused)]
        if rows and self._erased.are_any():
            erased = self._erased.among({word for row in rows for word in row.words})
            rows = [row for row in rows if erased.isdisjoint(row.words)]
        holding.mend(table.dataset, rows, path)
        return self._place(transaction, table, rows)

    def _place(self, transaction: LoadTransaction, table: StagedTable, rows: Sequence[RefusedRow]) -> HoldCounts:
        holding = HoldService(transaction.holds, transaction.ledger, self._clock)
        return holding.place(RowOrigin(table.dataset, table.file_name, table.sha256), rows)

    def _log(self, transaction: LoadTransaction, payload: Mapping[str, object]) -> int:
        [seq] = transaction.ledger.append([NewEntry(EntryType.LOAD, self._clock.real(), payload)])
        transaction.ledger.sign(self._clock.real())
        return seq

    def _take_in(
        self, table: StagedTable, path: Path, by: HandInSource | None
    ) -> tuple[LoadedFile, Mapping[str, tuple[str, ...]]]:
        """What became of a table, and the stages listed for each client whose rows named another."""
        if by is None:
            table, path = self._without_erased(table, path)
        rows = pq.read_metadata(path).num_rows
        with self._progress.step(_STEPS[table.dataset], rows) as step, self._begin() as transaction:
            match table.dataset:
                case "members":
                    merged = transaction.merge_members(path, self._lake.load_members(path), step.advance)
                case "identities":
                    merged = self._lake.load_identities(path)
                case "events":
                    merged = self._lake.load_events(path, step.advance)
                case _:
                    merged = transaction.merge(table.dataset, path, step.advance)
            standing = self._hold(transaction, table, path, merged.refused)
            number = transaction.note(table, merged, self._clock.real())
            seq = self._log(transaction, _table_payload(table, merged, by, number))
            if by is not None:
                transaction.note_acquisition(table, by, self._clock.now(), seq)
        refused = pa.concat_tables([table.refused, merged.refused])
        rejected = self._reader.keep_refused(table, refused) if len(refused) else None
        taken_in = LoadedFile(
            table.file_name,
            table.dataset,
            merged.new,
            merged.replaced,
            merged.unchanged,
            len(refused),
            rejected,
            tuple(tuple(row.values()) for row in refused.slice(0, SHOWN).to_pylist()),
            fault_counts(refused),
            standing.holds,
            standing.alerts,
            table.lost,
        )
        return taken_in, merged.stages


def _was_known(table: StagedTable, taken: KnownFile) -> Remark:
    said = N_("%(file)s: the same file was taken in on %(at)s, and was not read again")
    return Remark(said, {"file": table.file_name, "at": instant(taken.loaded_at)})


def _stages_listed(table: StagedTable, client: str, listed: Sequence[str]) -> Remark:
    if not listed:
        return Remark(
            N_("%(file)s: the contract of %(client)s lists no stages; list them in service.yaml and load it again"),
            {"file": table.file_name, "client": client},
        )
    return Remark(
        N_("%(file)s: the contract of %(client)s lists these stages: %(stages)s"),
        {"file": table.file_name, "client": client, "stages": ", ".join(listed)},
    )


def _service_payload(service: ServiceFile) -> dict[str, object]:
    return {
        "dataset": "service",
        "law_profile_id": service.terms.law_profile_id,
        "policies": [
            {
                "policy_id": version.policy_id,
                "version_id": version.version_id,
                "language": version.language,
                "effective_from": instant(version.effective_from),
                "text_sha256": version.text_sha256,
            }
            for version in service.policies
        ],
    }


def _table_payload(table: StagedTable, merged: MergeResult, by: HandInSource | None, number: int) -> dict[str, object]:
    stated = {} if by is None else {"handed_over_by": by.client_id, "acquisition": _acquisition_payload(by.acquisition)}
    sealed = {} if merged.acts_sha256 is None else {"acts_sha256": merged.acts_sha256}
    return {
        **stated,
        **sealed,
        "load_id": number,
        "dataset": table.dataset,
        "file_name": table.file_name,
        "file_sha256": table.sha256,
        "rows": {
            "new": merged.new,
            "replaced": merged.replaced,
            "unchanged": merged.unchanged,
            "refused": len(table.refused) + len(merged.refused),
        },
    }


def _acquisition_payload(acquisition: Acquisition) -> dict[str, object]:
    return {
        "source": acquisition.source.value,
        "words": acquisition.words,
        "legal_basis": acquisition.legal_basis.value,
    }
