"""What was wrong with a row or a message that holds somebody, in words; ids of messages."""

from collections.abc import Mapping

from kanmon.consent.collected.service import REFUSAL_MEANINGS, ConsentRefusal
from kanmon.consent.holds.service import UNUSABLE
from kanmon.core.faults import FAULT_TEXTS, Fault
from kanmon.core.language import N_

_OTHERS: Mapping[str, str] = {
    UNUSABLE: N_("the whole file could not be read"),
    "ACT_ID_TAKEN": N_("act_id names an earlier answer, which said something else"),
    "NOT_JSON": N_("the message could not be read"),
}


def fault_meaning(fault: str) -> str:
    """What a fault of a hold means; the fault itself where nobody knows it."""
    if fault in set(Fault):
        return FAULT_TEXTS[Fault(fault)]
    if fault in set(ConsentRefusal):
        return REFUSAL_MEANINGS[ConsentRefusal(fault)]
    return _OTHERS.get(fault, fault)
