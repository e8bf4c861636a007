"""`kanmon.toml`: settings of a workspace, beside those of the environment."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kanmon.api import open_workspace
from kanmon.core.settings import (
    DEFAULT,
    FILE,
    MARKER,
    SETTINGS,
    SettingsInvalid,
    folder_of,
    settings_taken,
    take_settings,
)
from tests.settings_page import SETTINGS as ON_THE_PAGE
from tests.unit.test_docs import settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / MARKER).write_text(json.dumps({"format": 1, "replay": False}), encoding="utf-8")
    return tmp_path


def taken(folder: Path, written: str, **environ: str) -> dict[str, str]:
    (folder / FILE).write_text(written, encoding="utf-8")
    take_settings(folder, environ)
    return environ


def test_what_the_product_reads_what_may_be_written_and_the_page_are_the_same() -> None:
    assert settings() - {"KANMON_OIDC_"} == SETTINGS
    assert [name for of_subject in ON_THE_PAGE.values() for name in of_subject if name not in SETTINGS] == []
    assert {name for of_subject in ON_THE_PAGE.values() for name in of_subject} == SETTINGS


def test_the_file_is_taken_and_the_environment_wins(folder: Path) -> None:
    written = 'engine = "spark"\nlimit_sign_in = 60\n'
    assert taken(folder, written) == {"KANMON_ENGINE": "spark", "KANMON_LIMIT_SIGN_IN": "60"}
    assert taken(folder, written, KANMON_ENGINE="duckdb")["KANMON_ENGINE"] == "duckdb"


def test_a_workspace_that_is_opened_and_let_go_leaves_the_next_one_no_setting(folder: Path) -> None:
    (folder / FILE).write_text('engine = "spark"\nlang = "ja"\n', encoding="utf-8")
    environ = {"KANMON_LANG": "en"}
    with settings_taken(folder, environ):
        assert environ == {"KANMON_LANG": "en", "KANMON_ENGINE": "spark"}
    assert environ == {"KANMON_LANG": "en"}


def test_python_opens_a_workspace_with_its_own_settings_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / FILE).write_text('database_url = "postgresql://nowhere/kanmon"\n', encoding="utf-8")
    monkeypatch.delenv("KANMON_DATABASE_URL", raising=False)
    open_workspace(folder)
    assert "KANMON_DATABASE_URL" not in os.environ


@pytest.mark.parametrize("written", ["engin = 'spark'", "engine = ", "lake = ['a']", "limit_oidc = true", "\x00"])
def test_nothing_is_taken_of_a_file_that_says_what_cannot_be(folder: Path, written: str) -> None:
    with pytest.raises(SettingsInvalid):
        taken(folder, "origin = 'https://a.example'\n" + written)
    environ: dict[str, str] = {}
    with pytest.raises(SettingsInvalid):
        take_settings(folder, environ)
    assert environ == {}


def test_a_file_in_a_folder_that_is_no_workspace_is_nobodys(tmp_path: Path) -> None:
    assert taken(tmp_path, 'engine = "spark"') == {}


def test_the_folder_is_that_of_the_command(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert folder_of(["run", "--workspace", "a"]) == folder_of(["run", "--workspace=a"]) == Path("a")
    monkeypatch.chdir(folder)
    assert folder_of(["run"]) == Path()
    (folder / MARKER).unlink()
    assert folder_of(["run"]) == folder_of([]) == folder_of(["run", "--workspace"]) == DEFAULT


def test_a_command_takes_the_file_and_refuses_a_wrong_one(folder: Path) -> None:
    def asked(*arguments: str) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if name != "KANMON_LANG"} | {"LC_ALL": "C.UTF-8"}
        command = [sys.executable, "-m", "kanmon", *arguments, "--workspace", str(folder)]
        return subprocess.run(command, capture_output=True, text=True, env=env, check=False)

    (folder / FILE).write_text('lang = "ja"', encoding="utf-8")
    assert "使い方" in asked("load", "--help").stdout
    (folder / FILE).write_text('langage = "ja"', encoding="utf-8")
    refused = asked("gate", "--json")
    assert refused.returncode == 2
    assert json.loads(refused.stdout)["error"]["code"] == "SETTINGS_INVALID"
