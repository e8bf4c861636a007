"""The record of a provision names the recipient, its address and who represents it.

APPI Art. 29, Enforcement Rules 20; APPI-09.
"""

from kanmon.gate.decision import DenialReason, ReasonCode, Use
from kanmon.gate.question import Terms


def judge(terms: Terms) -> DenialReason | None:
    """Deny providing where the recipient's name, address or representative is not known."""
    client = terms.client
    is_complete = all(said.strip() for said in (client.legal_name, client.address, client.representative))
    return None if terms.use is not Use.PROVIDE or is_complete else DenialReason(ReasonCode.RECORD_INCOMPLETE)
