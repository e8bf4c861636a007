"""The dataset folder as loading wants it: one reader for the terms, the tables and what was refused of them."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from kanmon.core.errors import FolderUnreadable
from kanmon.core.faults import Fault
from kanmon.core.progress import Progress
from kanmon.intake.files.listing import SERVICE_FILE, listing_of
from kanmon.intake.files.remarks import gettext
from kanmon.intake.files.rows.rejected import write_rejected, write_rows
from kanmon.intake.files.tables import stage_tables
from kanmon.intake.files.terms.service_file import read_service
from kanmon.intake.loading import NO_COLUMNS, NOTHING_KNOWN, ServiceFile, StagedTable


@dataclass(frozen=True)
class DatasetFolderReader:
    """Reads folders; `staging` is its own and emptied at each reading, refused rows go to `rejected`."""

    staging: Path
    rejected: Path
    reason_text: Callable[[Fault], str]
    memory_limit: str = "2GB"
    fetched: Mapping[str, Path] = field(default_factory=dict)
    """Tables that come from elsewhere; see `fetched_tables`."""

    def service(self, folder: Path) -> ServiceFile:
        """What `service.yaml` says, and what is odd about the folder as a whole; `FolderUnreadable` as `listing_of`.

        A table that the file says lies elsewhere is never read as one that isn't there.
        """
        listing = listing_of(folder, self.fetched)
        service = read_service(folder)
        if lacking := service.sources.keys() - self.fetched.keys():
            raise FolderUnreadable(
                gettext("%(tables)s lies elsewhere, as sources in %(file)s says, and was not fetched"),
                tables=", ".join(sorted(lacking)),
                file=SERVICE_FILE,
            )
        return replace(service, remarks=(*service.remarks, *listing.remarks))

    def tables(
        self,
        folder: Path,
        now: datetime,
        progress: Progress,
        known: Mapping[str, str] = NOTHING_KNOWN,
        columns: Mapping[str, Mapping[str, str]] = NO_COLUMNS,
    ) -> Sequence[StagedTable]:
        """Every table found, checked row by row; a file whose hash is `known` of its dataset is not read."""
        return stage_tables(
            folder, self.staging, now, progress, self.memory_limit, known=known, columns=columns, fetched=self.fetched
        )

    def clear(self) -> None:
        """Delete what is staged."""
        shutil.rmtree(self.staging, ignore_errors=True)

    def keep_refused(self, table: StagedTable, refused: pa.Table) -> Path:
        """Write what is wrong with one file, and beside it the rows, to be mended; returns where the list lies."""
        cells = table.cells or table.path
        if cells is not None:
            rows = replace(table, path=cells)
            write_rows(rows, refused, self.rejected / f"{table.dataset}.csv", self.reason_text)
        return write_rejected(self.rejected, table.file_name, refused, self.reason_text)

    def forget_refused(self) -> None:
        """Delete what the last load left; what clients and the board handed in lies in folders of its own."""
        for file in self.rejected.glob("*.csv"):
            file.unlink()
