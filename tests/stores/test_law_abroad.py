"""Duties of laws abroad on a real database, and the documents written of it: each statement has a source there."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, text

from kanmon.access.account import NewAccount
from kanmon.application.application import Application
from kanmon.application.transactions import PostgresTransactions
from kanmon.audits.abroad.document import DocumentKind
from kanmon.audits.abroad.model import LegalDutyState, Source, SourceKind
from kanmon.audits.abroad.use_cases import duties_abroad, write_document
from kanmon.cli.progress import LineProgress
from kanmon.clients.store import ServiceStore
from kanmon.consent.abroad import LawAbroad, LegalDuty
from kanmon.core.clock import SystemClock
from kanmon.core.ids import MemberId
from kanmon.core.workspace import Workspace
from kanmon.db.unit_of_work import Database, ReadSession
from kanmon.rights.requests.use_cases import Rights
from tests.stores.pages import Pages
from tests.stores.test_withdrawal_race import CLIENTS, KEY, MEMBERS, NOW, SEALS, board, provide
from tests.tables import tables

__all__ = ["board"]
ONE, OTHER = (client.client_id for client in CLIENTS)
IN_FORCE = date(2028, 1, 1)
CARD = {
    "rows": 60, "positives": 25, "inputs": [{"feature": "own_days", "direction": "more", "weight": 0.4}],
    "tried": [{"input_set": "few", "auc": 0.71, "auc_standard_error": 0.02}], "group_differences": None,
}  # fmt: skip


@pytest.fixture
def opened(board: Database, tmp_path: Path) -> Application:
    """The board, whose first client names all laws abroad, with a report, a described release and an approved model."""
    provide(board, CLIENTS[0], "r1")
    application = Application(
        Workspace.create(tmp_path / "workspace", False), SystemClock(), LineProgress(),
        PostgresTransactions(board, KEY, SEALS), KEY,
    )  # fmt: skip
    owner = Pages(application, NewAccount("owner"))
    assert owner.get("/officer").status_code == 200
    with board.write() as session:
        run = session.connection.execute
        store = ServiceStore(session)
        terms = store.terms()
        company = terms.clients[ONE]
        named = replace(company, contract=replace(company.contract, laws=tuple(LawAbroad)))
        store.replace_terms(replace(terms, clients={**terms.clients, ONE: named}), NOW)
        described = {
            "summary": "scores", "changes": {}, "is_research": False, "misuse": "選考に使う。", "metric": "use audit",
            "threshold": "0.01", "dpia": "DPIA 3",
        }  # fmt: skip
        run(
            insert(tables.release_step).values(
                release_id="1", act="describe", account_no=1, role="author", person="a", acted_at=NOW, real_at=NOW,
                content_sha256="0", is_research=False, passes=True, words=described, ledger_seq=0,
            )
        )  # fmt: skip
        session.act_for(ONE)
        made = {"season_id": "2027", "run_id": "race", "trained_at": NOW, "acted_at": NOW, "sha256": "1"}
        run(
            insert(tables.prediction_model).values(
                model_id="one-2", client_id=ONE, version=2, card=CARD, artefact=b"a", **made
            )
        )
        run(
            insert(tables.model_approval).values(
                model_id="one-2", client_id=ONE, approved_by="release 1", because="rule", approved_at=NOW
            )
        )
    Rights(application).ask_on_paper(MemberId(MEMBERS[0]))
    return application


def states(application: Application, day: date) -> dict[LegalDuty, LegalDutyState]:
    _, found = duties_abroad(application, [ONE], day)
    return {one.dated.duty: one.state for one in found[ONE]}


def test_a_duty_is_met_by_what_is_there_and_else_missing(opened: Application) -> None:
    found = states(opened, IN_FORCE)
    assert found[LegalDuty.RECORDS] is LegalDutyState.MET
    assert found[LegalDuty.NOTICE] is LegalDutyState.MISSING  # the board sends no notices
    assert found[LegalDuty.HUMAN_OVERSIGHT] is LegalDutyState.MISSING
    assert found[LegalDuty.TECHNICAL_DOCUMENTATION] is LegalDutyState.MISSING
    _, others = duties_abroad(opened, [OTHER], IN_FORCE)
    assert others == {OTHER: []}
    europe = duties_abroad(opened, [ONE], date(2027, 12, 1))[1][ONE]
    assert {one.state for one in europe if one.dated.law is LawAbroad.EU_AIA} == {LegalDutyState.NOT_YET}


EXISTS: Mapping[SourceKind, str] = {
    SourceKind.CONTRACT: "SELECT EXISTS (SELECT FROM client WHERE client_id = :name)",
    SourceKind.MODEL: "SELECT EXISTS (SELECT FROM prediction_model WHERE model_id = :name)",
    SourceKind.RELEASE: "SELECT EXISTS (SELECT FROM release_step WHERE release_id = :name)"
    " OR EXISTS (SELECT FROM service WHERE release ->> 'release_id' = :name)",
    SourceKind.POLICY: "SELECT EXISTS (SELECT FROM policy_version WHERE policy_id || '/' || version_id = :name)",
    SourceKind.ENTRY: "SELECT EXISTS (SELECT FROM ledger_entry WHERE seq::text = :name)",
    SourceKind.CHECKPOINT: "SELECT EXISTS (SELECT FROM ledger_checkpoint WHERE size::text = :name)",
    SourceKind.SCORES: "SELECT EXISTS (SELECT FROM score WHERE client_id = :name AND value IS NOT NULL)",
    SourceKind.REQUESTS: "SELECT EXISTS (SELECT FROM person_request WHERE type = :name)",
}


def lost(_content: bytes) -> None:
    """Keeps no file."""


def is_there(session: ReadSession, source: Source) -> bool:
    """Whether the object that a statement names is in the workspace."""
    return bool(session.connection.scalar(text(EXISTS[source.kind]), {"name": source.name}))


def test_a_document_whose_file_could_not_be_kept_meets_no_duty(opened: Application, board: Database) -> None:
    def full(_content: bytes) -> None:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        write_document(opened, DocumentKind.ANNEX_IV, ONE, full)
    assert states(opened, IN_FORCE)[LegalDuty.TECHNICAL_DOCUMENTATION] is LegalDutyState.MISSING
    with board.read() as session:
        assert session.connection.scalar(text("SELECT count(*) FROM ledger_entry WHERE type = 'audit'")) == 0


@pytest.mark.parametrize("kind", list(DocumentKind))
def test_each_statement_has_a_source_that_exists_and_nothing_else_is_stated(
    opened: Application, board: Database, kind: DocumentKind
) -> None:
    written, content, seq = write_document(opened, kind, ONE, lost)
    assert written.unknown > 0
    assert len(written.sources) >= 4
    page = content.decode()
    with board.read() as session:
        session.act_for(ONE)
        assert [source for source in written.sources if not is_there(session, source)] == []
        assert not any(is_there(session, Source(each, "no such thing")) for each in SourceKind)
    statements = re.findall(r"<li( class=\"unknown\")?>(.*?)</li>", page)
    assert len(statements) == 2 * sum(len(section.sentences) for section in written.sections)
    for unknown, words in statements:
        assert bool(unknown) != ("-source-" in words), words
        assert not unknown or "not known" in words or "不明です" in words
    linked = set(re.findall(r'href="#([^"]+)"', page))
    assert linked == set(re.findall(r'<li id="([^"]+)"', page))
    duty = {DocumentKind.ANNEX_IV: LegalDuty.TECHNICAL_DOCUMENTATION}.get(kind, LegalDuty.IMPACT_ASSESSMENT)
    assert states(opened, IN_FORCE)[duty] is LegalDutyState.MET
    with board.write() as session:
        session.act_for(ONE)
        kept = "SELECT type FROM ledger_entry WHERE seq = :seq"
        assert session.connection.scalar(text(kept), {"seq": seq}) == "audit"


def test_what_is_measured_is_told_with_its_interval_and_what_is_not_is_not_known(opened: Application) -> None:
    page = write_document(opened, DocumentKind.ANNEX_IV, ONE, lost)[1].decode()
    assert "0.710, 95 % interval 0.671 to 0.749" in page
    assert "選考に使う。" in page
    assert "whether groups of applicants get other scores: not known" in page
    other = write_document(opened, DocumentKind.ANNEX_IV, OTHER, lost)[1].decode()
    assert "the model in use: not known" in other
    assert "how well the scores order people: not known" in other
