"""What the stop switch means for a question: what is stopped, and since when agreements count again (S14).

A client, a season or the whole service has a switch of its own. A stop that doubts consents asks, for good, for
agreements given after it: resuming brings back the service, never the consents (APPI-15, AC-16). A recorded provision
without valid consent holds by itself whom it may concern, and lets go of them by itself once it is known whom it does:
those alone are asked anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kanmon.core.ids import ClientId, SeasonId


class SwitchAct(StrEnum):
    """What is done to a switch."""

    STOP = "stop"
    RESUME = "resume"


@dataclass(frozen=True, slots=True)
class SwitchScope:
    """What one switch is for: a client, a season or, where neither is named, the whole service."""

    client_id: ClientId | None = None
    season: SeasonId | None = None


WHOLE_SERVICE = SwitchScope()


@dataclass(frozen=True, slots=True)
class StopAct:
    """One act of the switch; `at` is in UTC. `consents_doubted` belongs to a stop."""

    act: SwitchAct
    scope: SwitchScope
    at: datetime
    consents_doubted: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """What an incident of class U holds: all in `scope`, until it is known whom it affects; instants in UTC."""

    scope: SwitchScope
    """Where it names a client and a season, the people of that season for that client."""
    since: datetime
    until: datetime | None = None
    """When it was first known; None where it isn't yet."""
    affected: frozenset[SwitchScope] = frozenset()
    """Each client and season with people in the affected set."""


Halt = StopAct | Hold
"""What can keep a use from going ahead, whoever the person is."""


@dataclass(frozen=True, slots=True)
class Stops:
    """What stands at one moment, of all that concerns one client and the people of one season."""

    stopped: frozenset[SwitchScope] = frozenset()
    """The scopes whose last act is a stop; those of other clients and seasons as well."""
    consents_doubted_until: datetime | None = None
    """The newest stop that doubts what these people agreed to for this client; None where there was none."""
    is_held: bool = False
    """Whether an incident may concern these people for this client, and nobody knows yet whom it does."""
    withheld_until: datetime | None = None
    """The newest incident that affects some of these people for this client; None where there is none."""


def stops_at(halts: Sequence[Halt], client: ClientId, season: SeasonId, at: datetime) -> Stops:
    """What stands at `at`; acts come in the order in which they were recorded, which decides at one instant."""
    concerned = scopes_of(client, season)
    acts = [act for act in halts if isinstance(act, StopAct) and act.at <= at]
    holds = [hold for hold in halts if isinstance(hold, Hold) and hold.since <= at]
    doubting = [act.at for act in acts if act.consents_doubted and act.scope in concerned]
    is_held = any(
        hold.scope.client_id in {None, client}
        and hold.scope.season in {None, season}
        and (hold.until is None or hold.until > at)
        for hold in holds
    )
    affecting = [hold.since for hold in holds if SwitchScope(client, season) in hold.affected]
    return Stops(stopped_scopes(acts, at), max(doubting, default=None), is_held, max(affecting, default=None))


def stopped_scopes(halts: Sequence[Halt], at: datetime) -> frozenset[SwitchScope]:
    """The scopes whose last act at or before `at` is a stop; of acts at one instant, the one recorded last counts."""
    acts = sorted((act for act in halts if isinstance(act, StopAct) and act.at <= at), key=lambda act: act.at)
    last = {act.scope: act for act in acts}
    return frozenset(scope for scope, act in last.items() if act.act is SwitchAct.STOP)


def scopes_of(client: ClientId, season: SeasonId) -> frozenset[SwitchScope]:
    """The switches that a provision to a client, of the people of a season, depends on."""
    return frozenset({WHOLE_SERVICE, SwitchScope(client_id=client), SwitchScope(season=season)})


def is_closed(stops: Stops, client: ClientId, season: SeasonId, provided_at: datetime) -> bool:
    """Whether what was provided at `provided_at` may not be read by its recipient now.

    Keeping it readable would be providing it (Guidelines 2-17): not while stopped or held, and not afterwards either
    where it rests on agreements that are doubted or may tell of somebody whom an incident affects.
    """
    if stops.is_held or stops.stopped & scopes_of(client, season):
        return True
    closing = (stops.consents_doubted_until, stops.withheld_until)
    return any(until is not None and provided_at <= until for until in closing)
