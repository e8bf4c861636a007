"""What incidents, their duties and facts are called, for every door; ids of messages."""

from collections.abc import Mapping

from kanmon.core.language import N_
from kanmon.incidents.deadlines import Duty, DutyState, Item
from kanmon.incidents.model import FactKind, IncidentClass

CLASSES: Mapping[IncidentClass, str] = {
    IncidentClass.UNCOVERED: N_("provision without valid consent"),
    IncidentClass.LEAK: N_("leak, loss or damage"),
}
DUTIES: Mapping[Duty, str] = {
    Duty.HOLD: N_("close the gate to everybody whom it may concern"),
    Duty.SET: N_("compute whom it affects"),
    Duty.RECALL: N_("ask every recipient to erase"),
    Duty.NOTICE: N_("tell everybody affected"),
    Duty.SELF_CHECK: N_("let everybody see whether it affects them"),
    Duty.REPORT_PRELIMINARY: N_("preliminary report"),
    Duty.REPORT_FINAL: N_("final report"),
}
STATES: Mapping[DutyState, str] = {
    DutyState.DONE: N_("in time"),
    DutyState.DONE_LATE: N_("done late"),
    DutyState.DUE: N_("to be done"),
    DutyState.WARN: N_("due very soon"),
    DutyState.OVERDUE: N_("past its deadline"),
    DutyState.VOLUNTARY: N_("no date asked"),
}
LIST_STATES = {"open": N_("incidents not closed"), "closed": N_("incidents closed")}
"""By which the list of incidents is narrowed."""
LIST_SORTS = {"newest": N_("the newest incident first"), "oldest": N_("the oldest incident first")}
LOOKS: Mapping[DutyState, str] = {
    DutyState.DONE: "done",
    DutyState.DONE_LATE: "done",
    DutyState.WARN: "soon",
    DutyState.OVERDUE: "late",
    DutyState.DUE: "open",
    DutyState.VOLUNTARY: "quiet",
}
"""How a page draws each."""
ITEMS: Mapping[Item, str] = {
    Item.SENSITIVE: N_("(i) sensitive data"),
    Item.PROPERTY: N_("(ii) risk of loss of property"),
    Item.WRONGFUL: N_("(iii) possibly a wrongful purpose"),
    Item.MANY: N_("(iv) more than 1,000 people"),
}
FACTS: Mapping[FactKind, str] = {
    FactKind.ESTIMATE: N_("estimate"),
    FactKind.CRITERIA: N_("items of Rule 7 met"),
    FactKind.SET: N_("affected set"),
    FactKind.REPORT_PRELIMINARY: N_("preliminary report"),
    FactKind.REPORT_FINAL: N_("final report"),
    FactKind.OUTLINE: N_("outline"),
    FactKind.ITEMS: N_("items of data"),
    FactKind.CAUSE: N_("cause"),
    FactKind.SECONDARY_DAMAGE: N_("secondary damage, or its risk"),
    FactKind.RESPONSE: N_("response to the people"),
    FactKind.PUBLICATION: N_("publication"),
    FactKind.PREVENTION: N_("measures against recurrence"),
    FactKind.OTHER: N_("other matters"),
    FactKind.NOTICE: N_("people told"),
    FactKind.PUBLISHED: N_("made public"),
    FactKind.RECALL: N_("recipients asked to erase"),
    FactKind.CLOSED: N_("incident closed"),
}
