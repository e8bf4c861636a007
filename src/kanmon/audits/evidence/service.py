"""What an authority reads of a pack of evidence, in the order of the release: timeline, numbers, causes, measures.

The release of a provider whose people had been scored without consent told its story in that order; so does ours, from
what was logged and nothing else (APPI-27).
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from kanmon.core.ids import MatterId
from kanmon.incidents.matters.model import Matter, MatterStep
from kanmon.incidents.model import FactKind, Incident
from kanmon.ledger.entry import Entry, EntryType, Secret, instant

CAUSES = (FactKind.CAUSE, FactKind.OUTLINE, FactKind.ITEMS, FactKind.SECONDARY_DAMAGE)
MEASURES = (
    FactKind.RESPONSE, FactKind.PUBLICATION, FactKind.PREVENTION, FactKind.OTHER, FactKind.NOTICE, FactKind.PUBLISHED,
)  # fmt: skip
_DEEDS = frozenset({EntryType.STOP, EntryType.RESUME, EntryType.WITHDRAWAL, EntryType.ERASURE_DONE, EntryType.RECALL})
"""Entries that are measures by themselves."""
NO_PARTIES: Mapping[str, object] = {"group": [], "judged": []}
"""Of a platform without a group, whose releases legal judged nowhere."""


def pack_facts(
    about: Mapping[str, str],
    entries: Sequence[tuple[Entry, Secret | None]],
    incident: Incident | None,
    matters: Sequence[Matter],
    made_at: datetime,
    parties: Mapping[str, object] = NO_PARTIES,
) -> Mapping[str, object]:
    """The pack as plain values; `about` names the member, the incident or the matter that was asked for.

    `parties` are the companies of the platform's `group`, and what legal `judged` of releases, for which of them.
    """
    facts = [] if incident is None else incident.facts
    return {
        "about": about,
        "made_at": instant(made_at),
        "incident": None if incident is None else _incident_facts(incident),
        "matters": [_matter_facts(matter) for matter in matters],
        "parties": parties,
        "timeline": [_line(entry, secret) for entry, secret in entries],
        "numbers": {
            "entries": len(entries),
            "without_content": sum(secret is None for _, secret in entries),
            "by_type": dict(sorted(Counter(entry.type for entry, _ in entries).items())),
            "affected": [fact.body for fact in facts if fact.kind in (FactKind.ESTIMATE, FactKind.SET)],
        },
        "causes": [_fact(fact.at, fact.kind, fact.body, fact.ledger_seq) for fact in facts if fact.kind in CAUSES],
        "measures": [
            *(_fact(fact.at, fact.kind, fact.body, fact.ledger_seq) for fact in facts if fact.kind in MEASURES),
            *(_line(entry, secret) for entry, secret in entries if entry.type in _DEEDS),
        ],
    }


def _incident_facts(incident: Incident) -> Mapping[str, object]:
    return {
        "incident_id": incident.incident_id,
        "class": incident.kind.value,
        "title": incident.title,
        "since": instant(incident.scope.since),
        "until": None if incident.scope.until is None else instant(incident.scope.until),
        "known_at": instant(incident.known_at),
        "opened_at": instant(incident.opened_at),
        "closed_at": None if incident.closed_at is None else instant(incident.closed_at),
    }


def paper_file(matter: MatterId, step_no: int) -> str:
    """Where a paper lies in a pack: its name is in `pack.json`, since names from outside may be anything."""
    return f"papers/{matter}-{step_no:03}"


def _matter_facts(matter: Matter) -> Mapping[str, object]:
    notice = matter.notice
    return {
        "matter_id": matter.matter_id,
        "kind": notice.kind.value,
        "authority": notice.authority,
        "title": notice.title,
        "reference": notice.reference,
        "received_on": notice.received_on.isoformat(),
        "due_on": None if matter.due_on is None else matter.due_on.isoformat(),
        "answered_on": None if matter.answered_on is None else matter.answered_on.isoformat(),
        "closed_at": None if matter.closed_at is None else instant(matter.closed_at),
        "seq": matter.ledger_seq,
        "steps": [_step_facts(matter.matter_id, step) for step in matter.steps],
    }


def _step_facts(matter: MatterId, step: MatterStep) -> Mapping[str, object]:
    file = {"file": paper_file(matter, step.step_no)} if "sha256" in step.body else {}
    said = {**step.body, **file, "by": step.by, "reason": step.reason}
    return _fact(step.at, step.kind, said, step.ledger_seq)


def _line(entry: Entry, secret: Secret | None) -> Mapping[str, object]:
    said = None if secret is None else json.loads(secret.payload)
    return _fact(entry.at, entry.type, said, entry.seq)


def _fact(at: datetime, kind: str, said: Mapping[str, object] | None, seq: int) -> Mapping[str, object]:
    return {"at": instant(at), "what": str(kind), "seq": seq, "said": said}
