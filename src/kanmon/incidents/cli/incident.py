"""`kanmon incident`: record a defect or a leak, compute whom it affects, and what is due until when."""

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kanmon.audits.gap.model import GapRule
from kanmon.cli.opening import AtOption, JsonOption, UntilOption, WorkspaceOption, moment, opened, season_id
from kanmon.cli.output import print_json
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, IncidentId, ProvisionId, RunId, ScreenId
from kanmon.core.language import N_, Language
from kanmon.incidents.cli.printing import (
    incident_facts,
    person_facts,
    print_incidents,
    print_preview,
    print_seen,
    seen_facts,
)
from kanmon.incidents.model import Criteria, FactKind, Incident, IncidentClass, IncidentScope
from kanmon.incidents.shapes import IncidentListResult, ShownIncident
from kanmon.incidents.use_cases.closing import ClosingService
from kanmon.incidents.use_cases.incidents import AffectedSetQuery, Incidents, IncidentView

IdArgument = Annotated[str, typer.Argument(metavar="ID", help="For example I-2026-001.")]
PersonOption = Annotated[str, typer.Option("--as", metavar="NAME", help="Who records it.")]
SensitiveOption = Annotated[bool, typer.Option("--sensitive", help="Item (i): sensitive data are in it.")]
PropertyOption = Annotated[bool, typer.Option("--property", help="Item (ii): people may lose property by it.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done; nothing is kept.")]
ConfirmOption = Annotated[str | None, typer.Option("--confirm", metavar="HASH", help="As the --dry-run showed it.")]
SiteOption = Annotated[
    str | None,
    typer.Option("--site", metavar="URL", envvar="KANMON_ORIGIN", help="Where people reach the portals."),
]
WrongfulOption = Annotated[bool, typer.Option("--wrongful", help="Item (iii): it may serve a wrongful purpose.")]
Deed = Callable[[Incidents], Incident]


class AuthorityReport(StrEnum):
    """The two reports to the authority."""

    PRELIMINARY = "preliminary"
    FINAL = "final"


_KINDS = {AuthorityReport.PRELIMINARY: FactKind.REPORT_PRELIMINARY, AuthorityReport.FINAL: FactKind.REPORT_FINAL}


def _done(deed: Deed, workspace: Path | None, at: str | None, as_json: bool) -> None:
    with opened(workspace, at, alone=False) as application:
        incidents = Incidents(application)
        seen = incidents.seen(deed(incidents).incident_id)
    _print(seen, as_json)


def _print(seen: IncidentView, as_json: bool) -> None:
    if as_json:
        print_json(seen_facts(seen))
    else:
        print_seen(seen)


def open_incident(
    kind: Annotated[
        IncidentClass,
        typer.Option("--class", help="U: provision without valid consent. L: leak, loss or damage (APPI Art. 26)."),
    ],
    title: Annotated[str, typer.Option("--title", help="What happened, in a few words; it stands in the ledger.")],
    since: Annotated[str, typer.Option("--since", metavar="T", help="From when on it happened (ISO 8601).")],
    person: PersonOption,
    until: UntilOption = None,
    known_at: Annotated[
        str | None, typer.Option("--known-at", metavar="T", help="When anybody in the house knew; else now. For good.")
    ] = None,
    season: Annotated[str | None, typer.Option("--season", metavar="S", help="Only this season's people.")] = None,
    client: Annotated[str | None, typer.Option("--client", metavar="C", help="Only this client.")] = None,
    screen: Annotated[str | None, typer.Option("--screen", metavar="ID", help="The screen with the defect.")] = None,
    version: Annotated[
        str | None, typer.Option("--policy-version", metavar="POLICY/VERSION", help="The words with the defect.")
    ] = None,
    sensitive: SensitiveOption = False,
    property_: PropertyOption = False,
    wrongful: WrongfulOption = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record an incident; of class U the gate closes at once to everybody whom it may concern."""
    scope = IncidentScope(
        moment("--since", since),
        None if until is None else moment("--until", until),
        season_id(season),
        None if client is None else ClientId(client),
        None if screen is None else ScreenId(screen),
        version,
    )
    known = None if known_at is None else moment("--known-at", known_at)
    criteria = Criteria(sensitive, property_, wrongful)
    _done(lambda log: log.open(kind, title, scope, person, known, criteria), workspace, at, as_json)


def estimate(
    number: IdArgument,
    person: PersonOption,
    least: Annotated[int | None, typer.Option("--min", help="At least so many people.")] = None,
    most: Annotated[int | None, typer.Option("--max", help="At most so many people.")] = None,
    sensitive: SensitiveOption = False,
    property_: PropertyOption = False,
    wrongful: WrongfulOption = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record what is known by now: how many people, which of items (i) to (iii) is met. What was known before stays."""
    criteria = Criteria(sensitive, property_, wrongful)
    if (least is None) != (most is None) or (most is None and criteria == Criteria()):
        raise UsageError(N_("give --min and --max, or an item that is met"))

    def deed(log: Incidents) -> Incident:
        known = log.judge(IncidentId(number), criteria, person) if criteria != Criteria() else None
        if least is None or most is None:
            assert known is not None
            return known
        return log.estimate(IncidentId(number), least, most, person)

    _done(deed, workspace, at, as_json)


def affected(
    number: IdArgument,
    person: PersonOption,
    rule: Annotated[
        GapRule, typer.Option(help="Class U: strict, as the law asks, or release, as published in August 2019.")
    ] = GapRule.STRICT,
    only_provided: Annotated[
        bool,
        typer.Option(
            "--provided",
            help="Class U, in a replay: only what provision records say went, not what would have gone. "
            "Outside replays it is never anything else.",
        ),
    ] = False,
    report_: Annotated[str | None, typer.Option("--report", metavar="P", help="Class L: only this report.")] = None,
    run: Annotated[str | None, typer.Option("--run", metavar="R", help="Class L: only reports of this run.")] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compute whom it affects, from what was logged; nobody can be typed in. Class U goes on holding those alone."""
    asked = AffectedSetQuery(
        rule, only_provided, None if report_ is None else ProvisionId(report_), None if run is None else RunId(run)
    )
    _done(lambda log: log.compute(IncidentId(number), asked, person), workspace, at, as_json)


def fact(
    number: IdArgument,
    kind: Annotated[str, typer.Argument(metavar="ITEM", help="Such as cause; the items are those of Rule 8.")],
    words: Annotated[str, typer.Argument(metavar="TEXT", help="What is known of it.")],
    person: PersonOption,
    language: Annotated[
        Language | None,
        typer.Option("--language", help="Of the words; else it is seen from them. A public notice says both."),
    ] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record words for one of the items of a report: outline, items, cause, secondary_damage, response, publication,
    prevention, other.
    """
    _done(lambda log: log.learn(IncidentId(number), kind, words, person, language), workspace, at, as_json)


def report(
    number: IdArgument,
    kind: Annotated[AuthorityReport, typer.Argument(metavar="preliminary|final")],
    person: PersonOption,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record that a report was made; a final one says all nine items."""
    _done(lambda log: log.report(IncidentId(number), _KINDS[kind], person), workspace, at, as_json)


def close(
    number: IdArgument,
    person: PersonOption,
    dry_run: DryRunOption = False,
    confirm: ConfirmOption = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """End an incident: first look with --dry-run at what is public and what is missing, then --confirm what was shown.

    Every person must be told, or a public notice stand in the place of letters; whom it affects has to agree anew.
    """
    with opened(workspace, at, alone=False) as application:
        desk = ClosingService(application)
        if dry_run:
            print_preview(desk.look_at_closing(IncidentId(number)), as_json)
            return
        desk.close(IncidentId(number), person, confirm)
        seen = Incidents(application).seen(IncidentId(number))
    _print(seen, as_json)


def publish(
    number: IdArgument,
    person: PersonOption,
    site: SiteOption = None,
    dry_run: DryRunOption = False,
    confirm: ConfirmOption = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an incident public at /notices: first look with --dry-run at the very words, then --confirm just these."""
    with opened(workspace, at, alone=False) as application:
        desk = ClosingService(application)
        if dry_run:
            print_preview(desk.look_at_publishing(IncidentId(number), site), as_json)
            return
        desk.publish(IncidentId(number), person, site, confirm)
        seen = Incidents(application).seen(IncidentId(number))
    _print(seen, as_json)


def show(
    number: IdArgument,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """One incident: what is known, what is due until when, how many people it affects; `--json` names everyone."""
    with opened(workspace, at, alone=False) as application:
        incidents = Incidents(application)
        seen = incidents.seen(IncidentId(number))
        people = incidents.affected(IncidentId(number)) if as_json else ()
    if as_json:
        result: ShownIncident = {**seen_facts(seen), "members": [person_facts(one) for one in people]}
        print_json(result)
    else:
        print_seen(seen)


def list_incidents(workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False) -> None:
    """Every incident, the newest first, with what is due next."""
    with opened(workspace, at, alone=False) as application:
        found, now = Incidents(application).incidents(), application.clock.now()
    if as_json:
        print_json(IncidentListResult(incidents=[incident_facts(one, now) for one in found]))
    else:
        print_incidents(found, now)
