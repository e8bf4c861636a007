"""People whom the gate cleared, as those who read their events ask for them."""

from dataclasses import dataclass
from datetime import datetime

from kanmon.clients.contract import ScoreTarget
from kanmon.core.ids import CookieId
from kanmon.gate.decision import Clearance


@dataclass(frozen=True, slots=True)
class ForeignStretch:
    """A stretch of history that was found not to be a person's own: of a browser or, where None, under their login.

    From `since` to before `until`, in UTC; None is without end.
    """

    cookie_id: CookieId | None
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class ClearedPerson:
    """One person whom the gate cleared, with what else is known of the application; instants in UTC."""

    clearance: Clearance
    applied_at: datetime
    registered_at: datetime | None
    not_theirs: tuple[ForeignStretch, ...] = ()
    """What was corrected when the gate was asked: it counts no more (APPI-18)."""
    next_act: ScoreTarget | None = None
    """The act by which the person may leave next; None where the stage, or what it opens, is not known."""
