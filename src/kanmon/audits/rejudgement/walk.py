"""One long walk through what a person did, in the order of time, past every provision of that person to one client.

At one instant, what ends a consent comes before the provision, and what permits comes after it: nothing that is not
strictly earlier speaks for a provision (INV-4). An agreement at the instant of an end does not outlive that end.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from kanmon.audits.rejudgement.ages import is_by_who_had_to
from kanmon.audits.rejudgement.dealings import doubted_at, faults_of
from kanmon.audits.rejudgement.faults import ProvisionFault
from kanmon.audits.rejudgement.papers import ClientHistory, EventKind, PersonEvent, ProvisionCase, Receipt, Registers
from kanmon.audits.rejudgement.screens import Screens
from kanmon.audits.rejudgement.waiting import WaitingList
from kanmon.audits.rejudgement.words import TextHistory, allow, is_too_soon, needed, promise_encryption
from kanmon.consent.law import PROFILES, LawProfile, LawSubject
from kanmon.core.clock import day_of


@dataclass
class _Life:
    """What holds of a person for one client, so far."""

    agreed: list[PersonEvent] = field(default_factory=list)
    """Agreements that are certainly younger than every end, by the moment by which each was certainly given."""
    ended_until: datetime | None = None
    """Up to when an agreement may be older than an end."""
    objects: bool = False
    was_told: bool = False
    affected_at: datetime | None = None
    """The newest incident that affects the person."""

    def forbid(self, at: datetime, events: Sequence[PersonEvent]) -> None:
        """Take what speaks against provisions among all events of one instant; a provision then comes after it."""
        kinds = {event.did for event in events}
        ends = [event for event in events if event.did in {EventKind.WITHDREW, EventKind.REFUSED}]
        self.end(max((event.reaches_to or event.at for event in ends), default=None))
        if kinds & {EventKind.OBJECTED, EventKind.LIFTED}:
            self.objects = EventKind.OBJECTED in kinds
        if EventKind.WAS_AFFECTED in kinds:
            self.affected_at = at

    def permit(self, events: Sequence[PersonEvent]) -> None:
        """Take what speaks for provisions among all events of one instant; a provision then came before it."""
        self.was_told |= any(event.did == EventKind.WAS_TOLD for event in events)
        self.agreed += [event for event in events if event.did == EventKind.AGREED and self.is_young(event)]

    def end(self, until: datetime | None) -> None:
        """End every agreement that may have been given by a moment."""
        if until is None:
            return
        self.ended_until = until if self.ended_until is None else max(until, self.ended_until)
        self.agreed = [event for event in self.agreed if self.is_young(event)]

    def is_young(self, agreed: PersonEvent) -> bool:
        """Whether an agreement is certainly younger than every end."""
        return self.ended_until is None or _given_from(agreed) > self.ended_until


class Judge:
    """Judges provisions to one client under the dealings of their time; what depends on no person is judged once."""

    def __init__(
        self, registers: Registers, receipts: Sequence[Receipt], waiting: WaitingList, *, in_replays: bool
    ) -> None:
        self._in_replays = in_replays
        self._registers = registers
        self._receipts = receipts
        self._waiting = waiting
        self._book = TextHistory(registers)
        self._screens = Screens(registers, self._book)
        self._allowed: dict[tuple[int, int | None], bool] = {}
        self._same: dict[tuple[int, datetime], tuple[tuple[ProvisionFault, ...], datetime | None]] = {}
        self._kept: list[ClientHistory] = []

    def walk(
        self, events: Iterable[PersonEvent], cases: Iterable[tuple[ProvisionCase, ClientHistory]]
    ) -> Iterator[tuple[ProvisionCase, list[ProvisionFault]]]:
        """What is wrong with each of one person's provisions, in the order of time; nothing where it stands.

        `events` are those that concern the client, with agreements that were not replaced by a later record of them.
        """
        life = _Life()
        waiting = deque(sorted(cases, key=lambda case: case[0].at))
        for at, simultaneous in groupby(sorted(events, key=attrgetter("at")), key=attrgetter("at")):
            happened = list(simultaneous)
            while waiting and waiting[0][0].at < at:
                yield self._judgement(life, *waiting.popleft())
            life.forbid(at, happened)
            while waiting and waiting[0][0].at == at:
                yield self._judgement(life, *waiting.popleft())
            life.permit(happened)
        for case, dealings in waiting:
            yield self._judgement(life, case, dealings)

    def _judgement(
        self, life: _Life, case: ProvisionCase, dealings: ClientHistory
    ) -> tuple[ProvisionCase, list[ProvisionFault]]:
        law = PROFILES[dealings.law_profile_id]
        common, doubted_until = self._of_all(dealings, law, case.at)
        incident = max((at for at in (doubted_until, life.affected_at) if at is not None), default=None)
        is_by_cookie = dealings.contract["scheme"] == "A"
        faults = [*common, *_score_faults(case)]
        if self._waiting.waited(case, dealings):
            faults.append(ProvisionFault.UNDECIDED)
        if is_by_cookie:
            if law.leaves_open(LawSubject.CONTACTABLE, day_of(case.at)):
                faults.append(ProvisionFault.NOT_DECLARED)
            must_be_declared = law.recipients_consent_is_asked or case.member_no is None
            faults += _declaration_faults(case, incident, must_be_declared=must_be_declared)
        if case.member_no is not None:
            faults += self._own_faults(life, case, dealings, law, incident)
        elif not (is_by_cookie and case.is_browser):
            faults.append(ProvisionFault.NOTHING_AGREED)
        return case, list(dict.fromkeys(faults))

    def _own_faults(
        self, life: _Life, case: ProvisionCase, dealings: ClientHistory, law: LawProfile, incident: datetime | None
    ) -> Iterator[ProvisionFault]:
        first_told_at = self._registers.first_told_at
        if first_told_at is not None and first_told_at < case.at and not life.was_told:
            yield ProvisionFault.NOT_TOLD
        if life.objects:
            yield ProvisionFault.OBJECTED
        sound, lacking = [], []
        for event in life.agreed:
            faults = list(self._faults_of_act(event, case, dealings, law, incident))
            lacking += faults
            if not faults:
                sound.append(event)
        could_rest_on: set[int] = set()
        for acts in _renewed(sound):
            faults = list(self._faults_in_time(acts, life, case))
            lacking += faults
            if not faults:
                could_rest_on |= {act.number for act in acts if case.computed_at is None or act.at < case.computed_at}
        if not could_rest_on:
            yield from lacking or [ProvisionFault.NOTHING_AGREED]
        elif case.evidence_no not in could_rest_on:
            yield ProvisionFault.OTHER_EVIDENCE

    def _faults_of_act(
        self,
        agreed: PersonEvent,
        case: ProvisionCase,
        dealings: ClientHistory,
        law: LawProfile,
        incident: datetime | None,
    ) -> Iterator[ProvisionFault]:
        if not self._covers(agreed, dealings, law):
            yield ProvisionFault.WORDS
        if self._is_implausible(agreed, case.at):
            yield ProvisionFault.IMPLAUSIBLE
        if law.consent_must_be_free and agreed.was_free is False:
            yield ProvisionFault.NOT_FREE
        if not is_by_who_had_to(agreed, law, case.at):
            yield ProvisionFault.REPRESENTATIVE
        if self._screens.is_doubted(agreed, case.at):
            yield ProvisionFault.SCREEN
        if incident is not None and _given_from(agreed) <= incident:
            yield ProvisionFault.BEFORE_INCIDENT

    def _is_implausible(self, agreed: PersonEvent, at: datetime) -> bool:
        """What a member's ID meant more than a day after the provision says nothing of it."""
        given_from, registered_at = _given_from(agreed), agreed.registered_at
        begun = self._book.first_in_force(agreed.text_no)
        counting = self._book.first_counting(agreed.text_no)
        is_too_early = begun is not None and given_from < begun and not agreed.was_served
        is_too_early |= counting is not None and given_from < counting and at < counting
        is_of_another = registered_at is not None and given_from < registered_at <= at + timedelta(days=1)
        return agreed.is_at_odds or is_too_early or is_of_another

    def _faults_in_time(
        self, acts: Sequence[PersonEvent], life: _Life, case: ProvisionCase
    ) -> Iterator[ProvisionFault]:
        if case.computed_at is not None and acts[0].at >= case.computed_at:
            yield ProvisionFault.AGREED_TOO_LATE
        version = self._book.behind(acts[0].text_no)
        days = None if version is None else version.valid_days
        if days is not None and case.at - max(map(_given_from, acts)) >= timedelta(days=days):
            yield ProvisionFault.RUN_OUT
        newest = max(map(_given_from, acts))
        binding = [act for act in life.agreed if _given_from(act) >= newest]
        previous_at = case.previous_at
        if previous_at and any(is_too_soon(self._book.behind(act.text_no), previous_at, case.at) for act in binding):
            yield ProvisionFault.TOO_SOON
        if case.is_plain and any(promise_encryption(self._book.behind(act.text_no)) for act in binding):
            yield ProvisionFault.IN_THE_OPEN

    def _covers(self, agreed: PersonEvent, dealings: ClientHistory, law: LawProfile) -> bool:
        key = (self._place(dealings), agreed.text_no)
        if key not in self._allowed:
            version = self._book.behind(agreed.text_no)
            self._allowed[key] = version is not None and allow(version, needed(dealings), law)
        return self._allowed[key]

    def _of_all(
        self, dealings: ClientHistory, law: LawProfile, at: datetime
    ) -> tuple[tuple[ProvisionFault, ...], datetime | None]:
        key = (self._place(dealings), at)
        if key not in self._same:
            is_lawful = self._in_replays or law.is_in_force(day_of(at))
            unlawful = [] if is_lawful else [ProvisionFault.LAW]
            faults = (*unlawful, *faults_of(dealings, law, self._registers, self._receipts, at))
            self._same[key] = faults, doubted_at(dealings, self._registers.presses, at)
        return self._same[key]

    def _place(self, dealings: ClientHistory) -> int:
        """A number for these dealings, kept so that it stays theirs."""
        for place, kept in enumerate(self._kept):
            if kept is dealings:
                return place
        self._kept.append(dealings)
        return len(self._kept) - 1


def _given_from(agreed: PersonEvent) -> datetime:
    return agreed.at if agreed.given_from is None else agreed.given_from


def _renewed(acts: Sequence[PersonEvent]) -> list[list[PersonEvent]]:
    """Agreements to the same words, and as free as each other, renew one another; others stand by themselves."""
    together: dict[tuple[int | None, bool | None], list[PersonEvent]] = {}
    for act in acts:
        together.setdefault((act.text_no, act.was_free), []).append(act)
    return list(together.values())


def _score_faults(case: ProvisionCase) -> Iterator[ProvisionFault]:
    """What is wrong with the score or the person's data, whatever was agreed to."""
    if case.erased_at is not None and case.erased_at <= case.at:
        yield ProvisionFault.ERASED
    if case.is_in_doubt:
        yield ProvisionFault.NOT_READ
    is_missing = case.computed_at is None or case.computed_at > case.at
    if is_missing or (case.stale_at is not None and case.stale_at <= case.at):
        yield ProvisionFault.STALE


def _declaration_faults(
    case: ProvisionCase, incident: datetime | None, *, must_be_declared: bool
) -> Iterator[ProvisionFault]:
    """What is wrong with the consent that the recipient declared, or with its lack where one is asked for (APPI-11)."""
    declared = case.declared
    if declared is None or not declared.stands_at(case.at):
        if must_be_declared:
            yield ProvisionFault.NOT_DECLARED
        return
    if must_be_declared and case.confirmed_at != declared.confirmed_at:
        yield ProvisionFault.OTHER_EVIDENCE
    if case.member_no is None and case.computed_at is not None and declared.confirmed_at >= case.computed_at:
        yield ProvisionFault.AGREED_TOO_LATE
    if incident is not None and (declared.obtained_at or declared.confirmed_at) <= incident:
        yield ProvisionFault.BEFORE_INCIDENT
