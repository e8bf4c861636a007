"""`kanmon link`: whose row is whose; `kanmon link review`: what the linker left to a person.

The JSON object of `review`: `waiting` with, for each applicant, `client_id`, `season`, `applicant_id`, `personal` and
`candidates` (`member_id`, `match_weight` in bits, `given_names`: same, near, different or unknown, and `personal`);
after a decision also `decided` (`client_id`, `season`, `applicant_id`, `decision`, `member_id`).
"""

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from kanmon.cli.opening import (
    AtOption,
    ClientsOption,
    JsonOption,
    SeasonOption,
    WorkspaceOption,
    client_ids,
    opened,
)
from kanmon.cli.output import print_json, say
from kanmon.cli.printing import print_runs
from kanmon.cli.running import exit_where_all_refused, running
from kanmon.core.canonical import canonical_id
from kanmon.core.errors import UsageError
from kanmon.core.ids import ApplicantId, MemberId
from kanmon.core.language import N_, preferred_language, translations
from kanmon.linkage.link import LinkDecision
from kanmon.linkage.names.given_names import agreement_of
from kanmon.linkage.personal import NameAgreement
from kanmon.linkage.records import person_name
from kanmon.linkage.review import Candidate, ExaminedApplicant, LinkReviewDecision, Personal
from kanmon.linkage.shapes import DecidedLink, LinkReviewResult, WaitingApplicant
from kanmon.linkage.use_cases import decide_links, waiting_links


def link(
    context: typer.Context,
    client: ClientsOption = None,
    season: SeasonOption = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say whose row is whose, unless a command below was named."""
    if context.invoked_subcommand is not None:
        return
    with running("link", client, season, workspace, at) as (run, clients):
        run.link(clients)
    print_runs(run.run_id, clients, as_json)
    exit_where_all_refused(clients)


def review(
    client: ClientsOption = None,
    accept: Annotated[
        list[str] | None,
        typer.Option("--accept", metavar="APPLICANT=MEMBER", help="Tie this applicant to this candidate."),
    ] = None,
    reject: Annotated[
        list[str] | None, typer.Option("--reject", metavar="APPLICANT", help="Tie this applicant to nobody.")
    ] = None,
    person: Annotated[
        str, typer.Option("--as", metavar="NAME", help="Who decides; kept with the decision.")
    ] = "reviewer",
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the applicants that wait for a person's look, or decide about them; all decisions hold or none."""
    accepted = [_accepted(written) for written in accept or []]
    rejected = [ApplicantId(written) for written in reject or []]
    with opened(workspace, at) as application:
        decided: Sequence[LinkReviewDecision] = []
        if accepted or rejected:
            decided = decide_links(application, client_ids(client), accepted, rejected, person)
        waiting = waiting_links(application, client_ids(client))
    if as_json:
        print_json(
            LinkReviewResult(decided=[_decision(one) for one in decided], waiting=[_facts(row) for row in waiting])
        )
        return
    _print_decided(decided)
    _print_waiting(waiting)


def _accepted(written: str) -> tuple[ApplicantId, MemberId]:
    applicant, equals, member = written.rpartition("=")
    if not equals or not applicant or not member:
        raise UsageError(
            N_("--accept %(written)s names no pair; write it like APPLICANT=MEMBER"),
            written=written,
        )
    return ApplicantId(canonical_id(applicant)), MemberId(canonical_id(member))


def _decision(one: LinkReviewDecision) -> DecidedLink:
    return {
        "client_id": one.client_id,
        "season": one.season,
        "applicant_id": one.applicant_id,
        "decision": one.decision.value,
        "member_id": one.member_id,
    }


def _facts(row: ExaminedApplicant) -> WaitingApplicant:
    return {
        "client_id": row.client_id,
        "season": row.season,
        "applicant_id": row.applicant_id,
        "personal": row.personal,
        "candidates": [
            {
                "member_id": one.member_id,
                "match_weight": one.match_weight,
                "given_names": _given_names(row, one).value,
                "personal": one.personal,
            }
            for one in row.candidates
        ],
    }


def _print_decided(decided: Sequence[LinkReviewDecision]) -> None:
    for one in decided:
        values = {"client": one.client_id, "applicant": one.applicant_id, "member": one.member_id}
        if one.decision is LinkDecision.LINKED:
            say(_("%(client)s %(applicant)s is member %(member)s"), **values)
        else:
            say(_("%(client)s %(applicant)s is tied to nobody"), **values)


def _print_waiting(waiting: Sequence[ExaminedApplicant]) -> None:
    say(_("%(count)s applicants wait for a person's look"), count=f"{len(waiting):,}")
    for row in waiting:
        sys.stdout.write(f"\n{row.client_id} {row.season} {row.applicant_id}  {_in_words(row.personal)}\n")
        for one in row.candidates:
            weight = "–" if one.match_weight is None else f"{one.match_weight:.1f}"
            sys.stdout.write(f"  {weight:>6}  {one.member_id}  {_in_words(one.personal)}\n")
            if (difference := _difference(row, one)) is not None:
                sys.stdout.write(f"          {difference}\n")


def _given_names(row: ExaminedApplicant, candidate: Candidate) -> NameAgreement:
    return agreement_of(person_name(row.personal), person_name(candidate.personal))


def _difference(row: ExaminedApplicant, candidate: Candidate) -> str | None:
    """Why the linker did not tie them, where the given names are why."""
    written = {"one": row.personal["given_name"] or "–", "other": candidate.personal["given_name"] or "–"}
    match _given_names(row, candidate):
        case NameAgreement.DIFFERENT | NameAgreement.NEAR:
            return _("the given names differ: %(one)s / %(other)s") % written
        case NameAgreement.UNKNOWN:
            return _("whether the given names are the same is not known: %(one)s / %(other)s") % written
    return None


def _in_words(personal: Personal) -> str:
    return " / ".join(value or "–" for value in personal.values())


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
