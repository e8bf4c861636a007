"""Plays the cases of `gate.yaml` on a real database, through the query that gathers facts and all the rules."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import text

from kanmon.adapters.postgres.gate_store import GateStore
from kanmon.adapters.postgres.service_store import ServiceStore
from kanmon.adapters.unit_of_work import Database, WriteSession
from kanmon.clients.contract import (
    Approval,
    Client,
    Contract,
    LegalBasis,
    ProductRelease,
    ReviewRole,
    Scheme,
    ScoreCategory,
    Season,
)
from kanmon.clock import TOKYO
from kanmon.consent.law import PROFILES
from kanmon.consent.policy import Clause, Element, PolicyVersion, Recipients, Statement
from kanmon.gate.decision import Use
from kanmon.gate.question import Terms
from kanmon.gate.service import Gate
from kanmon.ids import ApplicantNo, ClientId, PolicyId, PolicyVersionId, RunId, SeasonId

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("gate.yaml").read_text(encoding="utf-8"))
ASKED_AT = datetime(2026, 4, 10, 12, tzinfo=TOKYO)
E = Element
UNKNOWN = "0" * 64


def moment(written: object) -> datetime | None:
    if isinstance(written, str):
        written = datetime.fromisoformat(written)
    if isinstance(written, datetime):
        return written if written.tzinfo else written.replace(tzinfo=UTC)
    return datetime(written.year, written.month, written.day, tzinfo=TOKYO) if isinstance(written, date) else None


def statements() -> dict[Element, Statement]:
    said: dict[Element, Statement] = {element: Statement("…") for element in Element if element is not E.FOREIGN}
    return said | {
        E.RECIPIENTS: Statement("…", Recipients(frozenset({ClientId("C1"), ClientId("C2")}))),
        E.ITEMS: Statement("…", frozenset({"applicant_id", "score", "category"})),
        E.PURPOSE: Statement("…", "follow_up_support"),
        E.PROHIBITED_USES: Statement("…", frozenset({"selection"})),
        E.PARTNER_SITES: Statement("…", frozenset()),
    }


def without(*elements: Element) -> dict[Element, Statement]:
    return {element: said for element, said in statements().items() if element not in elements}


TEXTS: Mapping[str, dict[Element, Statement]] = {
    "full": statements(),
    "short-lived": statements(),
    "stale": {element: Statement("…") for element in (E.OPERATOR, E.TRIGGER, E.IDENTIFIED, E.OWN_HISTORY,
                                                       E.HISTORY_BEFORE_LOGIN)},
    "others": statements() | {E.RECIPIENTS: Statement("…", Recipients(frozenset({ClientId("C2")})))},
    "no-score": without(E.PREDICTION),
    "no-training": without(E.TRAINING),
    "marketing": statements() | {E.PURPOSE: Statement("…", "marketing")},
    "bare-items": statements() | {E.ITEMS: Statement("…", frozenset({"applicant_id"}))},
}  # fmt: skip


def version(name: str, in_force: Mapping[str, Any]) -> PolicyVersion:
    return PolicyVersion(
        PolicyId("privacy"),
        PolicyVersionId(name),
        "ja",
        moment(in_force.get(name)) or datetime(2026, 1, 1, tzinfo=UTC),
        f"text {name}",
        (Clause("c1", TEXTS[name]),),
        consent_valid_days=30 if name == "short-lived" else None,
    )


def client(changes: Mapping[str, Any]) -> Client:
    contract = Contract(
        scheme=Scheme(changes.get("scheme", "B")),
        starts_at=datetime(2026, 1, 1, tzinfo=UTC),
        ends_at=moment(changes.get("ends")) or datetime(2027, 3, 31, tzinfo=UTC),
        trains_on=SeasonId("2026"),
        scores=SeasonId("2026"),
        purpose=changes.get("purpose", "follow_up_support"),
        prohibited_uses=frozenset(changes.get("prohibited_uses", ["selection"])),
        score_column="予測スコア",
        no_score="スコアなし",
        categories=(ScoreCategory("★", 0.0),),
        use_agreement_signed_at=moment(changes.get("use_agreement_signed_at", date(2026, 1, 10))),
        pre_use_check_at=moment(changes.get("pre_use_check_at", date(2026, 4, 1))),
        client_notice_published_at=moment(changes.get("client_notice_published_at", date(2026, 1, 10))),
        necessity=changes.get("necessity", "calls before people drift away"),
        legal_basis=LegalBasis(changes.get("legal_basis", "consent")),
    )
    return Client(ClientId("C1"), "C1 Inc.", changes.get("address", "Tokyo"), "Head", contract)


def release(changes: Mapping[str, Any]) -> ProductRelease:
    people = {role: str(number) for number, role in enumerate(ReviewRole)} | {ReviewRole.AUTHOR: "a"}
    people |= {role: changes[role.value] for role in ReviewRole if role.value in changes}
    people.pop(ReviewRole(changes["without"]), None) if "without" in changes else None
    approvals = tuple(Approval(role, person, datetime(2026, 1, 5, tzinfo=UTC)) for role, person in people.items())
    return ProductRelease("2026.1", bool(changes.get("rnd")), approvals)


def question(case: Mapping[str, Any]) -> Terms:
    closes = moment(case.get("season", {}).get("closes")) or datetime(2027, 3, 31, tzinfo=UTC)
    return Terms(
        use=Use(case.get("use", "provide")),
        asked_at=ASKED_AT,
        client=client(case.get("contract", {})),
        season=Season(SeasonId("2026"), datetime(2025, 6, 1, tzinfo=UTC), None, closes),
        release=release(case.get("release", {})),
        profile=PROFILES[case.get("law", "JP-APPI-2022")],
    )


def record(session: WriteSession, case: Mapping[str, Any]) -> ApplicantNo:
    def write(statement: str, **values: object) -> Any:
        return session.connection.execute(text(statement), values)

    in_force = case.get("in_force", {})
    hashes = {name: version(name, in_force).text_sha256 for name in TEXTS}
    for name in TEXTS:
        ServiceStore(session).add_policy_version(version(name, in_force), ASKED_AT)
    write("INSERT INTO run VALUES ('run', 'test', :at, :at, false, NULL, 'began')", at=ASKED_AT)
    write("INSERT INTO season (season_id, opens_at, closes_at) VALUES ('2026', :at, :at)", at=ASKED_AT)
    write("INSERT INTO client VALUES ('C1', '', '', '', '{}', :at), ('C2', '', '', '', '{}', :at)", at=ASKED_AT)
    for member_no, name in ((7, "M"), (8, "somebody else")):
        write(
            "INSERT INTO member (member_no, member_id, season_id, registered_at) VALUES (:no, :name, '2026', :at)",
            no=member_no, name=name, at=ASKED_AT,
        )  # fmt: skip
    for sha256 in (*hashes.values(), UNKNOWN):
        write("INSERT INTO displayed_text (text_sha256) VALUES (:sha256)", sha256=sha256)
    for act in case["acts"]:
        write(
            """INSERT INTO consent_act (member_no, occurred_at, screen_id, text_no, action, client_id, refusable)
            SELECT 7, :at, :screen, text_no, :action, :client, :refusable
            FROM displayed_text WHERE text_sha256 = :sha256""",
            at=moment(act["day"]), action=act["do"], client=act.get("client"), refusable=act.get("refusable", True),
            sha256=hashes.get(act["text"], UNKNOWN), screen=act.get("screen", "registration"),
        )  # fmt: skip
    for screen in ("registration", "web_test"):
        write("INSERT INTO screen VALUES (:screen, '2026', :screen, NULL, 'privacy', NULL, NULL)", screen=screen)
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
    session.act_for(ClientId("C1"))
    number = write(
        """INSERT INTO applicant (client_id, season_id, applicant_id, position, applied_at, as_of, member_no)
        VALUES ('C1', '2026', 'A', 1, :at, :at, :member) RETURNING applicant_no""",
        at=ASKED_AT, member=7 if case.get("linked", True) else None,
    )  # fmt: skip
    return ApplicantNo(number.scalar_one())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_case(case: Mapping[str, Any], database: Database) -> None:
    with database.write() as session:
        applicant = record(session, case)
        store = GateStore(session)
        computed = moment(case.get("computed"))
        asked = Gate(store, store).ask(question(case), RunId("run"), {applicant: computed} if computed else None)
    [decision] = asked.decisions
    assert [reason.code.value for reason in decision.reasons] == case["expect"]
    assert decision.is_allowed is (not case["expect"])
    if "elements" in case:
        assert [element for reason in decision.reasons for element in reason.elements] == case["elements"]


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
