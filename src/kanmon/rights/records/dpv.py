"""A consent record as JSON-LD in the Data Privacy Vocabulary, after the guide to ISO/IEC TS 27560 with DPV.

The context stands in the document, so that nobody needs the network to read it. Terms are those of DPV 2.3.
"""

from typing import Any

from kanmon.consent.state import ConsentEvent
from kanmon.ledger.entry import instant
from kanmon.rights.records.record import SCHEMA, ConsentRecord, Party

CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "dct": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "loc": "https://w3id.org/dpv/loc#",
    "legal-jp": "https://w3id.org/dpv/legal/jp#",
}
_PURPOSES = {"follow_up_support": "dpv:RecruitmentManagement"}
_PROHIBITED = {"selection": "dpv:RecruitmentApplicantSelection"}


def dpv_record(record: ConsentRecord) -> dict[str, Any]:
    """The record as a JSON-LD document; what the record lacks is left out."""
    return {
        "@context": CONTEXT,
        "@id": f"urn:uuid:{record.record_id}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": {"@id": SCHEMA},
        "dct:identifier": str(record.record_id),
        "dpv:hasDataSubject": {
            "@type": ["dpv:DataSubject", "dpv:JobApplicant"],
            "dct:identifier": record.pii_principal_id,
        },
        "dpv:hasConsentStatus": [_event(event, record) for event in record.events],
        **_notice(record),
        "dpv:hasProcess": _process(record),
    }


def _event(event: ConsentEvent, record: ConsentRecord) -> dict[str, Any]:
    said: dict[str, Any] = {
        "@type": f"dpv:{event.state.value}",
        "dpv:isIndicatedAtTime": {"@type": "xsd:dateTime", "@value": instant(event.at)},
        "dpv:hasDuration": _validity(record.validity_days),
    }
    if event.act is not None:
        said["dpv:isIndicatedBy"] = {"dct:identifier": record.pii_principal_id}
        said["dpv:hasIndicationMethod"] = event.act.screen_id
    return said


def _validity(days: int | None) -> dict[str, Any]:
    if days is None:
        return {"@type": "dpv:UntilEventDuration", "dct:description": "until withdrawn"}
    return {"@type": "dpv:TemporalDuration", "dct:description": f"P{days}D"}


def _notice(record: ConsentRecord) -> dict[str, Any]:
    if record.notice is None:
        return {}
    notice = record.notice
    return {
        "dct:language": notice.language,
        "dpv:hasNotice": {
            "@type": "dpv:ConsentNotice",
            "dct:identifier": f"{notice.policy_id}/{notice.version_id}",
            "dct:hasVersion": notice.version_id,
            "dct:description": f"sha256:{notice.text_sha256}",
        },
    }


def _process(record: ConsentRecord) -> dict[str, Any]:
    said: dict[str, Any] = {
        "@type": "dpv:Process",
        "dpv:hasLegalBasis": {"@id": "dpv:ExplicitlyExpressedConsent"},
        "dpv:hasProcessing": [{"@id": "dpv:Match"}, {"@id": "dpv:Infer"}, {"@id": "dpv:ScoringOfIndividuals"}],
        "dpv:hasDataController": _party(record.controller),
        "dpv:hasStorageCondition": [{"@type": "dpv:StorageLocation", "dct:description": record.storage_location}],
        "dpv:hasJurisdiction": {"@id": f"loc:{record.jurisdiction}"},
        "dpv:hasApplicableLaw": {"@id": "legal-jp:law-APPI"},
        "dpv:hasPersonalData": [{"@type": "dpv:InferredPersonalData", "dct:identifier": item} for item in record.items],
        "dpv:hasRecipientThirdParty": [_party(recipient) for recipient in record.recipients],
        "dpv:hasProhibition": [{"dpv:hasPurpose": _purpose(use, _PROHIBITED)} for use in record.prohibited_uses],
    }
    if record.purpose is not None:
        said["dpv:hasPurpose"] = _purpose(record.purpose, _PURPOSES)
    if record.platform_days is not None:
        duration = {"@type": "dpv:StorageDuration", "dct:description": f"P{record.platform_days}D"}
        said["dpv:hasStorageCondition"].append(duration)
    if record.withdrawal_method is not None:
        said["dpv:hasConsentControl"] = {"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": record.withdrawal_method}
    return {name: value for name, value in said.items() if value != []}


def _purpose(name: str, known: dict[str, str]) -> dict[str, Any]:
    broader = known.get(name, "dpv:RecruitmentManagement")
    return {"@type": "dpv:Purpose", "dct:identifier": name, "skos:broader": {"@id": broader}}


def _party(party: Party) -> dict[str, Any]:
    return {
        "@type": "dpv:ThirdParty" if party.party_type == "recipient" else "dpv:DataController",
        "dct:identifier": party.party_id,
        "dpv:hasName": party.name,
        "dpv:hasAddress": party.address,
        "dpv:hasContact": party.contact,
    }
