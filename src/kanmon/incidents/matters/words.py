"""What matters of an authority, their steps and states are called, for every door; ids of messages."""

from collections.abc import Mapping

from kanmon.core.language import N_
from kanmon.incidents.matters.model import MatterKind, MatterState, StepKind

KINDS: Mapping[MatterKind, str] = {
    MatterKind.HEARING: N_("hearing by an authority"),
    MatterKind.REPORT_DEMAND: N_("demand for a report"),
    MatterKind.GUIDANCE: N_("guidance or advice"),
    MatterKind.RECOMMENDATION: N_("recommendation of an authority"),
    MatterKind.ORDER: N_("order of an authority"),
    MatterKind.ANNUAL_REPORT: N_("annual report on recruiting information"),
}
STEPS: Mapping[StepKind, str] = {
    StepKind.PAPER: N_("paper added"),
    StepKind.DEADLINE: N_("last day for the answer set"),
    StepKind.INCIDENT: N_("incident linked"),
    StepKind.MEASURE: N_("measure linked"),
    StepKind.ANSWER: N_("answer given"),
    StepKind.CLOSED: N_("matter closed"),
}
STATES: Mapping[MatterState, str] = {
    MatterState.OVERDUE: N_("answer overdue"),
    MatterState.SOON: N_("answer due within a week"),
    MatterState.UNDATED: N_("answer wanted, no day named"),
    MatterState.WAITING: N_("answer not due yet"),
    MatterState.ANSWERED: N_("answered in time"),
    MatterState.ANSWERED_LATE: N_("answered too late"),
    MatterState.OPEN: N_("no answer wanted"),
    MatterState.CLOSED: N_("matter closed"),
}
