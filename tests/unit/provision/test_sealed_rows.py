"""Kept reports: what is sealed, opened, and opened never again."""

import base64
import json
import stat
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kanmon.core.ids import ApplicantId, ClientId, ProvisionId, RunId
from kanmon.ledger.faults import RowKeysMissing
from kanmon.provision.files.sealed_rows import SealedRows
from kanmon.provision.report import Report, ReportRow

TARO, HANAKO, NOBODY = ApplicantId("taro"), ApplicantId("花子"), ApplicantId("nobody")
ROWS = (ReportRow(TARO, 7301, "★"), ReportRow(HANAKO, 0, None), ReportRow(NOBODY, None, None))
REPORT = Report(
    ClientId("AOBA"), "c", "p", ProvisionId("r-AOBA"), RunId("r"), datetime(2026, 1, 2, tzinfo=UTC), None, None, "JP",
    "follow_up_support", ("selection",), "score", "-", (("★", 0.7),), ROWS,
)  # fmt: skip


@pytest.fixture
def seals(tmp_path: Path) -> SealedRows:
    return SealedRows(tmp_path / "keys")


def kept(seals: SealedRows) -> dict[str, Any]:
    """As it comes back from the database."""
    stored: dict[str, Any] = json.loads(json.dumps(seals.seal(REPORT)))
    return stored


def test_a_sealed_report_opens_as_it_was(seals: SealedRows) -> None:
    assert seals.open(kept(seals), ()) == REPORT


def test_no_score_and_no_category_stands_in_what_is_kept(seals: SealedRows) -> None:
    written = json.dumps(kept(seals)["rows"], ensure_ascii=False)
    assert "7301" not in written
    assert "★" not in written
    assert TARO in written


def test_a_destroyed_key_opens_no_copy_and_the_others_still_open(seals: SealedRows) -> None:
    stored = kept(seals)
    seals.destroy(REPORT.client_id, REPORT.run_id, [TARO, NOBODY])
    seals.destroy(REPORT.client_id, REPORT.run_id, [TARO])
    assert seals.open(stored, ()).rows == (ReportRow(TARO, None, None), *ROWS[1:])


def test_a_hidden_row_looks_like_any_without_a_score(seals: SealedRows) -> None:
    assert seals.open(kept(seals), {HANAKO}).rows == (ROWS[0], ReportRow(HANAKO, None, None), ROWS[2])


def test_nothing_opens_without_the_keys_and_that_they_are_lost_is_told(seals: SealedRows, tmp_path: Path) -> None:
    stored = kept(seals)
    with pytest.raises(RowKeysMissing, match="elsewhere"):
        SealedRows(tmp_path / "elsewhere").open(stored, ())
    file = tmp_path / "keys" / "AOBA" / "r.keys"
    file.write_bytes(file.read_bytes()[:-1])  # the last key is cut
    with pytest.raises(RowKeysMissing, match=r"AOBA/r\.keys.*KANMON_ROW_KEYS.*docs/keys\.md"):
        seals.open(stored, ())


def test_a_folder_of_keys_that_was_lost_is_never_begun_anew(seals: SealedRows, tmp_path: Path) -> None:
    seals.check()
    stored = kept(seals)
    folder = tmp_path / "keys"
    folder.rename(tmp_path / "lost")
    for use in (seals.check, lambda: seals.seal(REPORT)):
        with pytest.raises(RowKeysMissing, match="keys"):
            use()
    assert not folder.exists()
    (tmp_path / "lost").rename(folder)
    seals.check()
    assert seals.open(stored, ()) == REPORT


def test_the_key_is_gone_from_the_file(seals: SealedRows, tmp_path: Path) -> None:
    kept(seals)
    file = tmp_path / "keys" / "AOBA" / "r.keys"
    before = file.read_bytes()
    seals.destroy(REPORT.client_id, REPORT.run_id, [HANAKO])
    after = file.read_bytes()
    assert after[:48] == before[:48]
    assert after[48:64] == before[48:64]
    assert after[64:] == bytes(32) != before[64:]


def test_keys_are_for_their_owner_alone(seals: SealedRows, tmp_path: Path) -> None:
    kept(seals)
    file = tmp_path / "keys" / "AOBA" / "r.keys"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_seal_opens_only_where_it_was_made(seals: SealedRows) -> None:
    stored = kept(seals)
    first, second = stored["rows"][:2]
    first["sealed"], second["sealed"] = second["sealed"], first["sealed"]
    with pytest.raises(InvalidTag):
        seals.open(stored, ())


def test_a_report_from_before_there_were_seals_opens_but_for_who_is_hidden(seals: SealedRows) -> None:
    stored = {**kept(seals), "rows": [{"applicant_id": TARO, "score": 7301, "category": "★"}]}
    assert seals.open(stored, ()) == replace(REPORT, rows=ROWS[:1])
    assert seals.open(stored, {TARO}).rows == (ReportRow(TARO, None, None),)


def test_a_row_sealed_before_values_had_names_opens(seals: SealedRows, tmp_path: Path) -> None:
    stored = kept(seals)
    entry = (tmp_path / "keys" / "AOBA" / "r.keys").read_bytes()
    tag, key = entry[:16], entry[16:48]
    stored["rows"][0]["sealed"] = base64.b64encode(AESGCM(key).encrypt(bytes(12), "7301 ★ ★".encode(), tag)).decode()
    assert seals.open(stored, ()).rows[0] == ReportRow(TARO, 7301, "★ ★")


def test_nothing_of_a_scored_row_but_the_clients_id_is_kept_in_clear(seals: SealedRows) -> None:
    assert all(set(row) == {"applicant_id", "sealed"} for row in kept(seals)["rows"][:2])


def test_the_password_of_an_encrypted_report_is_made_of_a_key_and_stands_nowhere_else(seals: SealedRows) -> None:
    promised = replace(REPORT, is_encrypted=True)
    stored = json.loads(json.dumps(seals.seal(promised)))
    opened = seals.open(stored, ())
    assert opened.password is not None
    assert len(opened.password.replace("-", "")) == 28
    assert replace(opened, password=None) == promised
    assert seals.open(stored, ()).password == seals.password(stored) == opened.password
    assert "password" not in stored
    assert opened.password not in json.dumps(stored)
    assert seals.password(kept(seals)) is None


def test_without_the_folder_of_keys_no_password_is_made_up(seals: SealedRows, tmp_path: Path) -> None:
    nobody_scored = replace(REPORT, is_encrypted=True, rows=(ROWS[2],))
    stored = seals.seal(nobody_scored)
    (tmp_path / "keys" / "AOBA" / "r.keys").unlink()
    with pytest.raises(RowKeysMissing):
        seals.open(stored, ())
