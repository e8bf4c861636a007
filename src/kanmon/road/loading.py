"""Take a dataset folder in: read it, check it, put each table where it lives; refused rows are kept and told."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kanmon.clients.acquisition import Acquisition
from kanmon.clients.contract import ServiceTerms
from kanmon.clock import Clock
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Screen
from kanmon.ids import ClientId
from kanmon.lake.service import Lake
from kanmon.language import N_
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger
from kanmon.refused import REFUSED_SCHEMA, Fault, Merged
from kanmon.road.ports import Progress

ORDER = (
    "members", "identities", "events", "consents", "renderings", "notices", "applicants", "confirmations", "outcomes",
    "decisions",
)  # fmt: skip
"""Tables in the order in which they are taken in: what is referred to comes before what refers to it."""

SHOWN = 100
"""How many refused rows of a file are told where it is loaded; all of them lie in a file."""


@dataclass(frozen=True)
class Remark:
    """Something the loader noticed and could mend by itself: a sentence with its values, in English."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class ServiceFile:
    """What `service.yaml` says."""

    terms: ServiceTerms
    policies: tuple[PolicyVersion, ...]
    screens: tuple[Screen, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True)
class StagedTable:
    """One table of the folder, read and checked row by row, waiting as Parquet; or a file that can't be used."""

    dataset: str
    file_name: str
    sha256: str
    path: Path | None
    """None where nothing of the file could be used; a remark of the folder says why."""
    refused: pa.Table
    remarks: tuple[Remark, ...]


@dataclass(frozen=True)
class HandedOver:
    """Who hands a table over, and how the client says it got the data (APPI-10)."""

    client_id: ClientId
    account_no: int
    acquisition: Acquisition


class FolderReader(Protocol):
    """Reads a dataset folder."""

    def service(self, folder: Path) -> ServiceFile:
        """What `service.yaml` says; `ServiceInvalid` tells all that is wrong with it."""

    def tables(self, folder: Path, now: datetime, progress: Progress) -> Sequence[StagedTable]:
        """Every table found, checked row by row; nothing lies later than `now` and a day."""

    def clear(self) -> None:
        """Delete what `tables` staged: personal data lie there as clearly as in the folder."""

    def keep_refused(self, file_name: str, refused: pa.Table) -> Path:
        """Write the refused rows of one file where a person finds them."""


class ErasedPeople(Protocol):
    """Who was erased: a file that was made before must not bring them back."""

    def among(self, members: Collection[str]) -> frozenset[str]:
        """Those of the members who asked for erasure."""


class LoadTransaction(Protocol):
    """What loading writes in one transaction."""

    ledger: Ledger

    def put_service(self, service: ServiceFile, loaded_at: datetime) -> None:
        """Put terms, policies and screens in force."""

    def merge_members(self, staged: Path, numbers: pa.Table) -> Merged:
        """Merge the members of a staged file under the lake's numbers (member_id, member_no)."""

    def merge(self, dataset: str, staged: Path) -> Merged:
        """Merge one staged table of the control plane."""

    def note(self, staged: StagedTable, merged: Merged, loaded_at: datetime) -> None:
        """Note what became of a file."""

    def note_acquisition(self, staged: StagedTable, by: HandedOver, stated_at: datetime, ledger_seq: int) -> None:
        """Note how the client got the data of a file."""


class LoadTransactions(Protocol):
    """Opens transactions for loading."""

    def begin_load(self) -> AbstractContextManager[LoadTransaction]:
        """A new transaction."""


@dataclass(frozen=True)
class LoadedFile:
    """What became of one file; the counts are rows."""

    file_name: str
    dataset: str
    new: int
    replaced: int
    unchanged: int
    refused: int
    rejected: Path | None
    """Where the refused rows lie."""
    sample: tuple[tuple[int, str, str, str], ...]
    """The first `SHOWN` refused rows: line, column, value, fault."""


@dataclass(frozen=True)
class Loaded:
    """What became of a folder."""

    files: tuple[LoadedFile, ...]
    remarks: tuple[Remark, ...]
    unusable: tuple[str, ...]
    """Files of which nothing was loaded."""

    @property
    def has_refusals(self) -> bool:
        """Whether any row or file was refused."""
        return bool(self.unusable) or any(file.refused for file in self.files)


class Loading:
    """Takes one folder in. Each file is one transaction: what was loaded before a fault stays as it is."""

    def __init__(
        self,
        reader: FolderReader,
        lake: Lake,
        transactions: LoadTransactions,
        clock: Clock,
        progress: Progress,
        erased: ErasedPeople,
    ) -> None:
        self._erased = erased
        self._reader = reader
        self._lake = lake
        self._transactions = transactions
        self._clock = clock
        self._progress = progress

    def load(self, folder: Path) -> Loaded:
        """Load a folder; the same folder again changes nothing, a corrected one replaces just the rows it names."""
        try:
            return self._load(folder)
        finally:
            self._reader.clear()

    def hand_over(self, folder: Path, own: Callable[[StagedTable], StagedTable], by: HandedOver) -> Loaded:
        """Load just the applicants of a folder, as a client hands them over; `own` refuses those not its own."""
        try:
            tables = self._reader.tables(folder, self._clock.real(), self._progress)
            return self._take_all([own(table) for table in tables if table.dataset == "applicants"], (), by)
        finally:
            self._reader.clear()

    def register(self, folder: Path) -> Loaded:
        """Load just the tables of a folder, as a board hands over a person who registers; the terms stay."""
        try:
            return self._take_tables(folder, ())
        finally:
            self._reader.clear()

    def _load(self, folder: Path) -> Loaded:
        service = self._reader.service(folder)
        with self._transactions.begin_load() as transaction:
            transaction.put_service(service, self._clock.real())
            self._log(transaction, _service_payload(service))
        return self._take_tables(folder, service.remarks)

    def _take_tables(self, folder: Path, remarks: Sequence[Remark]) -> Loaded:
        staged = {table.dataset: table for table in self._reader.tables(folder, self._clock.real(), self._progress)}
        return self._take_all([staged[dataset] for dataset in ORDER if dataset in staged], remarks)

    def _take_all(
        self, waiting: Sequence[StagedTable], remarks: Sequence[Remark], by: HandedOver | None = None
    ) -> Loaded:
        remarks = [*remarks, *(remark for table in waiting for remark in table.remarks)]
        with self._progress.step(N_("load"), len(waiting)) as step:
            files = []
            for table in waiting:
                if table.path is not None:
                    files.append(self._take_in(table, table.path, by))
                step.advance()
        return Loaded(tuple(files), tuple(remarks), tuple(table.file_name for table in waiting if table.path is None))

    def _without_erased(self, table: StagedTable, path: Path) -> StagedTable:
        """The table without the rows of people who were erased; they are told, but not who it was."""
        if "member_id" not in pq.read_schema(path).names:
            return table
        refused = table.refused
        names = pc.fill_null(pc.equal(refused["column"], "member_id"), False)
        told = refused.filter(names)["value"].drop_null().to_pylist()
        named = pc.unique(pq.read_table(path, columns=["member_id"])["member_id"]).drop_null().to_pylist()
        erased = pa.array(sorted(self._erased.among({*named, *told})), pa.string())
        if not len(erased):
            return table
        rows = pq.read_table(path)
        is_erased = pc.is_in(rows["member_id"], erased)
        pq.write_table(rows.filter(pc.invert(is_erased)), path)
        tells = pc.and_(names, pc.is_in(refused["value"], erased))
        parts = [
            refused.filter(pc.invert(tells)),
            _refused_silently(refused.filter(tells)),
            _refused_silently(rows.filter(is_erased)),
        ]
        return replace(table, refused=pa.concat_tables(parts).sort_by("line"))

    def _log(self, transaction: LoadTransaction, payload: Mapping[str, object]) -> int:
        [seq] = transaction.ledger.append([NewEntry(EntryType.LOAD, self._clock.real(), payload)])
        transaction.ledger.sign(self._clock.real())
        return seq

    def _take_in(self, table: StagedTable, path: Path, by: HandedOver | None) -> LoadedFile:
        table = self._without_erased(table, path)
        with self._transactions.begin_load() as transaction:
            match table.dataset:
                case "members":
                    merged = transaction.merge_members(path, self._lake.load_members(path))
                case "identities":
                    merged = self._lake.load_identities(path)
                case "events":
                    merged = self._lake.load_events(path)
                case _:
                    merged = transaction.merge(table.dataset, path)
            transaction.note(table, merged, self._clock.real())
            seq = self._log(transaction, _table_payload(table, merged, by))
            if by is not None:
                transaction.note_acquisition(table, by, self._clock.now(), seq)
        refused = pa.concat_tables([table.refused, merged.refused])
        rejected = self._reader.keep_refused(table.file_name, refused) if len(refused) else None
        return LoadedFile(
            table.file_name,
            table.dataset,
            merged.new,
            merged.replaced,
            merged.unchanged,
            len(refused),
            rejected,
            tuple(tuple(row.values()) for row in refused.slice(0, SHOWN).to_pylist()),
        )


def _refused_silently(rows: pa.Table) -> pa.Table:
    """The rows as refused, without the value: it names the person."""
    count = len(rows)
    return pa.table(
        [rows["line"], ["member_id"] * count, pa.nulls(count, pa.string()), [Fault.ERASED_MEMBER.value] * count],
        schema=REFUSED_SCHEMA,
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


def _table_payload(table: StagedTable, merged: Merged, by: HandedOver | None) -> dict[str, object]:
    stated = {} if by is None else {"handed_over_by": by.client_id, "acquisition": _acquisition_payload(by.acquisition)}
    return {
        **stated,
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
