"""A client that was stopped gets nothing: no model, no score, no report, until the privacy owner resumes it."""

from kanmon.consent.law import JP_APPI_2017
from kanmon.gate.decision import DenialReason, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.rule import TermsRule
from kanmon.gate.switch.model import SwitchScope


def judge(terms: Terms) -> DenialReason | None:
    """Deny every use for a client whose switch stands on stop."""
    is_stopped = terms.stops is not None and SwitchScope(client_id=terms.client.client_id) in terms.stops.stopped
    return DenialReason(ReasonCode.CLIENT_SUSPENDED) if is_stopped else None


RULE = TermsRule(
    about=__doc__,
    code=ReasonCode.CLIENT_SUSPENDED,
    citation="APPI Art. 19 and Guidelines 3-2 (misuse has become foreseeable), Art. 27(1); APPI-13, EMP-05, S14; INV-5",
    in_force_from=JP_APPI_2017.in_force_from,
    judge=judge,
)
