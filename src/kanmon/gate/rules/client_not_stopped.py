"""A client that was stopped gets nothing: no model, no score, no report, until the privacy owner resumes it.

APPI Art. 19 and Guidelines 3-2 (misuse has become foreseeable), Art. 27(1); APPI-13, EMP-05, S14; INV-5.
"""

from kanmon.gate.decision import DenialReason, ReasonCode
from kanmon.gate.question import Terms
from kanmon.gate.switch.model import SwitchScope


def judge(terms: Terms) -> DenialReason | None:
    """Deny every use for a client whose switch stands on stop."""
    is_stopped = terms.stops is not None and SwitchScope(client_id=terms.client.client_id) in terms.stops.stopped
    return DenialReason(ReasonCode.CLIENT_SUSPENDED) if is_stopped else None
