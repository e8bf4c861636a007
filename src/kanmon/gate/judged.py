"""The gate's answers as rows, so that the rules can be asked where the evidence is and the answers travel."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa

from kanmon.clients.confirmation import Confirmation
from kanmon.core.ids import ApplicantId, ApplicantNo
from kanmon.gate.decision import Clearance, Decision, DenialReason, ReasonCode
from kanmon.gate.facts import fact_rows
from kanmon.gate.question import Terms
from kanmon.gate.service import Texts, judge_rows

_INSTANT = pa.timestamp("us", "UTC")
DECISIONS = pa.schema(
    {
        "applicant_no": pa.int64(), "applicant_id": pa.string(), "codes": pa.list_(pa.string()),
        "elements": pa.list_(pa.list_(pa.string())), "is_allowed": pa.bool_(), "member_no": pa.int64(),
        "as_of": _INSTANT, "evidence_id": pa.int64(), "covers_before_login": pa.bool_(), "cookie_id": pa.string(),
        "confirmed_at": _INSTANT, "method": pa.string(), "obtained_at": _INSTANT, "covers_training": pa.bool_(),
        "is_encrypted": pa.bool_(), "partner_sites": pa.list_(pa.string()),
    }
)  # fmt: skip
"""One answer a row: its reasons, or what its clearance says."""


def judged(
    terms: Terms,
    terms_reasons: tuple[DenialReason, ...],
    texts: Texts,
    computed_at: Mapping[ApplicantNo, datetime],
    provided_at: Mapping[ApplicantNo, datetime],
    found: pa.Table,
) -> pa.Table:
    """`DECISIONS` for the applicants of some rows of `gate.facts.gathered`, those of one applicant all among them."""
    decisions = judge_rows(iter(fact_rows(found)), terms, terms_reasons, texts, computed_at, provided_at)
    return pa.Table.from_pylist([_row(decision) for decision in decisions], DECISIONS)


def decisions_of(rows: pa.Table, terms: Terms) -> dict[ApplicantNo, Decision]:
    """The answers that rows of `DECISIONS` hold."""
    return {ApplicantNo(row["applicant_no"]): _decision(row, terms) for row in rows.to_pylist()}


def _row(decision: Decision) -> dict[str, object]:
    said: dict[str, object] = {
        "applicant_no": decision.applicant_no,
        "applicant_id": decision.applicant_id,
        "codes": [reason.code.value for reason in decision.reasons],
        "elements": [list(reason.elements) for reason in decision.reasons],
        "is_allowed": decision.is_allowed,
    }
    clearance = decision.clearance
    if clearance is not None:
        said |= {
            name: getattr(clearance, name)
            for name in (
                "member_no",
                "as_of",
                "evidence_id",
                "covers_before_login",
                "partner_sites",
                "is_encrypted",
                "cookie_id",
            )
        }
        if clearance.confirmation is not None:
            said |= {
                name: getattr(clearance.confirmation, name)
                for name in ("confirmed_at", "method", "obtained_at", "covers_training")
            }
    return said


def _decision(row: Mapping[str, Any], terms: Terms) -> Decision:
    applicant_no, applicant_id = ApplicantNo(row["applicant_no"]), ApplicantId(row["applicant_id"])
    reasons = tuple(
        DenialReason(ReasonCode(code), tuple(elements))
        for code, elements in zip(row["codes"], row["elements"], strict=True)
    )
    clearance = None
    if row["is_allowed"]:
        clearance = Clearance(
            use=terms.use,
            client_id=terms.client.client_id,
            applicant_no=applicant_no,
            applicant_id=applicant_id,
            member_no=row["member_no"],
            as_of=row["as_of"],
            evidence_id=row["evidence_id"],
            decided_at=terms.asked_at,
            covers_before_login=row["covers_before_login"],
            partner_sites=tuple(row["partner_sites"]),
            is_encrypted=row["is_encrypted"],
            cookie_id=row["cookie_id"],
            confirmation=_confirmation(row),
        )
    return Decision(applicant_no, applicant_id, terms.client.client_id, clearance, reasons)


def _confirmation(row: Mapping[str, Any]) -> Confirmation | None:
    if row["confirmed_at"] is None:
        return None
    return Confirmation(row["confirmed_at"], row["method"], row["obtained_at"], row["covers_training"])
