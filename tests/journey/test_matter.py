"""A matter of an authority by commands alone, from its letter to the pack that goes back (S22)."""

from collections.abc import Callable
from pathlib import Path

from tests.journey.command import Road, kanmon


def test_from_the_letter_to_the_pack(loaded: Road, workspace: Callable[[Road | None], Road], tmp_path: Path) -> None:
    road, letter, pack = workspace(loaded), tmp_path / "letter.pdf", tmp_path / "pack.zip"
    letter.write_bytes(b"%PDF")
    road("account", "add", "owner", "--privacy-owner")
    by = ("--as", "owner", "--reason", "it came by post")
    asked = ("--kind", "recommendation", "--authority", "PPC", "--title", "the gap", "--received", "2019-08-26")
    opened = road("matter", "open", *asked, "--due", "2019-09-30", *by, "--json")
    assert (opened.status, opened.json["matter_id"], opened.json["state"]) == (0, "M-2019-001", "overdue"), opened.err
    number = opened.json["matter_id"]
    assert road("status", "--json").json["waiting"]["matters"] == 1
    assert road("matter", "add", number, *by).status == 2
    assert road("matter", "add", number, "--file", letter, "--due", "2019-10-31", *by).status == 2
    assert road("matter", "add", number, "--file", tmp_path / "none.pdf", *by).status == 2
    assert road("matter", "add", number, "--due", "soon", *by).status == 2
    assert road("matter", "add", number, "--file", letter, *by).status == 0
    assert road("matter", "add", number, "--measure", 0, *by).status == 0
    refused = road("matter", "close", number, *by)
    assert (refused.status, "[MATTER_UNANSWERED]" in refused.err) == (4, True)
    assert road("matter", "answer", number, "--on", "2019-09-30", "--file", letter, *by).status == 0
    assert road("matter", "show", number, "--json").json["state"] == "answered"
    assert road("matter", "close", number, *by).status == 0
    assert [one["state"] for one in road("matter", "list", "--json").json["matters"]] == ["closed"]
    assert number in road("matter", "list").out
    assert road("matter", "open", *asked, "--as", "nobody", "--reason", "r").status == 2
    made = road("evidence", pack, "--matter", number, "--json")
    assert made.status == 0, made.err
    assert kanmon("verify", pack, "--key", made.json["vkey"]).status == 0
    assert road("audit", "ledger").status == 0
