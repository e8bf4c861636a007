"""What the stop switch means for a question: what is stopped, and since when agreements count again (S14).

A client, a season or the whole service has a switch of its own. A stop that doubts consents asks, for good, for
agreements given after it: resuming brings back the service, never the consents (APPI-15, AC-16).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kanmon.ids import ClientId, SeasonId


class SwitchAct(StrEnum):
    """What is done to a switch."""

    STOP = "stop"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class Scope:
    """What one switch is for: a client, a season or, where neither is named, the whole service."""

    client_id: ClientId | None = None
    season: SeasonId | None = None


WHOLE_SERVICE = Scope()


@dataclass(frozen=True, slots=True)
class StopAct:
    """One act of the switch; `at` is in UTC. `consents_doubted` belongs to a stop."""

    act: SwitchAct
    scope: Scope
    at: datetime
    consents_doubted: bool = False


@dataclass(frozen=True, slots=True)
class Stops:
    """What stands at one moment, of all that concerns one client and the people of one season."""

    stopped: frozenset[Scope] = frozenset()
    """The scopes whose last act is a stop; those of other clients and seasons as well."""
    consents_doubted_until: datetime | None = None
    """The newest stop that doubts what these people agreed to for this client; None where there was none."""


def stops_at(acts: Sequence[StopAct], client: ClientId, season: SeasonId, at: datetime) -> Stops:
    """What stands at `at`; `acts` come in the order in which they were recorded, which decides at one instant."""
    concerned = scopes_of(client, season)
    doubting = [act.at for act in acts if act.consents_doubted and act.scope in concerned and act.at <= at]
    return Stops(stopped_scopes(acts, at), max(doubting, default=None))


def stopped_scopes(acts: Sequence[StopAct], at: datetime) -> frozenset[Scope]:
    """The scopes whose last act at or before `at` is a stop; of acts at one instant, the one recorded last counts."""
    last = {act.scope: act for act in sorted(acts, key=lambda act: act.at) if act.at <= at}
    return frozenset(scope for scope, act in last.items() if act.act is SwitchAct.STOP)


def scopes_of(client: ClientId, season: SeasonId) -> frozenset[Scope]:
    """The switches that a provision to a client, of the people of a season, depends on."""
    return frozenset({WHOLE_SERVICE, Scope(client_id=client), Scope(season=season)})


def is_closed(stops: Stops, client: ClientId, season: SeasonId, provided_at: datetime) -> bool:
    """Whether what was provided at `provided_at` may not be read by its recipient now.

    Keeping it readable would be providing it (Guidelines 2-17): not while stopped, and not afterwards either where it
    rests on agreements that are doubted.
    """
    if stops.stopped & scopes_of(client, season):
        return True
    return stops.consents_doubted_until is not None and provided_at <= stops.consents_doubted_until
