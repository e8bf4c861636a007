"""Words for scheduled work; ids of messages."""

from collections.abc import Mapping

from kanmon.core.language import N_
from kanmon.jobs.job import JobKind, JobState
from kanmon.jobs.timer import AlertCode

KINDS: Mapping[JobKind, str] = {
    JobKind.RUN: N_("the main job"),
    JobKind.COVERAGE: N_("round over the board's screens"),
    JobKind.REPORTED: N_("look at screens that browsers reported"),
    JobKind.COLLECT: N_("received events into the lake"),
    JobKind.MAIL: N_("letters to the mail server"),
    JobKind.COMPACT: N_("merging of the lake's files"),
    JobKind.RECALL: N_("requests to recipients to erase"),
    JobKind.WITNESS: N_("checkpoints to the witnesses"),
    JobKind.DRIFT: N_("audit of drift"),
    JobKind.USE: N_("audit of use"),
    JobKind.LEDGER: N_("check of the whole ledger"),
    JobKind.DEADLINES: N_("look at deadlines"),
    JobKind.ALERT: N_("alerts by mail and webhook"),
}
STATES: Mapping[JobState, str] = {
    JobState.WAITING: N_("it waits for a worker"),
    JobState.RUNNING: N_("it is under way"),
    JobState.DONE: N_("done without a fault"),
    JobState.REFUSED: N_("refused by a rule"),
    JobState.FAILED: N_("failed; it is tried again"),
}
ALERTS: Mapping[AlertCode, str] = {
    AlertCode.MODEL_DRIFTED: N_("a model in use gave an alarm, and its client is stopped"),
    AlertCode.MISUSE_FOUND: N_("a client's decisions depend on scores; it is suspended"),
    AlertCode.LEDGER_WRONG: N_("the ledger is not what was signed of it"),
    AlertCode.ROWS_WRONG: N_("tables are not what the ledger says; nothing that they touch is provided"),
    AlertCode.SCREENS_WRONG: N_("screens do not show the words in force"),
    AlertCode.RECALL_OVERDUE: N_("a recipient did not erase in time, and is stopped"),
    AlertCode.DEADLINES_DUE: N_("something is late or due within three days"),
    AlertCode.WORK_FAILED: N_("scheduled work failed; it is tried again"),
}
