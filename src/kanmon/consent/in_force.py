"""Which displayed texts are the words of a policy in force, by moment: in each language the latest version."""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from kanmon.consent.policy import PolicyVersion
from kanmon.core.ids import PolicyId


class TextsInForce:
    """The right words of one policy over time.

    `versions` are all that are registered, whether any screen ever showed them or not; `texts` are the versions behind
    the numbers of displayed texts. Where a version is in force that nothing showed yet, no displayed text is right.
    """

    def __init__(
        self, policy_id: PolicyId, versions: Collection[PolicyVersion], texts: Mapping[int, PolicyVersion]
    ) -> None:
        registered = [version for version in versions if version.policy_id == policy_id]
        numbers: dict[tuple[str, datetime], set[int]] = {}
        for text_no, version in texts.items():
            if version.policy_id == policy_id:
                numbers.setdefault((version.language, version.effective_from), set()).add(text_no)
        self.changes = sorted({version.effective_from for version in registered})
        """The moments at which what is in force changes, in order."""
        self._right: list[frozenset[int]] = []
        latest: dict[str, datetime] = {}
        for moment in self.changes:
            latest |= {version.language: moment for version in registered if version.effective_from == moment}
            self._right.append(frozenset().union(*(numbers.get(edition, ()) for edition in latest.items())))

    def at(self, moment: datetime) -> frozenset[int]:
        """The numbers of the displayed texts that are in force at a moment; none before the first version."""
        place = bisect_right(self.changes, moment)
        return self._right[place - 1] if place else frozenset()


def version_in_force(
    policy_id: PolicyId, language: str, versions: Sequence[PolicyVersion], at: datetime
) -> PolicyVersion | None:
    """The version of a policy whose words are in force in a language at a moment, the first of several, or None."""
    in_force = TextsInForce(policy_id, versions, dict(enumerate(versions))).at(at)
    of_language = (place for place, version in enumerate(versions) if version.language == language)
    return next((versions[place] for place in of_language if place in in_force), None)
