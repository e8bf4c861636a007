"""`kanmon demo`: the whole way on a generated season, and then where to look, in the reader's language."""

import re
from pathlib import Path

import pytest

from kanmon.application.application import stop_database
from kanmon.core.language import Language, translations
from kanmon.provision.files.encrypted import opened_zip
from tests.journey.command import Road, kanmon
from tests.journey.test_main_job import COLUMNS, REFUSED


def test_demo_provides_and_says_where_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANMON_LANG", "ja")
    road = Road(tmp_path / "demo")
    try:
        done = kanmon("demo", "--workspace", road.root, "--seed", "7")
    finally:
        stop_database(road.root)
    assert done.status == 0, done.err
    _ = translations(Language.JAPANESE).gettext
    for folder in ("reports", "models", "season"):
        assert str(road.root / folder) in done.out
        assert any((road.root / folder).iterdir())
    for client in COLUMNS:
        [report] = road.reports(client)
        file = min(report.iterdir())
        passwords = re.findall(r"(?:[A-Z2-7]{4}-){6}[A-Z2-7]{4}", done.out)
        if client == "HOSHINO":  # the words name it to nobody, so that nothing was promised
            assert file.suffix == ".csv"
            continue
        opened = [inside for password in passwords if (inside := opened_zip(file.read_bytes(), password)) is not None]
        assert [set(inside) for inside in opened] == [{"report.csv", "report.xlsx", "report.pdf"}]
    for client in REFUSED:
        assert not road.reports(client)
    for step in ("generate a season", "read and check files, in MB", "train: features", "provide"):
        assert _(step) != step
        assert _(step) in done.err
