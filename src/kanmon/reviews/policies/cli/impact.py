"""`kanmon policy impact`: whom a change of policies or screens would hold, before it goes live.

The JSON object: `asked_at`; `law`, `law_on` and `open`, the law with the change, the day it is played for and what it
leaves undecided; `newly_held` and `newly_let_through`, each `count`, `reasons` (code to people) and
`members` over all clients and uses; `clients`, one for each client and use, with `client_id`, `season`, `use`,
`before` and `after` (`allowed`, `held`, `counts`), `newly_held` and `newly_let_through` (each person's `member_id`,
`applicant_id`, `reasons`, `missing_elements`) and `unchanged`; `refused`, rows of renderings that were refused;
`remarks`.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from errno import ENOENT
from pathlib import Path
from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, moment, opened, season_id
from kanmon.cli.output import print_json, say
from kanmon.cli.output_files import write_file
from kanmon.consent.wording import SUBJECTS
from kanmon.core.clock import TOKYO, day_of
from kanmon.core.errors import UsageError
from kanmon.core.faults import FAULT_TEXTS, Fault
from kanmon.core.ids import ClientId
from kanmon.core.language import N_, preferred_language, translations
from kanmon.gate.decision import REASON_ORDER, ReasonCode, Use
from kanmon.gate.wording import MEANINGS
from kanmon.reviews.policies.impact import ChangedAnswer, ClientImpact, Impact, Tally
from kanmon.reviews.policies.shapes import ChangedPerson, PeopleByReason, PolicyImpactResult, TallyResult
from kanmon.reviews.policies.use_cases import policy_impact


def impact(
    change: Annotated[
        Path | None,
        typer.Argument(
            metavar="CHANGE",
            help="The draft: a folder with service.yaml, renderings or both, or one of these files. With --on it may "
            "be left out.",
        ),
    ] = None,
    client: Annotated[
        list[str] | None, typer.Option("--client", metavar="C", help="Only this client; may be repeated.")
    ] = None,
    season: Annotated[
        str | None,
        typer.Option(
            "--season", metavar="S", help="Only clients whose contract scores this season; else those of open seasons."
        ),
    ] = None,
    use: Annotated[
        list[Use] | None, typer.Option(help="What the data would be used for; may be repeated. Else score and provide.")
    ] = None,
    when: Annotated[
        str | None,
        typer.Option("--when", metavar="T", help="The moment to ask about; else when all of the change is in force."),
    ] = None,
    law_on: Annotated[
        str | None,
        typer.Option("--on", metavar="DAY", help="Play the law of this day, such as 2028-07-16, over today's data."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Also write the JSON object into this file.")
    ] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say who would be held, for which client, if this change went live or a day's law held; nothing is recorded."""
    if change is None and law_on is None:
        raise UsageError(N_("name a change to ask about, or the day of a law with --on"))
    day = None if law_on is None else day_of(moment("--on", law_on))
    asked_at = None if when is None else moment("--when", when)
    uses = list(dict.fromkeys(use or (Use.SCORE, Use.PROVIDE)))
    with opened(workspace, at) as application:
        clients = [ClientId(one) for one in client or []]
        found = policy_impact(application, change, clients, season_id(season), uses, asked_at, day)
    facts = _facts(found)
    if out is not None:
        _write(out, facts)
    if as_json:
        print_json(facts)
    else:
        _print(found, out)
    if found.refused.num_rows:
        raise typer.Exit(3)


def _facts(found: Impact) -> PolicyImpactResult:
    return {
        "asked_at": found.asked_at.isoformat(),
        "law": found.law_profile_id,
        "law_on": found.law_on.isoformat(),
        "open": [subject.value for subject in found.still_open],
        "newly_held": _people(found.newly_held),
        "newly_let_through": _people(found.newly_let_through),
        "clients": [
            {
                "client_id": one.client.client_id,
                "season": one.season,
                "use": one.use.value,
                "before": _tally(one.before),
                "after": _tally(one.after),
                "newly_held": [_person(person) for person in one.newly_held],
                "newly_let_through": [_person(person) for person in one.newly_let_through],
                "unchanged": one.unchanged,
            }
            for one in found.clients
        ],
        "refused": found.refused.num_rows,
        "remarks": _remarks(found),
    }


def _people(affected: Sequence[ChangedAnswer]) -> PeopleByReason:
    members = _members(affected)
    return {"count": len(members), "reasons": _in_order(_reasons(affected)), "members": sorted(members)}


def _members(affected: Sequence[ChangedAnswer]) -> set[str]:
    return {_who(person) for person in affected}


def _who(person: ChangedAnswer) -> str:
    """The member; where nobody knows one, the client's own ID of the applicant."""
    return person.member_id or person.applicant_id


def _reasons(affected: Sequence[ChangedAnswer]) -> Counter[ReasonCode]:
    """How many people each reason holds, or held."""
    return Counter(code for _, code in {(_who(person), code) for person in affected for code in person.reasons})


def _person(person: ChangedAnswer) -> ChangedPerson:
    return {
        "member_id": person.member_id,
        "applicant_id": person.applicant_id,
        "reasons": [code.value for code in person.reasons],
        "missing_elements": list(person.elements),
    }


def _tally(tally: Tally) -> TallyResult:
    return {"allowed": tally.allowed, "held": tally.held, "counts": _in_order(tally.counts)}


def _in_order(counts: Mapping[ReasonCode, int]) -> Mapping[str, int]:
    return {code.value: counts[code] for code in REASON_ORDER if counts.get(code)}


def _remarks(found: Impact) -> list[str]:
    return [_(remark.message) % remark.values for remark in found.remarks]


def _write(file: Path, facts: PolicyImpactResult) -> None:
    try:
        if not file.parent.is_dir():
            raise FileNotFoundError(ENOENT, os.strerror(ENOENT))
        write_file(file, (json.dumps(facts, ensure_ascii=False, indent=2) + "\n").encode())
    except OSError as error:
        raise UsageError(N_("%(file)s can't be written: %(reason)s"), file=file, reason=error.strerror) from None


def _print(found: Impact, out: Path | None) -> None:
    for remark in _remarks(found):
        sys.stderr.write(f"{remark}\n")
    for row in found.refused.slice(0, 5).to_pylist():
        reason = _(FAULT_TEXTS[Fault(row["fault"])])
        sys.stderr.write(f"{found.file_name}:{row['line']}: {row['column']}: {row['value']!r}: {reason}\n")
    say(
        _("asked as of %(at)s, before the change and with it; nothing was loaded or recorded"),
        at=found.asked_at.astimezone(TOKYO).isoformat(" ", "seconds"),
    )
    say(_("the law with the change: %(law)s, on %(day)s"), law=found.law_profile_id, day=found.law_on.isoformat())
    for subject in found.still_open:
        say(_("  not decided yet, so denied: %(subject)s"), subject=_(SUBJECTS[subject]))
    for one in found.clients:
        _print_client(one)
    sys.stdout.write("\n")
    say(
        _("altogether: %(held)s people newly held, %(let_through)s newly let through"),
        held=f"{len(_members(found.newly_held)):,}",
        let_through=f"{len(_members(found.newly_let_through)):,}",
    )
    if out is None:
        say(_("--json or --out FILE names everyone"))
    else:
        say(_("everyone is named in %(file)s"), file=out)


def _print_client(one: ClientImpact) -> None:
    sys.stdout.write(f"\n{one.client.client_id}  {one.client.legal_name}  {one.use.value}\n")
    say(
        _("  allowed: %(before)s before, %(after)s with the change; the same answer for %(unchanged)s"),
        before=f"{one.before.allowed:,}",
        after=f"{one.after.allowed:,}",
        unchanged=f"{one.unchanged:,}",
    )
    say(_("  newly held: %(count)s"), count=f"{len(one.newly_held):,}")
    _print_reasons(_reasons(one.newly_held))
    say(_("  newly let through: %(count)s"), count=f"{len(one.newly_let_through):,}")
    _print_reasons(_reasons(one.newly_let_through))
    say(_("  held with the change, whether before or not: %(count)s"), count=f"{one.after.held:,}")
    _print_reasons(one.after.counts)


def _print_reasons(counts: Mapping[ReasonCode, int]) -> None:
    for code in REASON_ORDER:
        if counts.get(code):
            sys.stdout.write(f"    {code.value:36} {counts[code]:>8,}  {_(MEANINGS[code])}\n")


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
