"""The consent gap (同意取得不備): whose data went, or would go, to a client without valid consent.

Two rules answer that (requirements, section 6.5). The published one of August 2019 asks of a person who was a target
whether they used any function in the window whose screen showed the revised text. The strict one asks, as the law
does, whether an agreement that covers the provision stood before each delivery (APPI Art. 27(1): beforehand): the
gate's own rules of consent answer, asked as of each delivery (`gap/past.py`).

The published rule works on whole arrays. Members are numbers of the lake, moments microseconds since 1970 in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from kanmon.audits.gap.benefit import NOTHING_EARNED, EarnedBenefit
from kanmon.clients.contract import Scheme
from kanmon.core.ids import ClientId, MemberId, SeasonId
from kanmon.core.language import N_
from kanmon.gate.decision import ReasonCode
from kanmon.gate.wording import MEANINGS

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_NEVER = np.iinfo(np.int64).min
_ALWAYS = np.iinfo(np.int64).max


class GapRule(StrEnum):
    """By which rule the gap is found."""

    RELEASE = "release"
    STRICT = "strict"


class GapReason(StrEnum):
    """How a person came into the gap, where the release of 2019 or section 6.5 has a word for it.

    In all other cases the cause is the code by which the gate denies.
    """

    PRE_REVISION_MEMBER = "R1_PRE_REVISION_MEMBER"
    STALE_REGISTRATION_SCREEN = "R2_STALE_REGISTRATION_SCREEN"
    CONSENT_AFTER_DELIVERY = "R3_CONSENT_AFTER_DELIVERY"
    SCHEME_A_NO_CONSENT = "R4_SCHEME_A_NO_CONSENT"
    PRESITE_OR_HASH_MATCH = "R5_PRESITE_OR_HASH_MATCH"
    CONSENT_STOOD = "CONSENT_STOOD"
    """Under the published rule alone, which asks for the use of a function and not for consent."""


CAUSE_MEANINGS: Mapping[str, str] = {
    GapReason.PRE_REVISION_MEMBER: N_("a member from before the words that cover it, asked for no agreement to them"),
    GapReason.STALE_REGISTRATION_SCREEN: N_("registered on a screen that still showed the words from before"),
    GapReason.CONSENT_AFTER_DELIVERY: N_("agreed only after the delivery"),
    GapReason.SCHEME_A_NO_CONSENT: N_("named by a cookie alone, and asked for no valid agreement"),
    GapReason.PRESITE_OR_HASH_MATCH: N_("matched by hashed names, or before the season's main opening"),
    GapReason.CONSENT_STOOD: N_("used no function in the period, and a valid agreement stood all the same"),
    **{code.value: meaning for code, meaning in MEANINGS.items()},
}
"""What each cause means, in words; ids of messages. In this order causes are told."""


@dataclass(frozen=True)
class Window:
    """The period looked at, `[since, until)`. Nothing at or after `until` is looked at, so the answer never changes."""

    since: datetime
    until: datetime


@dataclass(frozen=True, eq=False)
class Moments:
    """Things that happened to members: one place of both arrays for each."""

    member: Integers
    at: Integers


@dataclass(frozen=True, eq=False)
class Deliveries(Moments):
    """Deliveries to a client; `went` is false of those that would have gone and that no provision record knows."""

    went: Flags
    applicant: Integers


@dataclass(frozen=True)
class GapDelivery:
    """One delivery without valid consent."""

    member_id: MemberId
    client_id: ClientId
    scheme: Scheme
    at: datetime
    cause: str
    """A `GapReason`, or the code that names what was lacking."""
    codes: tuple[ReasonCode, ...]
    """All codes of consent by which the gate denies it, as of its moment."""
    went: bool
    """Whether a provision record says that it went; else it only would have gone."""


@dataclass(frozen=True)
class Gap:
    """The people in the gap; under the strict rule also each of their deliveries that lacked consent, in order."""

    rule: GapRule
    season: SeasonId
    window: Window
    members: tuple[MemberId, ...]
    reasons: Mapping[str, int]
    """How many people each cause counts; under the strict rule one may count under several."""
    codes: Mapping[ReasonCode, int]
    """How many people each code of the gate counts; one may count under several."""
    went: tuple[MemberId, ...]
    """Those of `members` of whom provision records say that something went; of the others it only would have gone."""
    deliveries: tuple[GapDelivery, ...] = ()
    benefit: EarnedBenefit = NOTHING_EARNED
    """What the provisions brought in which something went without valid consent."""

    @property
    def count(self) -> int:
        """How many people are in the gap."""
        return len(self.members)

    @property
    def would_have_gone(self) -> tuple[MemberId, ...]:
        """Those of `members` of whom nothing went."""
        went = frozenset(self.went)
        return tuple(member for member in self.members if member not in went)


def gap_by_release(targets: Integers, users: Integers) -> Integers:
    """Targets who used no function, each once (Q_RELEASE): R2020 ∩ Target[t0,t1) ∖ Used[t0,t1)."""
    return np.setdiff1d(targets, users)


def agreed_later(deliveries: Moments, agreements: Moments) -> Flags:
    """Before which deliveries' agreement the delivery came: one was given at its very moment or later."""
    in_the_end = Moments(deliveries.member, np.full_like(deliveries.at, _ALWAYS))
    return last_before(in_the_end, agreements) >= deliveries.at


def last_before(asked: Moments, told: Moments) -> Integers:
    """For each moment asked about, the last moment told of the same member strictly before it, or the least integer."""
    member = np.concatenate([asked.member, told.member])
    at = np.concatenate([asked.at, told.at])
    is_told = np.arange(len(member)) >= len(asked.member)
    order = np.lexsort((at, member))  # it is stable: at equal times what is asked stays first, so equal is not before
    last_told = np.maximum.accumulate(np.where(is_told[order], np.arange(len(order)), -1))
    found = order[last_told]
    is_same = (last_told >= 0) & (member[found] == member[order])
    answer = np.empty(len(order), np.int64)
    answer[order] = np.where(is_same, at[found], _NEVER)
    return answer[: len(asked.member)]
