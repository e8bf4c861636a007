"""What a client says it will do, and did, with scores: the checks before and after use start from these statements.

The client's promise in the release of 26 August 2019; EMP-05, AC-06; a named overseer, AIA-14.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kanmon.core.errors import StatementIncomplete
from kanmon.core.ids import ClientId, ProvisionId
from kanmon.core.language import N_

STATEMENT_HOLDS = timedelta(days=30)
"""How long a statement of intended use carries requests for scores: as long as the check that follows it."""

PROHIBITED: Mapping[str, str] = {
    "selection": (
        r"選考(の|に関する|上の)?(参考|判断|判定|材料|資料|評価|基準|可否|通過)|選考(に|で|へ)(の)?(使|用い|利用|活用|反映|役立|生か|活か)"
        r"|合否|採否|足切り|ふるい|不合格|落と(す|し)|採用(の)?(可否|判断|判定|参考|基準|決定)|面接(の)?(判断|評価|合否)"
        r"|(for|in|during) (the )?selection|selection decision|hiring decision|pass(/| or | and )fail|screening"
        r"|screen out"
        r"|shortlist|reject"
    ),
    "ranking": r"順位(付|づ)け|ランキング|ランク付|序列|\brank(s|ed|ing)?\b",
    "offer_withdrawal": r"内定(の)?取り?消|内定(の)?(可否|判断)|(withdraw|rescind|revok)\w* (the |an |their )?offer",
    "pressure": r"圧力|強要|強く迫|オワハラ|\bpressure\b|\bpress(ing)? (them|applicants|people)",
}
"""By prohibited use, the words that state it; what is meant in other words is for the check that a person makes."""


class FollowUp(StrEnum):
    """What is done for a person whom a score points out."""

    CALL = "call"
    MEETING = "meeting"
    EVENT = "event"
    INFORMATION = "information"


FOLLOW_UPS: Mapping[FollowUp, str] = {
    FollowUp.CALL: N_("a call or a message"),
    FollowUp.MEETING: N_("a talk with staff"),
    FollowUp.EVENT: N_("an invitation to an event"),
    FollowUp.INFORMATION: N_("information about the company"),
}


@dataclass(frozen=True)
class IntendedUse:
    """What a client will do with scores."""

    purpose: str
    follow_ups: tuple[FollowUp, ...]
    renounced: tuple[str, ...]
    """Uses that it says it knows to be prohibited."""
    overseer: str
    """Who watches over the use, may disregard any score, and was taught how."""

    @classmethod
    def stated(
        cls,
        purpose: str,
        follow_ups: Sequence[str],
        renounced: Sequence[str],
        overseer: str,
        prohibited: frozenset[str],
    ) -> "IntendedUse":
        """The statement as a form brings it; `StatementIncomplete` names what is missing."""
        if not purpose.strip() or not _follow_ups(follow_ups):
            raise StatementIncomplete(N_("say for what, and how, you will follow people up; nothing was recorded"))
        if not set(renounced) >= prohibited:
            raise StatementIncomplete(N_("confirm each of the prohibited uses; nothing was recorded"))
        if not overseer.strip():
            raise StatementIncomplete(N_("AIA-14: name the person who watches over the use; nothing was recorded"))
        return cls(purpose.strip(), _follow_ups(follow_ups), tuple(sorted(prohibited)), overseer.strip())


@dataclass(frozen=True)
class ActualUse:
    """What a client did with the scores of one report."""

    follow_ups: tuple[FollowUp, ...]
    people: int
    """How many people were followed up."""
    words: str
    in_selection: bool
    """Whether any score was used in a selection."""

    @classmethod
    def stated(cls, follow_ups: Sequence[str], people: str, words: str, in_selection: str) -> "ActualUse":
        """The statement as a form brings it; `StatementIncomplete` names what is missing."""
        if not people.strip().isdecimal() or len(people.strip()) > 7:
            raise StatementIncomplete(N_("say how many people you followed up, as a number; nothing was recorded"))
        if in_selection not in ("no", "yes"):
            raise StatementIncomplete(N_("say whether a score was used in a selection; nothing was recorded"))
        return cls(_follow_ups(follow_ups), int(people), words.strip(), in_selection == "yes")


@dataclass(frozen=True)
class Alert:
    """A use that is prohibited, as a client itself stated it; the use audit begins with it (AC-06)."""

    client_id: ClientId
    account_name: str
    raised_at: datetime
    code: str
    provision_id: ProvisionId | None
    """The report whose use it is; None where the use was only intended."""
    words: str


def prohibited_uses_in(words: str) -> list[str]:
    """The prohibited uses that words state; words of people who leave a selection state none."""
    folded = unicodedata.normalize("NFKC", words).casefold()
    return [use for use, pattern in PROHIBITED.items() if re.search(pattern, folded)]


def carries_requests(stated_at: datetime, alert_at: datetime | None, now: datetime) -> bool:
    """Whether a statement of intended use is fresh, and nothing prohibited was stated since."""
    return now <= stated_at + STATEMENT_HOLDS and (alert_at is None or alert_at < stated_at)


def _follow_ups(written: Sequence[str]) -> tuple[FollowUp, ...]:
    return tuple(kind for kind in FollowUp if kind in written)
