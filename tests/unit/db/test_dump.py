"""The login by which a backup sees every row."""

from pathlib import Path

import pytest

from kanmon.core.errors import UsageError
from kanmon.db.dump import full_login
from kanmon.db.embedded_postgres import EmbeddedPostgres

OWN = {"KANMON_DATABASE_URL": "postgresql://kanmon@127.0.0.1/kanmon"}


def test_an_address_that_is_none_is_told_by_the_setting_that_holds_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        full_login(EmbeddedPostgres(tmp_path), {**OWN, "KANMON_BACKUP_URL": "backup"})
    assert refused.value.values["name"] == "KANMON_BACKUP_URL"
