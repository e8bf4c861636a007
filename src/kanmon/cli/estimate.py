"""How long a step still takes, as far as what it did so far tells."""

from dataclasses import dataclass

ENOUGH_SECONDS = 3.0
ENOUGH_SHARE = 0.02
"""Before so much time and so large a share of the step, nothing is said: it would only mislead."""


@dataclass
class Estimate:
    """Counts the parts of one step, of which there are `total`; seconds are those since it began."""

    total: int
    done: int = 0

    def advance(self, by: int) -> None:
        """So many more parts are done."""
        self.done = min(self.total, self.done + by)

    def percent(self) -> int:
        """The share done, in whole per cents."""
        return 100 * self.done // self.total if self.total else 100

    def seconds_left(self, elapsed: float) -> float | None:
        """How long the rest takes at the pace so far; None where that can't be told yet."""
        if elapsed < ENOUGH_SECONDS or self.done < ENOUGH_SHARE * self.total or not self.done:
            return None
        return elapsed * (self.total - self.done) / self.done


def written(seconds: float) -> str:
    """A length of time as h:mm:ss, or m:ss below an hour, to the second above."""
    whole = -int(-seconds // 1)
    minutes, hours = whole // 60 % 60, whole // 3600
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
