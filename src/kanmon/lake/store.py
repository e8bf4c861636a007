"""Which manifest of the lake is in force, as the control plane remembers it."""

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from kanmon.db.tables.keys import lake_manifest
from kanmon.db.unit_of_work import Database
from kanmon.lake.files.note import ManifestRecord


class LakeNote:
    """See `lake.files.note.ManifestNote`; each call is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def noted(self) -> ManifestRecord | None:
        """See `ManifestNote`."""
        with self._database.read() as session:
            row = session.connection.execute(
                select(lake_manifest.c.current_sha256, lake_manifest.c.coming_sha256)
            ).one_or_none()
        return None if row is None else ManifestRecord(*row)

    def note(self, noted: ManifestRecord) -> None:
        """See `ManifestNote`."""
        values = {"current_sha256": noted.current, "coming_sha256": noted.coming, "noted_at": func.now()}
        with self._database.write() as session:
            session.connection.execute(
                insert(lake_manifest)
                .values(is_here=True, **values)
                .on_conflict_do_update(index_elements=[lake_manifest.c.is_here], set_=values)
            )
