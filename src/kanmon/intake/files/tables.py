"""The tables of a folder, each read, checked row by row and staged as Parquet in the contract's types.

A file that can't be used is told and leaves the others alone; a row that can't be used is told and leaves its
neighbours alone. DuckDB does it set-based within a memory limit; a CSV file first becomes a Parquet file of written
cells, so that a row is found again by its line however often the file is looked at.
"""

import errno
import hashlib
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from kanmon.consent.doubtful import RefusedRow, as_written
from kanmon.consent.holds.service import HOLDING
from kanmon.core.errors import DiskFull
from kanmon.core.progress import Progress
from kanmon.core.refused import REFUSED_SCHEMA, no_rows_refused
from kanmon.intake.files.finished import finished, note_finished, sweep
from kanmon.intake.files.listing import listing_of, parts_of
from kanmon.intake.files.remarks import FileUnusable, gettext
from kanmon.intake.files.rows.columns import DATASETS, Dataset
from kanmon.intake.files.rows.headings import Headings
from kanmon.intake.files.rows.repeats import drop_repeats
from kanmon.intake.files.rows.row_checks import RowCheck, RowChecks
from kanmon.intake.files.sources import SourceFile, escaped, open_source, scanned
from kanmon.intake.loaded import Remark
from kanmon.intake.loading import NO_COLUMNS, NOTHING_KNOWN, StagedTable
from kanmon.lake.files.progress import followed
from kanmon.lake.files.sql import literal

_MB = 1_000_000
_NO_ROOM = ("No space left on device", "File too large", "Disk quota exceeded")


def stage_tables(
    folder: Path,
    staging: Path,
    now: datetime,
    progress: Progress,
    memory_limit: str = "2GB",
    only: Collection[str] = DATASETS,
    known: Mapping[str, str] = NOTHING_KNOWN,
    columns: Mapping[str, Mapping[str, str]] = NO_COLUMNS,
    fetched: Mapping[str, Path] | None = None,
) -> list[StagedTable]:
    """Read and check the tables of `folder` into `staging`; raises DiskFull, FolderUnreadable.

    Progress is told in MB. What a killed reading has finished is taken over, and `known` files are not read at all;
    see `intake.loading.FolderReader`. `columns` says, table by table, which column a heading means.
    """
    found = {name: files for name, files in listing_of(folder, fetched).tables.items() if name in only}
    sizes = {
        name: sum(-(-part.stat().st_size // _MB) for file in files for part in parts_of(file) or [file])
        for name, files in found.items()
    }
    with disk_has_room(), progress.step(gettext("read and check files, in MB"), sum(sizes.values())) as step:
        sweep(staging, found)
        staged = []
        with _engine(staging, memory_limit) as engine:
            for name, files in found.items():
                headings = Headings(name, DATASETS[name].names, columns.get(name, {}))
                stager = _Stager(engine, staging, now, known.get(name), headings, step.advance)
                staged.append(stager.stage(DATASETS[name], files, sizes[name]))
    return staged


@contextmanager
def _engine(staging: Path, memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(
        config={
            "memory_limit": memory_limit,
            "temp_directory": str(staging / "spill"),
            "autoinstall_known_extensions": False,
        }
    ) as engine:
        engine.execute("SET TimeZone = 'Asia/Tokyo'")
        # A filter on `fault_no` that is pushed down has every check worked out anew within every other.
        engine.execute("SET disabled_optimizers = 'filter_pushdown'")
        yield engine


@contextmanager
def disk_has_room() -> Iterator[None]:
    """Tell a disk that is full as what it is."""
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        if is_full or any(words in str(error) for words in _NO_ROOM):
            raise DiskFull(
                gettext("no room is left on the disk to read the folder: free some and load it again")
            ) from error
        raise


@dataclass(frozen=True)
class _Stager:
    engine: duckdb.DuckDBPyConnection
    staging: Path
    now: datetime
    known: str | None
    headings: Headings
    advance: Callable[[int], None]

    def stage(self, dataset: Dataset, files: Sequence[Path], size: int) -> StagedTable:
        names = ", ".join(file.name for file in files)
        try:
            if len(files) > 1:
                raise FileUnusable(gettext("%(file)s say the same table: keep one of them"), file=names)
            sha256 = _sha256(files[0])
            staged = self._taken_over(dataset, files[0], sha256)
            if staged is None:
                with followed(self.engine, size, self.advance):
                    return self._staged(dataset, files[0], sha256)
        except FileUnusable as unusable:
            staged = StagedTable(dataset.name, names, "", None, no_rows_refused(), (unusable.remark,))
        self.advance(size)
        return staged

    def _taken_over(self, dataset: Dataset, file: Path, sha256: str) -> StagedTable | None:
        if self.headings.chosen:  # what its headings mean may have been said anew since
            return None
        if sha256 == self.known:
            return StagedTable(dataset.name, file.name, sha256, None, no_rows_refused(), (), is_known=True)
        return finished(self.staging, dataset.name, file, sha256)

    def _staged(self, dataset: Dataset, file: Path, sha256: str) -> StagedTable:
        given, file = file, self._joined(file)
        source = open_source(self.engine, dataset, self.headings, file, self.staging)
        path = self.staging / f"{dataset.name}.parquet"
        if dataset.is_large and self._needs_no_change(dataset, source, file):
            shutil.copyfile(file, path)
            if file == given and _sha256(path) != sha256:
                raise FileUnusable(gettext("%(file)s was changed while it was read: load it again"), file=file.name)
            staged = StagedTable(dataset.name, file.name, sha256, path, no_rows_refused(), source.remarks, cells=file)
        else:
            refused, lost, remarks = self._checked(dataset, source, file.name, path)
            as_written = self._as_written(dataset, source, file.name, refused, path)
            told = (*source.remarks, *remarks)
            staged = StagedTable(
                dataset.name,
                file.name,
                sha256,
                path,
                refused,
                told,
                lost=lost,
                as_written=as_written,
                cells=source.cells,
            )
        note_finished(self.staging, staged)
        return staged

    def _joined(self, file: Path) -> Path:
        """The file itself; of a folder of Parquet files one file of all their rows, named like the folder."""
        parts = parts_of(file)
        if not parts:
            return file
        joined = self.staging / "joined" / f"{file.stem}.parquet"
        joined.parent.mkdir(exist_ok=True)
        scans = ", ".join(literal(escaped(part)) for part in parts)
        options = "hive_partitioning = true, hive_types_autocast = false, union_by_name = true"
        with _read(file.name):
            self.engine.execute(f"COPY (FROM read_parquet([{scans}], {options})) TO {literal(joined)} (FORMAT parquet)")
        return joined

    def _needs_no_change(self, dataset: Dataset, source: SourceFile, file: Path) -> bool:
        """Whether a file holds just columns of the contract, in its types, and each row is good as it is."""
        if file.suffix.lower() != ".parquet":
            return False
        columns = self.engine.execute(f"DESCRIBE FROM {scanned(file, ', hive_partitioning = false')}").fetchall()
        if not {(name, kind) for name, kind, *_ in columns} <= {(one.name, one.kind) for one in dataset.columns}:
            return False
        changed = RowChecks(dataset, source.types, self.now).changed(source.relation)
        with _read(file.name):
            return self.engine.execute(changed).fetchone() == (0,)

    def _checked(
        self, dataset: Dataset, source: SourceFile, file_name: str, path: Path
    ) -> tuple[pa.Table, int, list[Remark]]:
        """Stage the good rows; what is told of rows and values, how many of these are values alone, and remarks."""
        checks = RowChecks(dataset, source.types, self.now)
        remarks: list[Remark] = []
        lost = no_rows_refused()
        with _read(file_name):
            is_zoneless = self.engine.execute(checks.zoneless(source.relation)).fetchone() is not None
            is_mixed = is_zoneless and dataset.weighs_moments and self._has_zones(checks, source)
            remarks += self._rewritten(checks, source, file_name)
            copied = self.engine.execute(
                f"COPY ({checks.good(source.relation, is_mixed=is_mixed)}) TO {literal(path)} (FORMAT parquet)"
            ).fetchall()
            is_whole = [(source.rows,)] == copied
            refused = [source.broken, no_rows_refused() if is_whole else _refused(self.engine, checks, source.relation)]
            if self.engine.execute(checks.might_lose(source.relation)).fetchone():
                lost = _told(self.engine, checks.lost(source.relation), checks.losses)
        if is_zoneless:
            remarks.append(
                Remark(gettext("%(file)s: times without an offset were taken as Asia/Tokyo"), {"file": file_name})
            )
        if is_mixed:
            remarks.append(
                Remark(
                    gettext(
                        "%(file)s: some times have an offset and some have none. Those without may be Tokyo's or UTC's:"
                        " where that decides what came first, the answer is no. Write the offset of every time"
                    ),
                    {"file": file_name},
                )
            )
        repeats = drop_repeats(self.engine, dataset, path)
        if repeats.dropped and dataset.key:
            remarks.append(
                Remark(
                    gettext("%(file)s: what rows say again was taken once (rows left out: %(count)s)"),
                    {"file": file_name, "count": repeats.dropped},
                )
            )
        return pa.concat_tables([*refused, lost, repeats.refused]).sort_by("line"), len(lost), remarks

    def _rewritten(self, checks: RowChecks, source: SourceFile, file_name: str) -> Iterator[Remark]:
        """What is told of days and times that are not written as ISO 8601."""
        query = checks.rewritten(source.relation)
        for column, cell, read in self.engine.execute(query).fetchall() if query else ():
            yield Remark(
                gettext("%(file)s: %(column)s: “%(cell)s” was read as %(read)s, and so were cells like it"),
                {"file": file_name, "column": column, "cell": cell, "read": read},
            )

    def _has_zones(self, checks: RowChecks, source: SourceFile) -> bool:
        return self.engine.execute(checks.zoned(source.relation)).fetchone() is not None

    def _as_written(
        self, dataset: Dataset, source: SourceFile, file_name: str, told: pa.Table, kept: Path
    ) -> tuple[RefusedRow, ...]:
        """The refused rows whole, of a table in which a row that is not read might open something.

        `told` are faults, of rows that were refused and of values that cost no row; the good rows lie in `kept`.
        """
        if dataset.name not in HOLDING or not len(told):
            return ()
        checks = RowChecks(dataset, source.types, self.now)
        with _read(file_name):
            self.engine.register("told", told)
            refused = self.engine.execute(f"FROM told ANTI JOIN {scanned(kept)} USING (line)").to_arrow_table()
            self.engine.register("told", refused)
            found = self.engine.execute(checks.as_written(source.relation, "told")).to_arrow_table().to_pylist()
            self.engine.unregister("told")
        cells = {row.pop("line"): row for row in found}
        return tuple(_refused_row(row, cells.get(row["line"], {})) for row in refused.to_pylist())


@contextmanager
def _read(file_name: str) -> Iterator[None]:
    try:
        yield
    except (duckdb.IOException, duckdb.InterruptException):
        raise
    except duckdb.Error as error:
        raise FileUnusable(gettext("%(file)s can't be read: %(reason)s"), file=file_name, reason=str(error)) from error


def _sha256(file: Path) -> str:
    parts = parts_of(file)
    if file.is_dir() and not parts:
        raise FileUnusable(gettext("%(file)s is a folder without a Parquet file in it"), file=file.name)
    try:
        if parts:
            sums = [f"{part.relative_to(file)} {_sha256(part)}" for part in parts]
            return hashlib.sha256("\n".join(sums).encode()).hexdigest()
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise FileUnusable(
            gettext("%(file)s can't be read: %(reason)s"), file=file.name, reason=error.strerror
        ) from None


def _refused_row(told: Mapping[str, Any], cells: Mapping[str, str | None]) -> RefusedRow:
    text = as_written(list(cells.values())) if cells else told["value"]
    return RefusedRow(told["line"], text, told["column"] or "", told["fault"], cells)


def _refused(engine: duckdb.DuckDBPyConnection, checks: RowChecks, relation: str) -> pa.Table:
    return _told(engine, checks.bad(relation), checks.faults)


def _told(engine: duckdb.DuckDBPyConnection, query: str, faults: Sequence[RowCheck]) -> pa.Table:
    """What a query for line, place in `faults` and value finds, as `REFUSED_SCHEMA` has it."""
    lines, places, values = engine.execute(query).to_arrow_table().columns
    places = pc.cast(places.combine_chunks(), pa.int32())
    columns = pa.array([fault.column for fault in faults])
    named = pa.array([fault.fault.value for fault in faults])
    return pa.table([lines, columns.take(places), values, named.take(places)], schema=REFUSED_SCHEMA)
