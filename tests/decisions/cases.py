"""The terms and texts that the cases of `gate.yaml` speak of, and the question each of them asks."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

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
from kanmon.clients.papers.model import CheckFinding, ClientPaper, PaperFile, PaperKind, UseCheck
from kanmon.consent.law import PROFILES
from kanmon.consent.policy import Clause, Element, PolicyVersion, Recipients, Statement
from kanmon.core.clock import TOKYO
from kanmon.core.ids import ClientId, PolicyId, PolicyVersionId, SeasonId
from kanmon.gate.decision import Use
from kanmon.gate.question import Terms
from kanmon.gate.switch.model import Hold, StopAct, Stops, SwitchAct, SwitchScope

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
    "no-early": without(E.HISTORY_BEFORE_LOGIN),
    "marketing": statements() | {E.PURPOSE: Statement("…", "marketing")},
    "monthly": statements() | {E.TIMING: Statement("…", "once_a_month")},
    "garbled": statements() | {E.TIMING: Statement("…", "now and then")},
    "sites": statements() | {E.PARTNER_SITES: Statement("…", frozenset({"jobs.example", "しごと図鑑"}))},
    "one-site": statements() | {E.PARTNER_SITES: Statement("…", frozenset({"ｊｏｂｓ.Example"}))},
    "short-sites": without(E.PREDICTION) | {E.PARTNER_SITES: Statement("…", frozenset({"jobs.example"}))},
    "unlisted-sites": statements() | {E.PARTNER_SITES: Statement("…", None)},
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
        stops=Stops(),
        law_on=case.get("law_on"),
    )


def stop_acts(case: Mapping[str, Any]) -> list[StopAct]:
    return [
        StopAct(
            SwitchAct(said["do"]),
            SwitchScope(said.get("client"), said.get("season")),
            at,
            said.get("doubts_consents", False),
        )
        for said in case.get("switch", ())
        if (at := moment(said["day"]))
    ]


def incidents(case: Mapping[str, Any]) -> list[tuple[Hold, bool]]:
    """What the defects recorded hold, and whether the person asked about is among those affected."""
    return [
        (
            Hold(SwitchScope(said.get("client"), said.get("season")), at, moment(said.get("computed"))),
            said.get("affects", False),
        )
        for said in case.get("incidents", ())
        if (at := moment(said["day"]))
    ]


def client_papers(case: Mapping[str, Any]) -> list[ClientPaper]:
    """What staff put on record of the client: `papers`, each on its `day` unless it was `recorded` later."""
    papers = []
    for number, filed in enumerate(case.get("papers", ())):
        kind, dated_at = PaperKind(filed["kind"]), moment(filed["day"])
        recorded_at = moment(filed.get("recorded", filed["day"]))
        assert dated_at is not None
        assert recorded_at is not None
        season, finding = SeasonId(filed.get("season", "2026")), CheckFinding(filed.get("finding", "may_use"))
        check = UseCheck(season, "1", {}, finding) if kind.is_check else None
        files = () if kind.is_check else (PaperFile("p", "0", 1),)
        people = ("Sato", files, check, "Ito", "privacy_owner")
        papers.append(ClientPaper(ClientId("C1"), kind, dated_at, *people, recorded_at, recorded_at, -1 - number))
    return papers
