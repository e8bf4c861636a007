"""The encrypted file of a report: opened by its password alone, in place of the plain files."""

import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from fastapi import Request

from kanmon.core.language import Language
from kanmon.provision.files.encrypted import encrypted_zip, opened_zip
from kanmon.provision.files.report import (
    RENDERERS,
    FileNotPromised,
    ReportAlreadyDelivered,
    file_of,
    write_report,
)
from kanmon.provision.report import Report, file_names
from kanmon.provision.web.client import report_context
from kanmon.web.pages import page
from tests.unit.provision.test_report_files import report_of, row

PASSWORD = "ABCD-EFGH"
PLAIN = report_of(row("A-1", 7301), row("A-2", None))
PROMISED = replace(PLAIN, is_encrypted=True, password=PASSWORD)


def test_one_file_that_the_password_opens_stands_in_place_of_the_three(tmp_path: Path) -> None:
    write_report(PROMISED, tmp_path / "run")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["report.zip"]
    inside = opened_zip((tmp_path / "run" / "report.zip").read_bytes(), PASSWORD)
    assert inside == {name: render(PLAIN, tmp_path) for name, render in RENDERERS.items()}


def test_it_is_aes_of_256_bits_and_no_score_stands_in_it() -> None:
    made = encrypted_zip({"report.csv": b"0.7301" * 99}, PASSWORD, PLAIN.provided_at)
    [entry] = zipfile.ZipFile(BytesIO(made)).infolist()
    assert entry.compress_type == 99
    assert entry.extra[:2] == b"\x01\x99"
    assert entry.extra[8] == 3
    assert b"0.7301" not in made


@pytest.mark.parametrize("password", ["", "ABCD-EFGI"])
def test_another_password_opens_nothing(password: str) -> None:
    made = encrypted_zip({"a": b"secret"}, PASSWORD, PLAIN.provided_at)
    assert opened_zip(made, PASSWORD) == {"a": b"secret"}
    assert opened_zip(made, password) is None
    assert opened_zip(made[: len(made) // 2], PASSWORD) is None


def test_the_same_report_written_again_stays_as_it_was_and_another_is_refused(tmp_path: Path) -> None:
    write_report(PROMISED, tmp_path / "run")
    before = (tmp_path / "run" / "report.zip").read_bytes()
    write_report(PROMISED, tmp_path / "run")
    assert (tmp_path / "run" / "report.zip").read_bytes() == before
    for other in (replace(PROMISED, rows=(row("A-1", 1),)), replace(PROMISED, password="ABCD-EFGI"), PLAIN):
        with pytest.raises(ReportAlreadyDelivered):
            write_report(other, tmp_path / "run")


def test_no_plain_file_is_made_of_it(tmp_path: Path) -> None:
    assert file_names(PROMISED) == ("report.zip",)
    assert file_names(PLAIN) == ("report.csv", "report.xlsx", "report.pdf")
    for report, name in (
        (PROMISED, "report.csv"),
        (PLAIN, "report.zip"),
        (replace(PROMISED, password=None), "report.zip"),
    ):
        with pytest.raises(FileNotPromised):
            file_of(report, name, tmp_path)


def test_the_password_stands_in_no_trace_of_the_report() -> None:
    assert PASSWORD not in repr(PROMISED)


def shown(report: Report, **said: object) -> str:
    request = Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []})
    stated = {"pack": (None, report.provided_at), "used": None, "disputed": frozenset[str]()}
    context = {**report_context(report, 0, Language.JAPANESE), **stated, **said}
    return bytes(page(request, "report.html", context).body).decode()


def test_the_page_shows_no_row_of_it_and_the_password_only_where_it_is_told_now() -> None:
    assert "0.7301" in shown(PLAIN)
    offered = shown(PROMISED, password=None, is_password_told=False)
    assert 'action="/client/reports/' in offered
    assert "report.zip" in offered
    told = shown(PROMISED, password=PASSWORD, is_password_told=True)
    after = shown(PROMISED, password=None, is_password_told=True)
    assert PASSWORD in told
    for written in (offered, told, after):
        assert "0.7301" not in written
        assert "report.csv" not in written
    assert PASSWORD not in offered + after
    assert "/password" not in told + after
