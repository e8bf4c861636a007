"""Plays the cases of `gate.yaml` on a real database, through the query that gathers facts and all the rules."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from kanmon.access.account import Account, Role
from kanmon.clients.papers.model import ClientPaper
from kanmon.clients.papers.store import PostgresPaperStore
from kanmon.clients.store import ServiceStore
from kanmon.core.ids import ApplicantNo, ClientId, RunId
from kanmon.db.unit_of_work import Database, WriteSession
from kanmon.gate.decision import ReasonCode
from kanmon.gate.evidence import decisions_entry
from kanmon.gate.service import Gate
from kanmon.gate.store.facts import GateStore
from kanmon.gate.told import told
from tests.decisions.cases import (
    ASKED_AT,
    CASES,
    TEXTS,
    UNKNOWN,
    client_papers,
    incidents,
    moment,
    question,
    stop_acts,
    version,
)
from tests.rows import enter_all, enter_word
from tests.stores.test_gate_histories import write_hold, write_incidents
from tests.unit.gate.worlds import Incident

OPENS = date(2026, 1, 2)
"""When the season opens and, where a case says nothing else, everybody registers."""


def hold(session: WriteSession, case: Mapping[str, Any], row: int | None = None) -> None:
    """Put the member on hold, or raise alerts; once there is a row of the client's, hold that."""
    for said in case.get("holds", ()):
        whose, file = said.get("of", "member"), said.get("file", "consents")
        if row is None and whose != "row":
            member = 7 if whose == "member" else None
            is_lifted = said.get("lifted", False)
            write_hold(session, client=said.get("client"), member=member, dataset=file, is_lifted=is_lifted)
        elif row is not None and whose == "row":
            write_hold(session, client=said.get("client"), applicant=row, dataset="confirmations")


def record(session: WriteSession, case: Mapping[str, Any]) -> ApplicantNo:
    def write(statement: str, **values: object) -> Any:
        return session.connection.execute(text(statement), values)

    in_force = case.get("in_force", {})
    hashes = {name: version(name, in_force).text_sha256 for name in TEXTS}
    for name in TEXTS:
        ServiceStore(session).add_policy_version(version(name, in_force), ASKED_AT)
    write("INSERT INTO run VALUES ('run', 'test', :at, :at, false, NULL, 'began')", at=ASKED_AT)
    for season in ("2026", "2025"):
        write(
            "INSERT INTO season (season_id, opens_at, closes_at) VALUES (:season, :opens, :at)",
            season=season, opens=moment(OPENS), at=ASKED_AT,
        )  # fmt: skip
    write("INSERT INTO client VALUES ('C1', '', '', '', '{}', :at), ('C2', '', '', '', '{}', :at)", at=ASKED_AT)
    for member_no, name in ((7, "M"), (8, "somebody else")):
        write(
            "INSERT INTO member (member_no, member_id, season_id, registered_at, birth_date)"
            " VALUES (:no, :name, '2026', :at, :born)",
            no=member_no, name=name, at=moment(OPENS), born=case.get("born", date(2004, 5, 6)),
        )  # fmt: skip
    for day in case.get("registered", ()):
        write("UPDATE member SET registered_at = :at WHERE member_no = 7", at=moment(day))
    for sha256 in (*hashes.values(), UNKNOWN):
        write("INSERT INTO displayed_text (text_sha256) VALUES (:sha256)", sha256=sha256)
    record_acts(session, case, hashes)
    record_screens(session, case)
    for look in case.get("seen", ()):
        write(
            """INSERT INTO rendering (screen_id, occurred_at, text_no)
            SELECT :screen, :at, text_no FROM displayed_text WHERE text_sha256 = :sha256""",
            at=moment(look["day"]), screen=look.get("screen", "registration"), sha256=hashes[look["text"]],
        )  # fmt: skip
    for notice in case.get("notices", ()):
        write(
            """INSERT INTO notice SELECT member_no, :at, :kind, :client FROM member WHERE member_id = :name""",
            at=moment(notice["day"]), kind=notice.get("kind", "scoring"), client=notice.get("client"),
            name=notice.get("to", "M"),
        )  # fmt: skip
    for word in case.get("objections", ()):
        said_at = moment(word["day"])
        assert said_at is not None
        request = write(
            """INSERT INTO person_request (member_no, type, method, received_at, ledger_seq)
            VALUES (7, 'objection', 'electronic', :at, :seq) RETURNING request_no""",
            at=moment(word["day"]),
            seq=enter_word(session, 7, said_at, word["do"], word.get("client"), word.get("of") == "training"),
        ).scalar_one()  # fmt: skip
        write(
            """INSERT INTO objection (request_no, member_no, occurred_at, action, client_id, use)
            VALUES (:request, 7, :at, :action, :client, :use)""",
            request=request, at=moment(word["day"]), action=word["do"], client=word.get("client"),
            use="train" if word.get("of") == "training" else None,
        )  # fmt: skip

    for number, act in enumerate(stop_acts(case)):
        write(
            """INSERT INTO stop_act (action, client_id, season_id, acted_at, real_at, person, because, consents_doubted,
                ledger_seq)
            VALUES (:act, :client, :season, :at, :at, 'p', 'b', :doubts, :number)""",
            act=act.act, client=act.scope.client_id, season=act.scope.season, at=act.at, doubts=act.consents_doubted,
            number=number,
        )  # fmt: skip
    session.act_for(ClientId("C1"))
    number = write(
        """INSERT INTO applicant (client_id, season_id, applicant_id, position, applied_at, as_of, brought_member_no,
            cookie_id, family_name)
        VALUES ('C1', '2026', 'A', 1, :at, :at, :member, :cookie, :name) RETURNING applicant_no""",
        at=ASKED_AT, member=7 if case.get("linked", True) else None, cookie=case.get("cookie"),
        name=case.get("family_name"),
    ).scalar_one()  # fmt: skip
    record_link(session, case.get("compared"), number)
    if confirmed := case.get("confirmed"):
        write(
            "INSERT INTO recipient_consent VALUES (:no, 'C1', :at, 'declared', :obtained, :trains, :withdrawn)",
            no=number, at=moment(confirmed["day"]), obtained=moment(confirmed.get("obtained")),
            trains=confirmed.get("trains"), withdrawn=moment(confirmed.get("withdrawn")),
        )  # fmt: skip
    record_papers(session, client_papers(case))
    enter_all(session)
    hit = [Incident(hold, frozenset({7} if affects else ())) for hold, affects in incidents(case)]
    write_incidents(session, hit, [7])
    hold(session, case)
    hold(session, case, number)
    session.act_for(ClientId("C1"))
    for number_of, receipt in enumerate(case.get("receipts", ())):
        report = {"report": f"P{number_of}", "at": moment(receipt["day"])}
        write(
            """INSERT INTO provision (provision_id, run_id, client_id, season_id, acted_at, real_at, is_replay,
                content_sha256, law_profile_id, recipient, report)
            VALUES (:report, 'run', 'C1', '2026', :at, :at, false, '', '', '{}', '{}')""",
            **report,
        )
        write(
            """INSERT INTO account (name, role, client_id, password_hash, created_at)
            VALUES ('hr', 'client', 'C1', '', :at) ON CONFLICT DO NOTHING""",
            at=ASKED_AT,
        )
        write("INSERT INTO receipt SELECT :report, 'C1', account_no, :at, '{}', 0 FROM account", **report)
        if stated := moment(receipt.get("stated")):
            write(
                """INSERT INTO use_statement (client_id, account_no, stated_at, provision_id, said, ledger_seq)
                SELECT 'C1', account_no, :stated, :report, '{}', 0 FROM account""",
                report=report["report"], stated=stated,
            )  # fmt: skip
    return ApplicantNo(number)


def record_papers(session: WriteSession, papers: Sequence[ClientPaper]) -> None:
    """Put papers on record as staff does, whatever their dates."""
    if papers:
        number = session.connection.scalar(
            text(
                "INSERT INTO account (name, role, password_hash, created_at) VALUES ('po', 'privacy_owner', '', :at)"
                " RETURNING account_no"
            ),
            {"at": ASKED_AT},
        )
        for paper in papers:
            PostgresPaperStore(session).add(paper, Account(int(number or 0), "po", Role.PRIVACY_OWNER))


def record_acts(session: WriteSession, case: Mapping[str, Any], hashes: Mapping[str, str]) -> None:
    def write(statement: str, **values: object) -> None:
        session.connection.execute(text(statement), values)

    for act in case["acts"]:
        write(
            """INSERT INTO consent_act
                (load_id, member_no, occurred_at, screen_id, text_no, action, client_id, refusable, latest_at, known_at,
                given_by, relation)
            SELECT 1, 7, :at, :screen, text_no, :action, :client, :refusable, :until, :known, :by, :relation
            FROM displayed_text WHERE text_sha256 = :sha256""",
            at=moment(act["day"]), action=act["do"], client=act.get("client"), refusable=act.get("refusable", True),
            sha256=hashes.get(act["text"], UNKNOWN), screen=act.get("screen", "registration"),
            until=moment(act.get("until")), known=moment(act.get("known")),
            by=act.get("by"), relation=act.get("relation"),
        )  # fmt: skip


def record_link(session: WriteSession, decision: str | None, applicant_no: int) -> None:
    if decision is not None:
        statement = """INSERT INTO link (client_id, applicant_no, decision, decided_by, linked_at, run_id)
            VALUES ('C1', :no, :decision, 'linker', :at, 'run')"""
        session.connection.execute(text(statement), {"no": applicant_no, "decision": decision, "at": ASKED_AT})


def record_screens(session: WriteSession, case: Mapping[str, Any]) -> None:
    def write(statement: str, **values: object) -> None:
        session.connection.execute(text(statement), values)

    for screen, function in (("registration", "member_registration"), ("web_test", "web_test")):
        shown = case.get("shown", {}).get(screen, {})
        write(
            "INSERT INTO screen VALUES (:screen, '2026', :function, NULL, 'privacy', :begins, :ends)",
            screen=screen, function=function, begins=moment(shown.get("from")), ends=moment(shown.get("to")),
        )  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_case(case: Mapping[str, Any], database: Database) -> None:
    with database.write() as session:
        applicant = record(session, case)
        store = GateStore(session)
        computed = moment(case.get("computed"))
        provided = moment(case.get("provided"))
        asked = Gate(store, store).ask(
            question(case),
            RunId("run"),
            {applicant: computed} if computed else None,
            provided_at={applicant: provided} if provided else {},
        )
    [decision] = asked.decisions
    assert [reason.code.value for reason in decision.reasons] == case["expect"]
    assert decision.is_allowed is (not case["expect"])
    if "covers_before_login" in case:
        assert decision.clearance is not None
        assert decision.clearance.covers_before_login is case["covers_before_login"]
    if "partner_sites" in case:
        assert decision.clearance is not None
        assert decision.clearance.partner_sites == tuple(case["partner_sites"])
    if "contradictions" in case:
        assert told(decision)["contradictions"] == case["contradictions"]
    if "elements" in case:
        assert [element for reason in decision.reasons for element in reason.elements] == case["elements"]


def test_a_browser_is_cleared_without_anybody_s_name(database: Database) -> None:
    case = {"contract": {"scheme": "A"}, "linked": False, "cookie": "b1", "confirmed": {"day": date(2026, 4, 2)}}
    with database.write() as session:
        record(session, case | {"acts": []})
        store = GateStore(session)
        [decision] = Gate(store, store).ask(question(case), RunId("run")).decisions
    clearance = decision.clearance
    assert clearance is not None
    assert (clearance.cookie_id, clearance.member_no, clearance.evidence_id) == ("b1", None, None)
    assert clearance.confirmation is not None
    assert clearance.confirmation.method == "declared"
    with database.read(ClientId("C1")) as reading:
        kept = reading.connection.execute(text("SELECT allowed, consent_no, confirmed_at FROM gate_decision")).one()
    assert kept == (True, None, moment(date(2026, 4, 2)))


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_client_that_confirmed_nobody_is_refused_as_a_whole(database: Database, confirmed: bool) -> None:
    case: dict[str, Any] = {"contract": {"scheme": "A"}, "linked": False, "cookie": "b1", "acts": []}
    if confirmed:
        case["confirmed"] = {"day": date(2026, 4, 2)}
    with database.write() as session:
        record(session, case)
        store = GateStore(session)
        asked = Gate(store, store).ask(question(case), RunId("run"))
    codes = [reason.code.value for reason in asked.terms_reasons]
    assert codes == ([] if confirmed else ["DENY_PRI_CONSENT_UNCONFIRMED"])


def test_every_answer_is_recorded_with_its_evidence(database: Database) -> None:
    case = {"acts": [{"day": date(2026, 4, 1), "do": "accept", "text": "full"}]}
    with database.write() as session:
        record(session, case)
        store = GateStore(session)
        gate = Gate(store, store)
        [allowed] = gate.ask(question(case), RunId("run")).decisions
        [denied] = gate.ask(replace(question(case), season=None), RunId("run")).decisions
    assert allowed.clearance is not None
    assert denied.clearance is None
    with database.read(ClientId("C1")) as reading:
        rows = reading.connection.execute(
            text("SELECT allowed, reasons, consent_no, law_profile_id FROM gate_decision ORDER BY decision_no")
        ).all()
    assert rows == [
        (True, [], allowed.clearance.evidence_id, "JP-APPI-2022"),
        (False, ["DENY_SEASON_CLOSED"], None, "JP-APPI-2022"),
    ]


def test_a_row_that_nobody_linked_yet_is_no_refusal_of_anybody(database: Database) -> None:
    case: dict[str, Any] = {"linked": False, "family_name": "山田", "acts": []}
    with database.write() as session:
        record(session, case)
        store = GateStore(session)
        asked = Gate(store, store).ask(question(case), RunId("run"))
        entry = decisions_entry(asked, RunId("run")).payload
    assert [reason.code for reason in asked.decisions[0].reasons] == [ReasonCode.NOT_LINKED]
    assert asked.counts() == {ReasonCode.NOT_LINKED: 1}
    assert (entry["asked"], entry["denied_by"], entry["not_linked"]) == (0, {}, 1)
    with database.read(ClientId("C1")) as reading:
        assert not reading.connection.execute(text("SELECT FROM gate_decision")).all()
