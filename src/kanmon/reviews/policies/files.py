"""A drafted change of policies and screens, read from the files of the contract without loading them."""

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from kanmon.core.errors import FolderUnreadable
from kanmon.core.progress import Progress
from kanmon.intake.files.listing import SERVICE_FILE, listing_of
from kanmon.intake.files.remarks import gettext
from kanmon.intake.files.tables import stage_tables
from kanmon.intake.files.terms.service_file import read_service
from kanmon.intake.loaded import Remark
from kanmon.intake.loading import StagedTable
from kanmon.reviews.policies.impact import PlannedChange

_RENDERINGS = "renderings"


@dataclass(frozen=True)
class FolderChangeReader:
    """See `reviews.policies.impact.ChangeReader`; `staging` is its own and emptied at each reading."""

    staging: Path

    def read(self, path: Path, latest: datetime, progress: Progress) -> PlannedChange:
        """The change; whatever else lies in its folder is left alone and told."""
        folder, names = (path, None) if path.is_dir() else (path.parent, (path.name,))
        tables = listing_of(folder).tables
        has_service = (folder / SERVICE_FILE).exists() and SERVICE_FILE in (names or (SERVICE_FILE,))
        looks = [file for file in tables.get(_RENDERINGS, ()) if file.name in (names or (file.name,))]
        if not has_service and not looks:
            raise FolderUnreadable(
                gettext("%(path)s is no change to ask about: name a folder with service.yaml or renderings, or a file"),
                path=path,
            )
        service = read_service(folder) if has_service else None
        if service is not None and _RENDERINGS in service.sources:
            raise FolderUnreadable(
                gettext(
                    "%(table)s lies elsewhere, as sources in %(file)s says: put it into %(folder)s to ask about it"
                ),
                table=_RENDERINGS,
                file=SERVICE_FILE,
                folder=folder,
            )
        [staged] = stage_tables(folder, self.staging, latest, progress, only={_RENDERINGS}) if looks else [None]
        return PlannedChange(
            service,
            staged,
            None if staged is None else _last_look(staged),
            (*(service.remarks if service else ()), *(staged.remarks if staged else ()), *_left_alone(tables, names)),
        )

    def clear(self) -> None:
        """Delete what is staged."""
        shutil.rmtree(self.staging, ignore_errors=True)


def _last_look(staged: StagedTable) -> datetime | None:
    if staged.path is None:
        raise FolderUnreadable(staged.remarks[0].message, **staged.remarks[0].values)
    last: datetime | None = pc.max(pq.read_table(staged.path, columns=["occurred_at"])["occurred_at"]).as_py()
    return last


def _left_alone(tables: dict[str, list[Path]], names: tuple[str, ...] | None) -> tuple[Remark, ...]:
    others = [name for name in tables if name != _RENDERINGS]
    if names is not None or not others:
        return ()
    return (
        Remark(
            gettext("only service.yaml and renderings are asked about; left alone: %(tables)s"),
            {"tables": ", ".join(others)},
        ),
    )
