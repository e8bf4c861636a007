"""Those who agreed only to words before a revision: held by the gate, counted, asked again (AC-12, APPI-07, POL-03).

Nothing but a new act of consent unlocks anybody: logging in, browsing and silence are no acts of consent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from kanmon.consent.law import law_day
from kanmon.core.clock import Clock
from kanmon.core.ids import ClientId, MemberNo, RunId
from kanmon.core.transaction import Begin
from kanmon.gate.decision import ReasonCode, Use
from kanmon.gate.question import terms_of
from kanmon.gate.service import Gate
from kanmon.reviews.policies.impact import DiscardedRecord, WhatIf, is_open

AT_A_TIME = 1_000
"""Persons put on the list in one transaction; a list that was broken off is taken up where it ended."""
_NO_RUN = RunId("held")


@dataclass(frozen=True)
class HeldApplicants:
    """The applicants of one client whom the gate holds since their agreement is to words that say too little."""

    client_id: ClientId
    applicants: int
    members: frozenset[MemberNo]


class ReconsentRequestStore(Protocol):
    """The list of those to be asked again, within one transaction."""

    def hold(self) -> None:
        """Keep others from writing to the list until this transaction ends."""

    def asked_since(self, since: datetime) -> frozenset[MemberNo]:
        """Who was put on the list at a moment or later."""

    def add(self, members: Sequence[MemberNo], at: datetime) -> None:
        """Put members on the list."""


class Reconsent:
    """Counts who is held, and lists whom to ask."""

    def __init__(self, begin: Begin[ReconsentRequestStore], what_if: Begin[WhatIf], clock: Clock) -> None:
        self._begin = begin
        self._what_if = what_if
        self._clock = clock

    def held(self) -> list[HeldApplicants]:
        """Who is held now, for each client whose season is open; asked of the gate, nothing is recorded."""
        now = self._clock.now()
        found = []
        with self._what_if() as what_if:
            gate, service = Gate(what_if.facts, DiscardedRecord()), what_if.service.terms()
            for client in service.chosen([], None):
                if not is_open(service, client, now):
                    continue
                answers = gate.ask(terms_of(service, client, Use.PROVIDE, now, law_on=law_day(self._clock)), _NO_RUN)
                outdated = {
                    decision.applicant_no
                    for decision in answers.decisions
                    if any(reason.code is ReasonCode.CONSENT_OUTDATED for reason in decision.reasons)
                }
                applicants = what_if.applicants.applicants(client.client_id, client.contract.scores)
                members = (one.member_no for one in applicants if one.applicant_no in outdated)
                found.append(
                    HeldApplicants(
                        client.client_id, len(outdated), frozenset(one for one in members if one is not None)
                    )
                )
        return found

    def ask(self, since: datetime) -> int:
        """Put everybody who is held on the list, once since that moment; how many are on it now. Can be taken up."""
        held = frozenset().union(*(one.members for one in self.held()))
        while True:
            with self._begin() as requests:
                requests.hold()
                asked = requests.asked_since(since)
                waiting = sorted(held - asked)
                requests.add(waiting[:AT_A_TIME], self._clock.now())
            if len(waiting) <= AT_A_TIME:
                return len(asked) + len(waiting)

    def asked(self, since: datetime) -> int:
        """How many were put on the list since a moment."""
        with self._begin() as requests:
            return len(requests.asked_since(since))
