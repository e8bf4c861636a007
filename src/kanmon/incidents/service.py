"""Incidents as they are recorded, step by step, each in the ledger; what was known, and when, can't be changed later.

A provision without valid consent closes the gate with its record, under the lock that a stop takes: once the caller's
transaction has committed, nobody whom it may concern is scored or provided, in any process (AC-16).
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from kanmon.clients.contract import ServiceTerms
from kanmon.core.clock import TOKYO, Clock
from kanmon.core.errors import (
    AffectedSetMissing,
    FinalReportMissing,
    IncidentEnded,
    KnownMomentFixed,
    NotFound,
    ReportIncomplete,
    UsageError,
)
from kanmon.core.ids import IncidentId
from kanmon.core.language import N_, Language
from kanmon.core.sense import is_in_words, language_of
from kanmon.incidents.deadlines import reportable_since
from kanmon.incidents.model import (
    AffectedPerson,
    Criteria,
    Fact,
    FactKind,
    Incident,
    IncidentClass,
    IncidentScope,
    IncidentStore,
)
from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger

NINE_ITEMS = (
    FactKind.OUTLINE,
    FactKind.ITEMS,
    FactKind.CAUSE,
    FactKind.SECONDARY_DAMAGE,
    FactKind.RESPONSE,
    FactKind.PUBLICATION,
    FactKind.PREVENTION,
    FactKind.OTHER,
)
"""What a report says beside the number of people, which is the ninth (Rule 8(1))."""


class IncidentLog:
    """Records incidents within the caller's transaction."""

    def __init__(self, store: IncidentStore, ledger: Ledger, clock: Clock, terms: ServiceTerms) -> None:
        self._store = store
        self._ledger = ledger
        self._clock = clock
        self._terms = terms

    def open(
        self,
        kind: IncidentClass,
        title: str,
        scope: IncidentScope,
        by: str,
        known_at: datetime | None,
        criteria: Criteria,
    ) -> Incident:
        """Record an incident; of class U, the gate is closed to all in its scope when this is kept.

        `UsageError` for an unknown client or season, a scope that is still to come or empty, a moment of knowing that
        is still to come, and where nobody or no title is named.
        """
        self._check(title, scope, by)
        held_at = self._store.hold()
        at = self._clock.now() if self._clock.is_replay else held_at
        known_at = at if known_at is None else known_at
        if known_at > at or scope.since > at:
            raise UsageError(N_("what is still to come can't be known, nor have happened"))
        payload = {
            "class": kind.value,
            "title": title.strip(),
            "scope": _scope_facts(scope),
            "known_at": instant(known_at),
            "by": by.strip(),
            "criteria": _criteria_facts(criteria),
        }
        number = self._next(known_at)
        real_at, seq = self._enter(EntryType.INCIDENT, at, number, payload)
        opened = Incident(number, kind, title.strip(), scope, known_at, at, real_at, by.strip(), criteria, seq)
        self._store.open(opened)
        return opened

    def estimate(self, number: IncidentId, least: int, most: int, by: str) -> Incident:
        """Record how many people it may be; earlier estimates stay. `UsageError` where that is no range."""
        if not 0 <= least <= most:
            raise UsageError(N_("an estimate goes from at least 0 to at most as many or more"))
        return self._add(self.standing(number), FactKind.ESTIMATE, {"min": least, "max": most}, by)

    def judge(self, number: IncidentId, criteria: Criteria, by: str) -> Incident:
        """Record which of the items (i) to (iii) of Rule 7 are met after all; the clock counts from now for them."""
        return self._add(self.standing(number), FactKind.CRITERIA, _criteria_facts(criteria), by)

    def learn(self, number: IncidentId, kind: str, text: str, by: str, language: Language | None = None) -> Incident:
        """Record words for one of the items of Rule 8; the newest of an item in a language are its words in it.

        `language` is that of the words; None: Japanese where anything of them is written so, else English.
        `KnownMomentFixed` for `known_at`, `UsageError` for what is no such item and where nothing is said.
        """
        incident = self.standing(number)
        if kind == "known_at":
            raise KnownMomentFixed(
                N_("when %(incident)s was known was recorded with it and can't be moved: %(known_at)s"),
                incident=number,
                known_at=incident.known_at.astimezone(TOKYO).isoformat(" ", "seconds"),
            )
        if kind not in {item.value for item in NINE_ITEMS}:
            raise UsageError(
                N_("%(kind)s is no item of a report; there are: %(known)s"),
                kind=kind,
                known=", ".join(item.value for item in NINE_ITEMS),
            )
        if not text.strip():
            raise UsageError(N_("say in words what is known"))
        body = {"text": text.strip(), "language": (language or language_of(text)).value}
        return self._add(incident, FactKind(kind), body, by)

    def report(self, number: IncidentId, kind: FactKind, by: str) -> Incident:
        """Record that a report was made, with its words by hash: preliminary with what is known, final with all.

        `ReportIncomplete` names the items that a final report lacks.
        """
        incident = self.standing(number)
        said = report_items(incident)
        words = words_of_items(incident)
        known = said.keys() - {item.value for item in words if not any(map(is_in_words, words[item].values()))}
        lacking = [item for item in ("number", *(item.value for item in NINE_ITEMS)) if item not in known]
        if kind is FactKind.REPORT_FINAL and lacking:
            raise ReportIncomplete(
                N_("a final report says all nine items (Rule 8); these lack: %(lacking)s"), lacking=", ".join(lacking)
            )
        sha256 = hashlib.sha256(canonical(said)).hexdigest()
        return self._add(incident, kind, {"items": sorted(said), "report_sha256": sha256}, by)

    def keep_set(
        self, number: IncidentId, found: Sequence[AffectedPerson], how: Mapping[str, object], by: str
    ) -> Incident:
        """Keep whom it affects, as it was computed; `how` says by what. Nobody found before is taken out again."""
        held_at = self._store.hold()
        incident = self.standing(number)
        former = self._store.add_affected(number, found)
        affected = self._store.affected(number)
        at = self._clock.now() if self._clock.is_replay else held_at
        body = {**how, **set_facts(affected), "former": former}
        done = self._add(incident, FactKind.SET, body, by, at)
        self._store.keep_set(number, affected_sha256(affected), at)
        return done

    def note(self, number: IncidentId, kind: FactKind, body: Mapping[str, object], by: str) -> Incident:
        """Record what was done about it, by counts."""
        return self._add(self.standing(number), kind, body, by)

    def close(self, number: IncidentId, by: str, preview_sha256: str) -> Incident:
        """End it. `FinalReportMissing` where a report is asked for and none is recorded; `AffectedSetMissing`."""
        incident = self.check_closing(number)
        done = self._add(incident, FactKind.CLOSED, {"preview_sha256": preview_sha256}, by)
        self._store.close(number, done.facts[-1].at)
        return done

    def _check_reported(self, incident: Incident) -> None:
        number, is_own = incident.incident_id, incident.kind is IncidentClass.UNCOVERED
        if is_own and incident.computed_at is None:
            raise AffectedSetMissing(
                N_("%(incident)s can't be closed: nobody knows yet whom it affects"), incident=number
            )
        is_asked = is_own or reportable_since(incident) is not None
        if is_asked and not any(fact.kind is FactKind.REPORT_FINAL for fact in incident.facts):
            raise FinalReportMissing(
                N_("%(incident)s can't be closed: its final report is not recorded"), incident=number
            )

    def publish(self, number: IncidentId, body: Mapping[str, str], by: str) -> Incident:
        """Record the words that are public from now on, just as they are; see `FactKind.PUBLISHED`."""
        return self._add(self.standing(number), FactKind.PUBLISHED, body, by)

    def check_closing(self, number: IncidentId) -> Incident:
        """An incident that could end but for people and words; `FinalReportMissing`, `AffectedSetMissing`."""
        incident = self.standing(number)
        self._check_reported(incident)
        return incident

    def incident(self, number: IncidentId) -> Incident:
        """An incident, closed or not; `NotFound`."""
        incident = self._store.incident(number)
        if incident is None:
            raise NotFound(N_("no incident %(incident)s is known"), incident=number)
        return incident

    def standing(self, number: IncidentId) -> Incident:
        """An incident that is not closed; `NotFound`, `IncidentEnded`."""
        incident = self.incident(number)
        if incident.closed_at is not None:
            raise IncidentEnded(N_("%(incident)s is closed: nothing is added to it"), incident=number)
        return incident

    def _add(
        self, incident: Incident, kind: FactKind, body: Mapping[str, object], by: str, at: datetime | None = None
    ) -> Incident:
        if not by.strip():
            raise UsageError(N_("say who records it"))
        at = at or self._clock.now()
        payload = {"kind": kind.value, "body": body, "by": by.strip()}
        real_at, seq = self._enter(EntryType.INCIDENT_FACT, at, incident.incident_id, payload)
        self._store.add_fact(
            incident.incident_id, Fact(len(incident.facts) + 1, kind, at, real_at, by.strip(), body, seq)
        )
        kept = self._store.incident(incident.incident_id)
        assert kept is not None
        return kept

    def _enter(
        self, kind: EntryType, at: datetime, number: IncidentId, payload: Mapping[str, object]
    ) -> tuple[datetime, int]:
        real_at = self._clock.real()
        real = instant(real_at) if self._clock.is_replay else None
        (seq,) = self._ledger.append([NewEntry(kind, at, {"incident_id": number, **payload, "real_at": real})])
        self._ledger.sign(real_at)
        return real_at, seq

    def _next(self, known_at: datetime) -> IncidentId:
        year = f"I-{known_at.astimezone(TOKYO).year}-"
        before = [one.incident_id for one in self._store.incidents() if one.incident_id.startswith(year)]
        return IncidentId(f"{year}{len(before) + 1:03}")

    def _check(self, title: str, scope: IncidentScope, by: str) -> None:
        self._terms.check_known(scope.client_id, scope.season)
        if scope.until is not None and scope.until <= scope.since:
            raise UsageError(
                N_("a period ends after it begins; from %(since)s to %(until)s there is none"),
                since=scope.since.isoformat(),
                until=scope.until.isoformat(),
            )
        if not title.strip() or not by.strip():
            raise UsageError(N_("say what happened, and who records it"))


def report_items(incident: Incident) -> dict[str, object]:
    """What is known of the nine items: the newest words of each; the number is the set's or else the estimate's."""
    said: dict[str, object] = {}
    for fact in incident.facts:
        if fact.kind in NINE_ITEMS:
            said[fact.kind.value] = fact.body.get("text")
        elif fact.kind is FactKind.SET or (fact.kind is FactKind.ESTIMATE and incident.computed_at is None):
            said["number"] = {name: fact.body[name] for name in ("count", "min", "max") if name in fact.body}
    return said


def words_of_items(incident: Incident) -> dict[FactKind, dict[Language, str]]:
    """The newest words of each item in each language; an item that nobody has put in words is missing."""
    said: dict[FactKind, dict[Language, str]] = {}
    for fact in incident.facts:
        if fact.kind in NINE_ITEMS:
            text = str(fact.body.get("text", ""))
            language = Language(str(fact.body.get("language") or language_of(text).value))
            said.setdefault(fact.kind, {})[language] = text
    return said


def set_facts(affected: Sequence[AffectedPerson]) -> dict[str, object]:
    """An affected set by its hash and counts: people in all, those of whom something went, by reason and by client."""
    reasons = Counter(reason for _, reason in {(one.member_no, one.reason) for one in affected})
    everybody, went = {one.member_no for one in affected}, {one.member_no for one in affected if one.went}
    return {
        "set_sha256": affected_sha256(affected).hex(),
        "count": len(everybody),
        "went": len(went),
        "would_have_gone": len(everybody - went),
        "reasons": dict(sorted(reasons.items())),
        "clients": dict(sorted(Counter(one.client_id for one in affected).items())),
    }


def affected_sha256(affected: Sequence[AffectedPerson]) -> bytes:
    """SHA-256 over the canonical form of [client, member, season, reason, moment, provisions] of each, in order."""
    rows = sorted(
        [one.client_id, one.member_id, one.season, one.reason, instant(one.first_provided_at), one.provisions]
        for one in affected
    )
    return hashlib.sha256(canonical(rows)).digest()


def _scope_facts(scope: IncidentScope) -> dict[str, object]:
    return {
        "since": instant(scope.since),
        "until": None if scope.until is None else instant(scope.until),
        "season": scope.season,
        "client_id": scope.client_id,
        "screen_id": scope.screen_id,
        "policy_version": scope.policy_version,
    }


def _criteria_facts(criteria: Criteria) -> dict[str, object]:
    return {
        "sensitive": criteria.is_sensitive,
        "property": criteria.is_property,
        "wrongful": criteria.is_wrongful,
    }
