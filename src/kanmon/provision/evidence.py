"""What the ledger keeps of a provision, so that each person can be told: who got what of me, when, on which consent.

APPI Art. 29 and 33(5), Enforcement Rules 19 to 21; of person-related information Art. 31(3), Enforcement Rules 28.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kanmon.clients.confirmation import Confirmation
from kanmon.consent.evidence import ConsentAct
from kanmon.core.ids import EvidenceId
from kanmon.gate.evidence import decisions_entry
from kanmon.gate.service import Decisions
from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.ledger.service import Ledger
from kanmon.provision.record import ProvidedPerson, Provision


@dataclass(frozen=True)
class LedgerPlaces:
    """Where a provision stands in the ledger, as the `seq` of each entry."""

    provision: int
    records: Sequence[int]
    """One for each person of the provision, in its order."""
    consents: Mapping[EvidenceId, int]
    """The consents that are in the ledger from this provision on."""


def log_provision(
    ledger: Ledger, provision: Provision, decisions: Decisions, consents: Mapping[EvidenceId, ConsentAct]
) -> LedgerPlaces:
    """Log the gate's answers, each consent that nothing relied on before, the provision, and each person's record."""
    at = provision.provided_at
    unlogged = [act for act in consents.values() if act.ledger_seq is None]
    entries = [decisions_entry(decisions, provision.run_id), *(act.entry(at) for act in unlogged)]
    _, *seqs = ledger.append([*entries, _provision_entry(provision)])
    newly = {act.evidence_id: seq for act, seq in zip(unlogged, seqs[:-1], strict=True)}
    records = ledger.append(_record_entries(provision, seqs[-1], consents, newly))
    return LedgerPlaces(seqs[-1], records, newly)


def _provision_entry(provision: Provision) -> NewEntry:
    return NewEntry(
        EntryType.PROVISION,
        provision.provided_at,
        {
            **_common(provision),
            "run_id": provision.run_id,
            "season": provision.season,
            "model_id": provision.model_id,
            "content_sha256": provision.content_sha256,
            "persons": len(provision.persons),
            **({} if provision.benefit is None else {"benefit": provision.benefit}),
        },
    )


def _record_entries(
    provision: Provision, provision_seq: int, consents: Mapping[EvidenceId, ConsentAct], newly: Mapping[EvidenceId, int]
) -> Iterator[NewEntry]:
    common = {**_common(provision), "provision_seq": provision_seq, "retain_until": provision.retain_until.isoformat()}
    for person in provision.persons:
        said: dict[str, object] = {**common, "items": _items(person)}
        if person.evidence_id is not None:
            act = consents[person.evidence_id]
            said["member_id"] = act.member_id
            said["consent"] = {
                "seq": newly.get(act.evidence_id, act.ledger_seq),
                "occurred_at": instant(act.occurred_at),
                "screen_id": act.screen_id,
                "text_sha256": act.text_sha256,
            }
        if person.confirmation is not None:
            said["confirmation"] = _confirmation(person.confirmation)
        yield NewEntry(EntryType.PROVISION_RECORD, provision.provided_at, said)


def _confirmation(confirmed: Confirmation) -> dict[str, object]:
    """That and how the recipient's consent was confirmed (Enforcement Rules 28(1)(i))."""
    return {
        "confirmed_at": instant(confirmed.confirmed_at),
        "method": confirmed.method,
        "obtained_at": instant(confirmed.obtained_at) if confirmed.obtained_at else None,
    }


def _items(person: ProvidedPerson) -> dict[str, object]:
    values: dict[str, object] = {
        "applicant_id": person.applicant_id,
        "score": str(person.score),
        "category": person.category,
    }
    return {item: values[item] for item in person.items}


def _common(provision: Provision) -> dict[str, object]:
    client = provision.client
    return {
        "provision_id": provision.provision_id,
        "recipient": {
            "client_id": client.client_id,
            "legal_name": client.legal_name,
            "address": client.address,
            "representative": client.representative,
        },
        "purpose": client.contract.purpose,
        "prohibited_uses": sorted(client.contract.prohibited_uses),
        "law_profile_id": provision.law_profile_id,
        "score_scale": provision.scale.value,
        "provided_at": instant(provision.provided_at),
        "real_at": instant(provision.real_at) if provision.is_replay else None,
    }
