"""The record of one person's consent to one text, with the mandatory fields of ISO/IEC TS 27560:2023.

Fields and their names follow the W3C community's guide to implementing it (requirements, section 4.1). Nothing is
invented: what the text shown does not say is missing from the record, and a record with something missing is no ground
to use anybody's data (CON-01).
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kanmon.clients.contract import Client, Platform
from kanmon.consent.evidence import ACCEPT, ConsentAct
from kanmon.consent.policy import Clause, Element, PolicyVersion, Recipients, Retention
from kanmon.consent.screens import Doubt, ScreenDoubt
from kanmon.consent.state import VALID, ConsentEvent, ConsentState, history, state_of
from kanmon.core.ids import ClientId, MemberId, TextSha256

SCHEMA = "https://w3id.org/dpv/schema/dpv-27560#record"
_RECORDS = uuid.UUID("0b6f2f3e-8a54-4f0c-9c0e-3f6f1d0b7a11")
"""The name space in which a record's identifier is made from its person and its text."""


@dataclass(frozen=True)
class Party:
    """A party of a record; `contact` is its representative."""

    party_id: str
    name: str
    address: str
    contact: str
    party_type: str


@dataclass(frozen=True)
class Notice:
    """The version of the notice that was displayed; its hash is that of the words."""

    policy_id: str
    version_id: str
    language: str
    text_sha256: TextSha256
    text: str


@dataclass(frozen=True)
class ConsentRecord:
    """A record; None or empty is what the text shown does not say."""

    record_id: uuid.UUID
    pii_principal_id: MemberId
    notice: Notice | None
    """None where nobody registered the words displayed: then nothing else is known either."""
    text_sha256: TextSha256
    purpose: str | None
    prohibited_uses: tuple[str, ...]
    items: tuple[str, ...]
    controller: Party
    storage_location: str
    platform_days: int | None
    recipient_days: int | None
    jurisdiction: str
    recipients: tuple[Party, ...]
    recipient_class: str | None
    """The class of recipients that the text names in place of a list."""
    withdrawal_method: str | None
    validity_days: int | None
    """None where the agreement stands until it is withdrawn."""
    events: tuple[ConsentEvent, ...]

    def missing(self) -> tuple[str, ...]:
        """The mandatory fields that the record lacks, by the names of the standard."""
        fields: Mapping[str, object] = {
            "privacy_notice": self.notice,
            "purposes": self.purpose,
            "pii_information": self.items,
            "retention_period": self.platform_days,
            "recipient_third_parties": self.recipients,
            "withdrawal_method": self.withdrawal_method,
            "event_time": self.events,
        }
        return tuple(name for name, value in fields.items() if value is None or value == ())

    @property
    def state(self) -> ConsentState:
        """The state of the consent; unknown words are never agreed to."""
        return ConsentState.UNKNOWN if self.notice is None else state_of(self.events)

    @property
    def is_valid(self) -> bool:
        """Whether the consent stands and the record of it is complete."""
        return self.state in VALID and not self.missing()


@dataclass(frozen=True)
class RecordTerms:
    """What a record says beside the person and the text: who controls, and who may receive."""

    platform: Platform
    clients: Mapping[ClientId, Client]


@dataclass(frozen=True)
class KnownWords:
    """What is known of the words that screens showed: registered versions, displayed texts, doubts about screens."""

    versions: Collection[PolicyVersion]
    texts: Mapping[int, PolicyVersion]
    doubts: Sequence[Doubt] = ()

    def is_quarantined(self, act: ConsentAct) -> bool:
        """Whether the screen of an act showed, around that moment, words that it should not have."""
        numbers = {text_no for text_no, version in self.texts.items() if version.text_sha256 == act.text_sha256}
        return any(
            doubt.standing is ScreenDoubt.QUARANTINED
            and doubt.screen_id == act.screen_id
            and doubt.begins_at <= (act.latest_at or act.occurred_at)
            and act.occurred_at < doubt.ends_at
            and not numbers & doubt.released
            for doubt in self.doubts
        )


def consent_records(
    member: MemberId, acts: Sequence[ConsentAct], shown: KnownWords, terms: RecordTerms, now: datetime
) -> list[ConsentRecord]:
    """One record for each text that a member was shown, in the order in which they were first shown.

    A withdrawal or refusal of one text ends the agreements to all others as well, as it does for the gate; one that is
    narrowed to a client takes that client out of the recipients. Where every agreement to a text was given on a screen
    that is quarantined for that moment, it was never valid.
    """
    by_hash = {version.text_sha256: version for version in shown.versions}
    acts = [act for act in acts if act.occurred_at <= now]
    records = []
    for text in dict.fromkeys(act.text_sha256 for act in acts):
        version = by_hash.get(text)
        agreed = [act for act in acts if act.text_sha256 == text and act.action == ACCEPT]
        ended = [act for act in acts if act.action != ACCEPT]
        whole = sorted([*agreed, *(act for act in ended if act.client_id is None)], key=lambda act: act.in_order)
        found_at = now if agreed and all(shown.is_quarantined(act) for act in agreed) else None
        events = history(whole, now, None if version is None else version.consent_valid_days, found_at)
        records.append(_record(member, text, version, terms, events, _taken_out([*agreed, *ended])))
    return records


def _taken_out(acts: Sequence[ConsentAct]) -> frozenset[ClientId]:
    """Clients that a narrowed refusal or withdrawal takes out, until the person agrees once more."""
    taken_out: set[ClientId] = set()
    for act in sorted(acts, key=lambda act: act.in_order):
        if act.action == ACCEPT:
            taken_out = set() if act.client_id is None else taken_out - {act.client_id}
        elif act.client_id is not None:
            taken_out.add(act.client_id)
    return frozenset(taken_out)


def _record(
    member: MemberId,
    text: TextSha256,
    version: PolicyVersion | None,
    terms: RecordTerms,
    events: Sequence[ConsentEvent],
    taken_out: frozenset[ClientId],
) -> ConsentRecord:
    said = {} if version is None else _providing_clause(version).statements
    value = {element: statement.value for element, statement in said.items()}
    recipients = value.get(Element.RECIPIENTS)
    named = recipients if isinstance(recipients, Recipients) else Recipients()
    retention = value.get(Element.RETENTION)
    kept = retention if isinstance(retention, Retention) else Retention()
    purpose = value.get(Element.PURPOSE)
    withdrawal = said.get(Element.WITHDRAWAL)
    platform = terms.platform
    return ConsentRecord(
        record_id=uuid.uuid5(_RECORDS, f"{member}/{text}"),
        pii_principal_id=member,
        notice=None if version is None else _notice(version),
        text_sha256=text,
        purpose=purpose if isinstance(purpose, str) else None,
        prohibited_uses=_names(value.get(Element.PROHIBITED_USES)),
        items=_names(value.get(Element.ITEMS)),
        controller=Party("platform", platform.legal_name, platform.address, platform.representative, "controller"),
        storage_location=platform.address,
        platform_days=kept.platform_days,
        recipient_days=kept.recipient_days,
        jurisdiction="JP",
        recipients=tuple(
            _recipient(terms.clients[name]) for name in sorted(named.members - taken_out) if name in terms.clients
        ),
        recipient_class=named.closed_class or named.open_class,
        withdrawal_method=None if withdrawal is None else withdrawal.quote,
        validity_days=None if version is None else version.consent_valid_days,
        events=tuple(events),
    )


def _providing_clause(version: PolicyVersion) -> Clause:
    """The clause that says most of what a provision asks for; clauses are never added up."""
    empty = Clause("", {})
    return max(
        version.clauses,
        key=lambda clause: (Element.THIRD_PARTY_PROVISION in clause.statements, len(clause.statements)),
        default=empty,
    )


def _notice(version: PolicyVersion) -> Notice:
    return Notice(version.policy_id, version.version_id, version.language, version.text_sha256, version.text)


def _names(value: object) -> tuple[str, ...]:
    return tuple(sorted(value)) if isinstance(value, frozenset) else ()


def _recipient(client: Client) -> Party:
    return Party(client.client_id, client.legal_name, client.address, client.representative, "recipient")
