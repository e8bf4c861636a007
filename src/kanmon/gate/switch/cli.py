"""`kanmon stop / resume`: the stop switch. JSON: `action`, `client_id`, `season`, `at`, `person`, `because`,
`consents_doubted`, `ledger_seq`; of `resume` also `still_stopped`, the scopes that a switch of their own still holds.
"""

import os
from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.clock import TOKYO
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, SeasonId
from kanmon.core.language import N_, preferred_language, translations
from kanmon.gate.shapes import ResumeResult, StoppedScopeResult, SwitchResult
from kanmon.gate.switch.model import SwitchScope
from kanmon.gate.switch.service import RecordedSwitchAct
from kanmon.gate.switch.use_cases import resume, stop, switch_state

ClientOption = Annotated[str | None, typer.Option("--client", metavar="C", help="One client.")]
SeasonOption = Annotated[str | None, typer.Option("--season", metavar="S", help="One season, for every client.")]
AllOption = Annotated[bool, typer.Option("--all", help="The whole service.")]
BecauseOption = Annotated[str, typer.Option("--reason", metavar="WHY", help="Why; it stands in the ledger.")]
PersonOption = Annotated[str, typer.Option("--as", metavar="NAME", help="The privacy owner who says so.")]


def stop_command(
    because: BecauseOption,
    person: PersonOption,
    client: ClientOption = None,
    season: SeasonOption = None,
    everything: AllOption = False,
    consents_doubted: Annotated[
        bool,
        typer.Option(
            "--consents-doubted/--consents-stand",
            help="Whether what people agreed to before this counts no longer, after a resume either.",
        ),
    ] = True,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stop a client, a season or the whole service, at once and everywhere; it counts when this command has ended."""
    scope = _scope(client, season, everything)
    with opened(workspace, at, alone=False) as application:
        done = stop(application, scope, person, because, consents_doubted=consents_doubted)
    if as_json:
        print_json(facts_of(done))
        return
    say(_("stopped at %(at)s; entry %(seq)s of the ledger"), at=_local(done), seq=done.ledger_seq)
    if consents_doubted:
        say(_("after a resume, everyone in it has to agree anew"))


def resume_command(
    because: BecauseOption,
    person: PersonOption,
    client: ClientOption = None,
    season: SeasonOption = None,
    everything: AllOption = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Resume what was stopped; where the stop doubted consents, for those only who have agreed since."""
    scope = _scope(client, season, everything)
    with opened(workspace, at, alone=False) as application:
        done = resume(application, scope, person, because)
        still = [one.scope for one in switch_state(application).stopped]
    if as_json:
        others = [StoppedScopeResult(client_id=one.client_id, season=one.season) for one in still]
        result: ResumeResult = {**facts_of(done), "still_stopped": others}
        print_json(result)
        return
    say(_("resumed at %(at)s; entry %(seq)s of the ledger"), at=_local(done), seq=done.ledger_seq)
    if still:
        say(_("%(count)s other scopes are still stopped"), count=len(still))


def facts_of(done: RecordedSwitchAct) -> SwitchResult:
    """An act of the switch as plain values."""
    act = done.act
    return {
        "action": act.act.value,
        "client_id": act.scope.client_id,
        "season": act.scope.season,
        "at": act.at.isoformat(),
        "person": done.person,
        "because": done.because,
        "consents_doubted": act.consents_doubted,
        "ledger_seq": done.ledger_seq,
    }


def _scope(client: str | None, season: str | None, everything: bool) -> SwitchScope:
    if [client is not None, season is not None, everything].count(True) != 1:
        raise UsageError(N_("name one of --client, --season and --all"))
    return SwitchScope(None if client is None else ClientId(client), None if season is None else SeasonId(season))


def _local(done: RecordedSwitchAct) -> str:
    return done.act.at.astimezone(TOKYO).isoformat(" ", "seconds")


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
