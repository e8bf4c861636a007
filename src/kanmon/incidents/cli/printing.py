"""Incidents as `kanmon incident` prints them: to a person, and as JSON."""

import os
import sys
from collections.abc import Sequence
from datetime import datetime

from kanmon.cli.output import print_json, say
from kanmon.core.clock import TOKYO
from kanmon.core.language import preferred_language, translations
from kanmon.incidents.deadlines import DutyDeadline, dues, items_met, reportable_since
from kanmon.incidents.model import AffectedPerson, Incident
from kanmon.incidents.notices.closing import PeopleCounts, Preview
from kanmon.incidents.shapes import (
    AffectedResult,
    DutyResult,
    IncidentResult,
    ListedIncident,
    PeopleResult,
    PreviewResult,
    RecordedFact,
)
from kanmon.incidents.use_cases.incidents import IncidentView
from kanmon.incidents.words import CLASSES, DUTIES, STATES


def incident_facts(incident: Incident, at: datetime) -> ListedIncident:
    """An incident with its clock as plain values; `at` is the moment at which it is looked at."""
    scope, since = incident.scope, reportable_since(incident)
    return {
        "incident_id": incident.incident_id,
        "class": incident.kind.value,
        "title": incident.title,
        "since": scope.since.isoformat(),
        "until": _iso(scope.until),
        "season": scope.season,
        "client_id": scope.client_id,
        "screen_id": scope.screen_id,
        "policy_version": scope.policy_version,
        "known_at": incident.known_at.isoformat(),
        "opened_at": incident.opened_at.isoformat(),
        "opened_by": incident.opened_by,
        "computed_at": _iso(incident.computed_at),
        "closed_at": _iso(incident.closed_at),
        "set_sha256": None if incident.set_sha256 is None else incident.set_sha256.hex(),
        "items_met": {item.value: met_at.isoformat() for item, met_at in items_met(incident).items()},
        "reportable_since": _iso(since),
        "dues": [due_facts(due, at) for due in dues(incident)],
        "ledger_seq": incident.ledger_seq,
    }


def due_facts(due: DutyDeadline, at: datetime) -> DutyResult:
    """A duty as plain values."""
    return {
        "duty": due.duty.value,
        "due_on": None if due.due_on is None else due.due_on.isoformat(),
        "due_at": _iso(due.due_at),
        "done_at": _iso(due.done_at),
        "state": due.state(at).value,
    }


def seen_facts(seen: IncidentView) -> IncidentResult:
    """An incident with everything recorded of it, and the counts of its affected set."""
    facts: list[RecordedFact] = [
        {
            "kind": fact.kind.value,
            "at": fact.at.isoformat(),
            "by": fact.by,
            "body": dict(fact.body),
            "ledger_seq": fact.ledger_seq,
        }
        for fact in seen.incident.facts
    ]
    return {**incident_facts(seen.incident, seen.at), "facts": facts, "affected": dict(seen.affected)}


def person_facts(one: AffectedPerson) -> AffectedResult:
    """One affected person, for one client, as plain values."""
    return {
        "member_id": one.member_id,
        "client_id": one.client_id,
        "season": one.season,
        "reason": one.reason,
        "went": one.went,
        "first_provided_at": one.first_provided_at.isoformat() if one.went else None,
        "would_have_gone_at": None if one.went else one.first_provided_at.isoformat(),
        "provisions": one.provisions,
    }


def print_seen(seen: IncidentView) -> None:
    """One incident, to a person."""
    _print_head(seen.incident)
    for due in dues(seen.incident):
        _print_due(due, seen.at)
    if seen.incident.computed_at is not None:
        say(_("people affected: %(count)s"), count=f"{seen.affected['count']:,}")
        if seen.affected["would_have_gone"]:
            say(
                _("  of them %(count)s of whom nothing went: it would have gone"),
                count=f"{seen.affected['would_have_gone']:,}",
            )


def preview_facts(preview: Preview) -> PreviewResult:
    """What a step would do, as plain values; `confirm` is what confirms just that."""
    return {
        "step": preview.step,
        "incident_id": preview.incident_id,
        "public": None if preview.body is None else {"subject": preview.subject, "body": preview.body},
        "people": _people_facts(preview.people),
        "lacking": [{"code": lack.code.value, "words": lack.told(_)} for lack in preview.lacks],
        "confirm": preview.sha256 if not preview.lacks else None,
    }


def _people_facts(people: PeopleCounts) -> PeopleResult:
    return {
        "affected": people.affected,
        "told": people.told,
        "unwritten": people.unwritten,
        "waiting": people.waiting,
        "in_doubt": people.in_doubt,
        "unreachable": people.unreachable,
        "former": people.former,
    }


def print_preview(preview: Preview, as_json: bool) -> None:
    """What a step would do, to a person or as JSON."""
    if as_json:
        print_json(preview_facts(preview))
        return
    if preview.body is None:
        say(_("nothing of it is public"))
    else:
        say(_("this is what is public then:"))
        sys.stdout.write(f"\n{preview.subject}\n\n{preview.body}\n")
    people = preview.people._asdict()
    say(_("people: %(affected)s affected, %(told)s told, %(unreachable)s not to be reached by a letter"), **people)
    for lack in preview.lacks:
        sys.stdout.write(f"  {lack.told(_)}\n")
    if not preview.lacks:
        say(_("confirm it with: --confirm %(sha256)s"), sha256=preview.sha256)


def print_incidents(found: Sequence[Incident], at: datetime) -> None:
    """All incidents, to a person."""
    for incident in found:
        _print_head(incident)
        for due in dues(incident):
            if due.done_at is None and due.due_at is not None:
                _print_due(due, at)
    if not found:
        say(_("no incident is recorded"))


def _print_head(incident: Incident) -> None:
    end = "" if incident.closed_at is None else " " + _("closed on %(day)s") % {"day": _local(incident.closed_at)}
    sys.stdout.write(f"{incident.incident_id}  {_(CLASSES[incident.kind])}: {incident.title}{end}\n")
    say(
        _("  known %(known_at)s, recorded %(opened_at)s by %(by)s"),
        known_at=_local(incident.known_at),
        opened_at=_local(incident.opened_at),
        by=incident.opened_by,
    )


def _print_due(due: DutyDeadline, at: datetime) -> None:
    until = due.due_on.isoformat() if due.due_on else _local(due.due_at) if due.due_at else ""
    sys.stdout.write(f"  {_(STATES[due.state(at)]):14} {until:20} {_(DUTIES[due.duty])}\n")


def _local(at: datetime) -> str:
    return at.astimezone(TOKYO).isoformat(" ", "seconds")[:19]


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
