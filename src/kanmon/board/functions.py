"""What the demo board offers beside companies to read about: the five functions of the release, each on a screen."""

from collections.abc import Mapping
from dataclasses import dataclass

from kanmon.core.language import N_


@dataclass(frozen=True)
class Function:
    """One function as people meet it; ids of messages.

    `agreeing` and `refusing` are the words on its two buttons. `choices` are what is chosen from beside a company.
    """

    title: str
    agreeing: str
    refusing: str
    done: str
    takes_company: bool = False
    question: str = ""
    choices: Mapping[str, str] | None = None
    is_registration: bool = False


FUNCTIONS: Mapping[str, Function] = {
    "member_registration": Function(
        N_("Member registration"),
        N_("Agree and register"),
        N_("Register without agreeing"),
        N_("You are registered."),
        is_registration=True,
    ),
    "pre_entry": Function(
        N_("Pre-entry"),
        N_("Agree and pre-enter"),
        N_("Pre-enter without agreeing"),
        N_("Your pre-entry is in."),
        takes_company=True,
    ),
    "event_booking": Function(
        N_("Event booking"),
        N_("Agree and book"),
        N_("Book without agreeing"),
        N_("Your place at the event is booked."),
        question=N_("Which event?"),
        choices={"tokyo": N_("Tokyo, joint fair"), "osaka": N_("Osaka, joint fair"), "online": N_("Online fair")},
    ),
    "briefing_booking": Function(
        N_("Briefing booking"),
        N_("Agree and book"),
        N_("Book without agreeing"),
        N_("Your place at the briefing is booked."),
        takes_company=True,
        question=N_("When?"),
        choices={"morning": N_("In the morning"), "afternoon": N_("In the afternoon")},
    ),
    "web_test": Function(
        N_("Web test"),
        N_("Agree and hand in"),
        N_("Hand in without agreeing"),
        N_("Your answer is handed in."),
        question=N_("2, 3, 5, 7, …: which number comes next?"),
        choices={number: number for number in ("9", "10", "11")},
    ),
}
"""Each by the function of its registered screen; the same name is the kind of its event."""
EVENTS_OF_PAGES = frozenset({"view", "search"})
"""Kinds of events that a page may tell of; what a function did is told by the board itself."""
