"""Was the screen on which somebody agreed known to be right? From the looks at it, before and after (INV-6, AC-10)."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from kanmon.audits.rejudgement.papers import PersonEvent, Registers
from kanmon.audits.rejudgement.words import TextHistory


class Screens:
    """Every screen that was ever looked at; of the others nothing is asked."""

    def __init__(self, registers: Registers, book: TextHistory) -> None:
        seen: defaultdict[str, dict[datetime, bool]] = defaultdict(dict)
        self._policy = {look.screen_id: look.policy_id for look in registers.looks}
        for look in registers.looks:
            is_right = book.is_in_force(look.text_no, look.policy_id, look.at)
            seen[look.screen_id][look.at] = is_right and seen[look.screen_id].get(look.at, True)
        self._looks = {screen: sorted(looks.items()) for screen, looks in seen.items()}
        self._book = book

    def is_doubted(self, agreed: PersonEvent, at: datetime) -> bool:
        """Whether an agreement doesn't count for its screen, by all that had been seen of it at a moment.

        It counts between two right looks, or after the last one. Where a look beside it was wrong, it counts only if
        the screen was seen right again later and the words agreed to were those in force.
        """
        looks = self._looks.get(agreed.screen_id or "", [])
        known = looks[: bisect_right(looks, at, key=lambda look: look[0])]
        if not known:
            return False
        since = agreed.at if agreed.given_from is None else agreed.given_from
        moments = {since, agreed.at, *(at for at, _ in known if since < at <= agreed.at)}
        return any(self._is_doubted_at(moment, agreed, known) for moment in moments)

    def _is_doubted_at(self, moment: datetime, agreed: PersonEvent, known: Sequence[tuple[datetime, bool]]) -> bool:
        place = bisect_right(known, moment, key=lambda look: look[0])
        if place == 0:
            return True
        before, after = known[place - 1], known[place:]
        if before[1] and all(is_right for _, is_right in after[:1]):
            return False
        was_mended = any(is_right for _, is_right in after)
        policy = self._policy[agreed.screen_id or ""]
        return not (was_mended and self._book.is_in_force(agreed.text_no, policy, moment))
