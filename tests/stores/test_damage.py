"""Damage that the database knows of: its own pages, and a lake that is not the one it was told of."""

from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kanmon.audits.rejudgement.audit import Span
from kanmon.audits.rejudgement.store import PostgresRejudgementReader
from kanmon.core.errors import DatabaseDamaged, LakeDamaged
from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import Database, failures_told
from kanmon.lake.files.duckdb_lake import DuckDBLake
from kanmon.lake.files.manifest import MANIFEST, LakeFolder
from kanmon.lake.files.note import ManifestRecord, digest_of
from kanmon.lake.store import LakeNote
from tests.lake.lakes import load_members


def test_a_lost_manifest_is_told_by_the_database(database: Database, tmp_path: Path) -> None:
    lake = DuckDBLake(LakeFolder(tmp_path / "lake", note=LakeNote(database)))
    assert lake.sizes() == {}
    load_members(lake, tmp_path, ["m1"])
    load_members(lake, tmp_path, ["m2"])
    manifest = tmp_path / "lake" / MANIFEST
    assert LakeNote(database).noted() == ManifestRecord(digest_of(manifest.read_bytes()))
    kept = manifest.read_bytes()
    manifest.unlink()
    with pytest.raises(LakeDamaged, match="missing"):
        DuckDBLake(LakeFolder(tmp_path / "lake", note=LakeNote(database))).sizes()
    manifest.write_bytes(kept)
    assert lake.sizes() == {"member": 2}


@pytest.mark.parametrize("statement", ["DELETE FROM lake_manifest", "TRUNCATE lake_manifest"])
def test_what_is_noted_of_a_lake_is_never_taken_away(database: Database, statement: str) -> None:
    LakeNote(database).note(ManifestRecord("a"))
    with pytest.raises(DBAPIError), database.write() as session:
        session.connection.execute(text(statement))
    assert LakeNote(database).noted() == ManifestRecord("a")


@pytest.mark.parametrize("state", ["XX001", "XX002", "58P01", "58030"])
def test_a_damaged_page_is_told(state: str) -> None:
    error = psycopg.errors.lookup(state)("invalid page in block 3 of relation base/5/16384")
    with pytest.raises(DatabaseDamaged, match="invalid page in block 3"), failures_told():
        raise error


def test_a_damaged_page_is_told_through_a_session(database: Database) -> None:
    raising = text("DO $$ BEGIN RAISE EXCEPTION 'invalid page in block 0' USING ERRCODE = 'XX001'; END $$")
    with pytest.raises(DatabaseDamaged, match="invalid page"), database.read() as session:
        session.connection.execute(raising)


def test_terms_from_before_readings_were_noted(database: Database) -> None:
    """As a workspace has them whose terms were there before readings were noted."""
    noted = text(
        "INSERT INTO terms_reading (of_table, name, read_at, content) VALUES ('season', 'S', '-infinity', '{}')"
    )
    with database.write() as session:
        session.connection.execute(noted)
    span = Span(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    with database.read() as session:
        assert list(PostgresRejudgementReader(session).cases(ClientId("C1"), span)) == []
