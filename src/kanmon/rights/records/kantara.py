"""A consent record as a Kantara consent receipt 1.1: an export for those who take that form.

It has no place for the hash of the notice, for the events or for how to withdraw; the record stays what counts.
"""

from typing import Any

from kanmon.consent.state import VALID
from kanmon.core.errors import RecordIncomplete
from kanmon.core.language import N_
from kanmon.rights.records.record import ConsentRecord

VERSION = "KI-CR-v1.1.0"


def kantara_receipt(record: ConsentRecord) -> dict[str, Any]:
    """The receipt of an agreement that stands; `RecordIncomplete` where none does, or the record lacks something."""
    if not record.is_valid or record.notice is None:
        raise RecordIncomplete(
            N_("no receipt can be given of %(record)s: its state is %(state)s, and it lacks: %(missing)s"),
            record=record.record_id,
            state=record.state.value,
            missing=", ".join(record.missing()) or "-",
        )
    given = next(event for event in reversed(record.events) if event.state in VALID)
    assert given.act is not None
    controller = record.controller
    return {
        "version": VERSION,
        "jurisdiction": record.jurisdiction,
        "consentTimestamp": int(given.at.timestamp()),
        "collectionMethod": given.act.screen_id,
        "consentReceiptID": str(record.record_id),
        "language": record.notice.language,
        "piiPrincipalId": record.pii_principal_id,
        "piiControllers": [
            {
                "piiController": controller.name,
                "contact": controller.contact,
                "address": {"streetAddress": controller.address, "addressCountry": record.jurisdiction},
                "email": "",
                "phone": "",
            }
        ],
        "policyUrl": f"urn:sha256:{record.text_sha256}",
        "services": [
            {
                "service": controller.name,
                "purposes": [
                    {
                        "purpose": record.purpose,
                        "consentType": "EXPLICIT",
                        "purposeCategory": ["RecruitmentManagement"],
                        "piiCategory": list(record.items),
                        "primaryPurpose": False,
                        "termination": record.withdrawal_method,
                        "thirdPartyDisclosure": True,
                        "thirdPartyName": recipient.name,
                    }
                    for recipient in record.recipients
                ],
            }
        ],
        "sensitive": False,
        "spiCat": [],
    }
