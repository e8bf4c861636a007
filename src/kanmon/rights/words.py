"""Words for what a person is told: what was done, what was provided, what counted in a score."""

from collections.abc import Mapping

from kanmon.core.language import N_, Language, translations
from kanmon.rights.recall.service import RecallMilestone as RecallStep
from kanmon.rights.recall.service import RecallReason
from kanmon.rights.recall.service import RecallStatus as RecallState
from kanmon.rights.requests.review import ReviewFinding
from kanmon.rights.requests.service import Method, RequestState, RequestType

ACTIONS: Mapping[str, str] = {"accept": N_("agreed"), "refuse": N_("did not agree"), "withdraw": N_("withdrew")}
"""What each act of consent is called; ids of messages."""
STALE = N_("No longer valid since %(at)s: it was corrected or withdrawn. It is never provided any more.")
"""What is said of a stale score; the id of a message."""

TYPES: Mapping[RequestType, str] = {
    RequestType.DISCLOSURE: N_("disclosure of everything held about you"),
    RequestType.OBJECTION: N_("stop of scoring and providing"),
    RequestType.LIFTING: N_("end of the stop"),
    RequestType.TRAINING_OBJECTION: N_("end of training on your history"),
    RequestType.TRAINING_LIFTING: N_("training on your history allowed again"),
    RequestType.HISTORY: N_("correction of actions that weren't yours"),
    RequestType.PERSONAL_DATA: N_("correction of personal data"),
    RequestType.REVIEW: N_("review of a score by a person"),
    RequestType.CHECK: N_("was I a target? (without an account)"),
}
"""What each kind of request is called; ids of messages."""
FINDINGS: Mapping[ReviewFinding, str] = {
    ReviewFinding.UPHELD: N_("The score stands"),
    ReviewFinding.SCORE_WITHDRAWN: N_("Withdraw the score"),
    ReviewFinding.RECONSIDERED: N_("The company decided anew"),
}
"""What each way to end a review is called; ids of messages."""
STATES: Mapping[RequestState, str] = {
    RequestState.OPEN: N_("waiting"),
    RequestState.OVERDUE: N_("overdue"),
    RequestState.ACCEPTED: N_("done"),
    RequestState.REFUSED: N_("refused, with the reason"),
}
"""What each state is called; ids of messages."""
SORTS = {"due": N_("nearest deadline first"), "newest": N_("the newest request first")}
"""What each order of the worklist is called; ids of messages. The first is the one that nobody asks for."""
LOOKS: Mapping[RequestState, str] = {
    RequestState.OPEN: "open",
    RequestState.OVERDUE: "late",
    RequestState.ACCEPTED: "done",
    RequestState.REFUSED: "quiet",
}
"""How a page draws each state."""
METHODS: Mapping[Method, str] = {Method.ELECTRONIC: N_("electronically"), Method.PAPER: N_("on paper")}
"""What each way of answering is called; ids of messages."""
FIELDS: Mapping[str, str] = {
    "family_name": N_("Family name"),
    "given_name": N_("Given name"),
    "family_kana": N_("Family name in kana"),
    "given_kana": N_("Given name in kana"),
    "birth_date": N_("Date of birth"),
    "email": N_("E-mail"),
    "university": N_("University"),
    "phone": N_("Phone"),
}
"""What each item of personal data is called; ids of messages."""
KINDS: Mapping[str, str] = {
    "view": N_("looked at pages"),
    "search": N_("searched"),
    "message_open": N_("opened a message"),
    "pre_entry": N_("made a pre-entry"),
    "briefing_booking": N_("booked a briefing"),
    "event_booking": N_("booked an event"),
    "web_test": N_("took a web test"),
}
"""What common kinds of actions are called; ids of messages. A board's own kinds stay as it names them."""

RECALL_STATES: Mapping[RecallState, str] = {
    RecallState.ASKED: N_("asked to erase"),
    RecallState.REMINDED: N_("reminded"),
    RecallState.OVERDUE: N_("overdue"),
    RecallState.SUSPENDED: N_("overdue; nothing is provided to it any more"),
    RecallState.CERTIFIED: N_("erased, as it certified"),
}
"""How a request to a recipient stands; ids of messages."""
RECALL_STEPS: Mapping[RecallStep, str] = {
    RecallStep.ASKED: N_("request %(number)s: %(client)s was asked"),
    RecallStep.REMINDED: N_("request %(number)s: %(client)s was reminded"),
    RecallStep.REMINDED_AGAIN: N_("request %(number)s: %(client)s was reminded for the last time"),
    RecallStep.ESCALATED: N_("request %(number)s: %(client)s is overdue"),
}
"""What is done about a request to a recipient; ids of messages."""
RECALL_REASONS: Mapping[RecallReason, str] = {
    RecallReason.ERASURE: N_("People asked for erasure."),
    RecallReason.WITHDRAWAL: N_("People withdrew their consent."),
    RecallReason.RETENTION: N_("The time for which you may keep it is over, by the words that people agreed to."),
    RecallReason.INCIDENT: N_("What was provided should not have been, as we found."),
}
"""Why a recipient is asked, as it is told; ids of messages."""

CHECK_CODE_TOLD = N_(
    "Your check code is %(code)s. With it you can ask at /check whether you were a target, when you have no account "
    "any more and after your data are erased. We keep no copy of it."
)
"""What comes with a check code, the only time that it is told; the id of a message."""


def kind_in_words(kind: str, language: Language) -> str:
    """What a kind of action is called."""
    return translations(language).gettext(KINDS[kind]) if kind in KINDS else kind
