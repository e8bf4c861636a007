"""On how many examples a property is tried: on some by day, on all by night."""

from hypothesis import HealthCheck, settings

DAY = "day"
NIGHT = "night"
"""The profile of Hypothesis by which `make nightly` tries them all."""


def load_profiles() -> None:
    """Measure no property by the clock, which tells of the machine, and draw by day unless the run says otherwise."""
    for name in (DAY, NIGHT):
        settings.register_profile(name, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile(DAY)


def is_night() -> bool:
    """Whether this run tries all examples."""
    return settings.get_current_profile_name() == NIGHT


def examples(by_day: int, by_night: int) -> int:
    """How many examples this run draws."""
    return by_night if is_night() else by_day
