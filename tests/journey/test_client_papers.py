"""Papers of clients by commands alone: what staff put on record opens and closes the gate (S12, EMP-05)."""

from collections.abc import Callable
from pathlib import Path

from kanmon.clients.papers.model import PaperKind
from kanmon.clients.papers.questions import questions_of
from tests.journey.command import Road

ANSWERS = [part for name in questions_of(PaperKind.CHECK_BEFORE_USE) for part in ("--answer", f"{name}=said")]


def reasons(road: Road, client: str) -> set[str]:
    """Codes with which the gate denies anybody of a client."""
    return set(road("gate", "--client", client, "--json").json["counts"])


def test_checks_and_agreements_open_and_close_the_gate(
    loaded: Road, workspace: Callable[[Road | None], Road], tmp_path: Path
) -> None:
    road, paper = workspace(loaded), tmp_path / "agreement.pdf"
    paper.write_bytes(b"%PDF signed")
    road("account", "add", "owner", "--privacy-owner")
    staff = ("--as", "owner", "--answered-by", "佐藤")
    check = ("--when", "before", *ANSWERS, *staff)
    listed = {one["client_id"]: one["due"] for one in road("client", "list", "--json").json["clients"]}
    assert [due["kind"] for due in listed["TSUBAKI"]] == ["check_before_use"]
    assert "DENY_PRECHECK_STALE" in reasons(road, "TSUBAKI")
    assert road("client", "check", "TSUBAKI", "--finding", "may_use", *check).status == 0
    assert "DENY_PRECHECK_STALE" not in reasons(road, "TSUBAKI")
    refused = road("client", "check", "TSUBAKI", "--finding", "may_use", *check)
    assert (refused.status, "[DOUBLED]" in refused.err) == (4, True)
    assert road("client", "check", "TSUBAKI", "--finding", "may_not_use", *check).status == 0
    assert "DENY_USE_FORBIDDEN" in reasons(road, "TSUBAKI")
    signed = ("--kind", "use_agreement", "--signed-by", "佐藤", "--as", "owner")
    assert road("client", "paper", "SAKURA", *signed, "--file", tmp_path / "none.pdf").status == 2
    recorded = road("client", "paper", "SAKURA", *signed, "--file", paper, "--json")
    assert (recorded.status, recorded.json["files"][0]["name"]) == (0, "agreement.pdf"), recorded.err
    assert "DENY_NO_USE_AGREEMENT" not in reasons(road, "SAKURA")
    shown = road("client", "show", "TSUBAKI", "--json").json
    assert [one["check"]["finding"] for one in shown["papers"]] == ["may_use", "may_not_use"]
    assert shown["forbidden"]
    [stated] = [one for one in shown["stated_by_contract"] if one["kind"] == "check_before_use"]
    entry = road.rows("SELECT type, entered_at FROM ledger_entry WHERE seq = :seq", seq=stated["ledger_seq"])
    assert [(kind, at.isoformat()) for kind, at in entry] == [("load", stated["loaded_at"])]
    assert road("client", "show", "TSUBAKI").out.count("佐藤") == 2
    assert road("audit", "ledger").status == 0
