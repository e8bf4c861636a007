"""Whether the law that a service names may be loaded on the day."""

from datetime import date

from kanmon.consent.law import PROFILES
from kanmon.core.errors import LawNotInForce
from kanmon.core.language import N_


def require_law_in_force(law: str, day: date | None) -> None:
    """Raise `LawNotInForce` where a service names a law that is over, or to come; None: a replay takes any."""
    profile = PROFILES[law]
    if day is None or profile.is_in_force(day):
        return
    raise LawNotInForce(
        N_(
            "the law %(law)s is in force from %(begins)s to %(ends)s, not on %(day)s; in force then: %(known)s. Only a "
            "workspace made with `kanmon init --replay` takes another"
        ),
        law=law,
        begins=profile.in_force_from.isoformat(),
        ends="–" if profile.in_force_to is None else profile.in_force_to.isoformat(),
        day=day.isoformat(),
        known=", ".join(name for name, one in PROFILES.items() if one.is_in_force(day)) or "–",
    )
