"""The gate's answer as commands and the API tell it: what was decided and why, and nothing that could be used."""

from datetime import datetime

from typing_extensions import TypedDict

from kanmon.gate.decision import Decision


class ReportedAnswer(TypedDict):
    """One answer; a `Clearance` never leaves the program."""

    client_id: str
    applicant_id: str
    decision: str
    """`allow` or `deny`."""
    reasons: list[str]
    """All codes that deny, in the order of the requirements, section 8."""
    missing_elements: list[str]
    """What the closest text lacks (E01 to E25)."""
    contradictions: list[str]
    """What is known that speaks against the closest agreement, the person's age at it included."""
    evidence_id: int | None
    """The act of consent relied on."""
    confirmed_at: datetime | None
    """When the client's own confirmation was declared, where the answer rests on one."""


def told(decision: Decision) -> ReportedAnswer:
    """A decision as it is told."""
    clearance = decision.clearance
    return {
        "client_id": decision.client_id,
        "applicant_id": decision.applicant_id,
        "decision": "deny" if clearance is None else "allow",
        "reasons": [reason.code.value for reason in decision.reasons],
        "missing_elements": sorted(_elements(decision, is_of_words=True)),
        "contradictions": sorted(_elements(decision, is_of_words=False)),
        "evidence_id": clearance.evidence_id if clearance else None,
        "confirmed_at": clearance.confirmed_at if clearance else None,
    }


def _elements(decision: Decision, *, is_of_words: bool) -> set[str]:
    return {element for reason in decision.reasons for element in reason.elements if reason.is_of_words is is_of_words}
