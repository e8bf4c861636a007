"""In which state a person's consent to one text is, and what moves it (CON-03; the states of DPV 2.3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from kanmon.consent.evidence import ACCEPT, WITHDRAW, ConsentAct


class ConsentState(StrEnum):
    """The state, by the name that DPV has for it."""

    UNKNOWN = "ConsentUnknown"
    REQUESTED = "ConsentRequested"
    DEFERRED = "ConsentRequestDeferred"
    REFUSED = "ConsentRefused"
    GIVEN = "ConsentGiven"
    RENEWED = "RenewedConsentGiven"
    WITHDRAWN = "ConsentWithdrawn"
    EXPIRED = "ConsentExpired"
    REVOKED = "ConsentRevoked"
    """Ended by somebody else than the person."""
    INVALIDATED = "ConsentInvalidated"
    """Found never to have been valid: what was provided on it went without consent."""


_S = ConsentState
VALID = frozenset({_S.GIVEN, _S.RENEWED})
"""States in which data may be used."""
_ENDS = frozenset({_S.WITHDRAWN, _S.EXPIRED, _S.REVOKED, _S.INVALIDATED})
MOVES: Mapping[ConsentState, frozenset[ConsentState]] = {
    _S.UNKNOWN: frozenset({_S.REQUESTED}),
    _S.REQUESTED: frozenset({_S.GIVEN, _S.REFUSED, _S.DEFERRED}),
    _S.GIVEN: _ENDS | {_S.RENEWED},
    _S.RENEWED: _ENDS | {_S.RENEWED},
    **{ended: frozenset({_S.REQUESTED}) for ended in (_S.DEFERRED, _S.REFUSED, *_ENDS)},
}
"""Where each state can go: out of what is not valid, only a new request leads."""


@dataclass(frozen=True)
class ConsentEvent:
    """One step of a consent: at which moment it came into which state, and by which act, where a person acted."""

    at: datetime
    state: ConsentState
    act: ConsentAct | None = None


def history(
    acts: Iterable[ConsentAct], now: datetime, valid_days: int | None, invalidated_at: datetime | None = None
) -> list[ConsentEvent]:
    """What happened to a person's consent to one text, up to `now`; `acts` in order, `valid_days` as the text has it.

    Each answer on a screen was asked for by it. A refusal after an agreement ends the agreement; so does a withdrawal,
    which ends nothing where nothing was given. `invalidated_at` is when the consent was found invalid: it reaches back
    over all that relied on it.
    """
    events: list[ConsentEvent] = []
    for act in acts:
        if act.occurred_at <= now:
            events += _expired(events, act.occurred_at, valid_days)
            events += _moved(events, act)
    events += _expired(events, now, valid_days)
    if invalidated_at is not None and state_of(events) in VALID:
        events.append(ConsentEvent(invalidated_at, ConsentState.INVALIDATED))
    return events


def state_of(events: Iterable[ConsentEvent]) -> ConsentState:
    """The state after all events; unknown where nothing happened."""
    return [ConsentState.UNKNOWN, *(event.state for event in events)][-1]


def _moved(events: list[ConsentEvent], act: ConsentAct) -> list[ConsentEvent]:
    is_valid = state_of(events) in VALID
    if act.action == ACCEPT:
        states = [ConsentState.RENEWED] if is_valid else [ConsentState.REQUESTED, ConsentState.GIVEN]
    elif is_valid:
        states = [ConsentState.WITHDRAWN]
    else:
        states = [] if act.action == WITHDRAW else [ConsentState.REQUESTED, ConsentState.REFUSED]
    return [ConsentEvent(act.occurred_at, state, act) for state in states]


def _expired(events: list[ConsentEvent], now: datetime, valid_days: int | None) -> list[ConsentEvent]:
    if valid_days is None or state_of(events) not in VALID:
        return []
    ends_at = events[-1].at + timedelta(days=valid_days)
    return [ConsentEvent(ends_at, ConsentState.EXPIRED)] if ends_at <= now else []
