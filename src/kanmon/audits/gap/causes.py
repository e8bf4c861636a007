"""Why a delivery lacked valid consent: the code by which the gate denies it, or what section 6.5 calls that case.

A word of the release stands only where nobody ever asked the person for an agreement that would have covered the
delivery. Who withdrew, refused, agreed for others or could not refuse is told as just that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kanmon.audits.gap.model import GapReason
from kanmon.audits.gap.past import PastDelivery
from kanmon.clients.contract import Client, Scheme, Season
from kanmon.core.ids import MemberNo
from kanmon.gate.decision import ReasonCode

_C = ReasonCode
_WORDS = frozenset(
    {_C.CONSENT_OUTDATED, _C.NOT_COVERED, _C.RECIPIENT_NOT_COVERED, _C.ITEMS_NOT_COVERED, _C.PURPOSE_NOT_COVERED}
)
"""What only other words could have mended."""


@dataclass(frozen=True)
class JudgedDelivery:
    """One delivery with all that its cause depends on."""

    client: Client
    member_no: MemberNo
    went: bool
    past: PastDelivery
    is_agreed_later: bool
    """Whether the person agreed to covering words at the delivery's very moment or later."""
    is_by_registration: bool
    """Whether the person agreed on the registration screen within the window."""
    covering_since: Sequence[datetime]
    """When words that cover a provision to this client came into force."""

    @property
    def at(self) -> datetime:
        """When it went, or would have gone."""
        return self.past.person.as_of


def cause_of(judged: JudgedDelivery, season: Season, registered_at: datetime) -> str:
    """The one cause that tells most: a `GapReason` or a code of the gate."""
    codes = judged.past.codes
    if not codes:
        return GapReason.CONSENT_STOOD
    if _was_never_asked(judged):
        word = _word_of_release(judged, season, registered_at)
        if word is not None:
            return word
    if _C.UNDECIDABLE_ORDER in codes:
        return _C.UNDECIDABLE_ORDER.value
    return next((code for code in codes if code is not _C.CONSENT_OUTDATED), codes[0]).value


def _was_never_asked(judged: JudgedDelivery) -> bool:
    """Whether the person said nothing at all, or agreed to words alone that don't cover it, and to nobody's loss."""
    person, codes = judged.past.person, set(judged.past.codes) - {_C.PRI_CONSENT_UNCONFIRMED}
    if person.agreements:
        return codes <= _WORDS and all(agreement.is_for_this_recipient for agreement in person.agreements)
    return codes <= {_C.NO_CONSENT} and person.last_refused_at is None


def _word_of_release(judged: JudgedDelivery, season: Season, registered_at: datetime) -> GapReason | None:
    scheme = judged.client.contract.scheme
    if scheme is Scheme.COOKIE:
        return GapReason.SCHEME_A_NO_CONSENT
    is_before_main = season.main_opens_at is not None and judged.at < season.main_opens_at
    if scheme is Scheme.HASHED_NAMES or is_before_main:
        return GapReason.PRESITE_OR_HASH_MATCH
    if judged.is_agreed_later:
        return GapReason.CONSENT_AFTER_DELIVERY
    is_outdated = _C.CONSENT_OUTDATED in judged.past.codes
    if not is_outdated and judged.past.person.agreements:
        return None
    if any(registered_at < since <= judged.at for since in judged.covering_since):
        return GapReason.PRE_REVISION_MEMBER
    return GapReason.STALE_REGISTRATION_SCREEN if is_outdated and judged.is_by_registration else None
