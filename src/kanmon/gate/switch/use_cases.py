"""The stop switch over an open application, for the command line and the privacy owner's portal."""

from collections.abc import Sequence
from dataclasses import dataclass

from kanmon.application.application import Application
from kanmon.clients.contract import ServiceTerms
from kanmon.gate.switch.model import SwitchAct, SwitchScope
from kanmon.gate.switch.preview import SwitchPreview, SwitchRequest, act_confirmed
from kanmon.gate.switch.service import RecordedSwitchAct, StoppedScope, StopSwitch, stopped_at
from kanmon.gate.switch.store import StopRecords, StopStore


@dataclass(frozen=True)
class SwitchState:
    """What is stopped now, and every act of the switch."""

    terms: ServiceTerms
    stopped: Sequence[StoppedScope]
    """The longest stopped first."""
    switched: Sequence[RecordedSwitchAct]
    """The newest first."""


def stop(
    application: Application, scope: SwitchScope, person: str, because: str, *, consents_doubted: bool
) -> RecordedSwitchAct:
    """Stop a scope; once this returns, nothing is trained, scored, provided or readable in it, in any process."""
    with application.transactions.begin(waits=True) as work:
        switch = StopSwitch(StopStore(work.session), work.ledger, application.clock, work.terms)
        return switch.stop(scope, person, because, consents_doubted=consents_doubted)


def resume(application: Application, scope: SwitchScope, person: str, because: str) -> RecordedSwitchAct:
    """Resume a scope; whose consents are doubted stays held until they agree anew.

    Unlike a stop, it is not taken while nothing may be provided; raises as `Application.check_providing`.
    """
    application.check_providing()
    with application.transactions.begin(waits=True) as work:
        return StopSwitch(StopStore(work.session), work.ledger, application.clock, work.terms).resume(
            scope, person, because
        )


def look_at(application: Application, request: SwitchRequest) -> SwitchPreview:
    """What confirms a request as the switch stands now; raises what doing it would raise, and keeps nothing."""
    if request.act is SwitchAct.RESUME:
        application.check_providing()
    with application.transactions.begin(waits=True) as work:
        store = StopStore(work.session)
        StopSwitch(store, work.ledger, application.clock, work.terms).check(
            request.act, request.scope, request.person, request.because
        )
        switched = store.switched()
    state = {stopped.scope: stopped for stopped in switch_state(application).stopped}
    return SwitchPreview(request, state.get(request.scope), request.sha256(switched[-1] if switched else None))


def confirm(application: Application, request: SwitchRequest, confirmation: str | None) -> RecordedSwitchAct:
    """Do what was shown, once however often it is confirmed; see `act_confirmed` and `StopSwitch`."""
    if request.act is SwitchAct.RESUME:
        application.check_providing()
    with application.transactions.begin(waits=True) as work:
        store = StopStore(work.session)
        switch = StopSwitch(store, work.ledger, application.clock, work.terms)
        switch.hold()
        done = act_confirmed(request, store.switched(), confirmation)
        if done is not None:
            return done
        if request.act is SwitchAct.RESUME:
            return switch.resume(request.scope, request.person, request.because)
        return switch.stop(request.scope, request.person, request.because, consents_doubted=request.consents_doubted)


def switch_state(application: Application) -> SwitchState:
    """What stands on stop now; `UsageError` where nothing was loaded."""
    with application.transactions.read() as work:
        terms, switched = work.terms, StopRecords(work.session).switched()
    now = application.clock.now()
    moment = now if application.clock.is_replay else max([now, *(one.act.at for one in switched)])
    return SwitchState(terms, stopped_at(switched, moment), switched[::-1])
