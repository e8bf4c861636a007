"""`kanmon subject consents`: the record of each of a person's consents, and its exports."""

import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, JsonOption, MemberArgument, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.consent.state import ConsentState
from kanmon.core.clock import TOKYO
from kanmon.core.ids import MemberId
from kanmon.core.language import N_, preferred_language, translations
from kanmon.ledger.entry import instant
from kanmon.rights.answer.use_cases.people import consent_records
from kanmon.rights.records.dpv import dpv_record
from kanmon.rights.records.kantara import kantara_receipt
from kanmon.rights.records.record import ConsentRecord
from kanmon.rights.records.shapes import ConsentRecordResult, ConsentRecords, DpvRecords, KantaraReceipts

_STATES: Mapping[ConsentState, str] = {
    ConsentState.UNKNOWN: N_("nobody knows the words that were shown"),
    ConsentState.REQUESTED: N_("asked for"),
    ConsentState.DEFERRED: N_("put off"),
    ConsentState.REFUSED: N_("not given"),
    ConsentState.GIVEN: N_("given"),
    ConsentState.RENEWED: N_("given again"),
    ConsentState.WITHDRAWN: N_("withdrawn"),
    ConsentState.EXPIRED: N_("run out"),
    ConsentState.REVOKED: N_("revoked"),
    ConsentState.INVALIDATED: N_("found never to have been valid"),
}


class OutputForm(StrEnum):
    """The form of what is printed."""

    RECORD = "record"
    DPV = "dpv"
    KANTARA = "kantara"


def subject_consents(
    member: MemberArgument,
    form: Annotated[
        OutputForm,
        typer.Option("--format", help="record: as kept here. dpv: JSON-LD. kantara: receipts of consents that stand."),
    ] = OutputForm.RECORD,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """The record of each of a member's consents, with the mandatory fields of ISO/IEC TS 27560."""
    with opened(workspace, at, alone=False) as application:
        records = consent_records(application, MemberId(member))
    if form is OutputForm.DPV:
        print_json(DpvRecords(records=[dpv_record(record) for record in records]))
    elif form is OutputForm.KANTARA:
        print_json(KantaraReceipts(receipts=[kantara_receipt(record) for record in records if record.is_valid]))
    elif as_json:
        print_json(ConsentRecords(records=[_facts(record) for record in records]))
    else:
        for record in records:
            _print(record)


def _facts(record: ConsentRecord) -> ConsentRecordResult:
    notice = record.notice
    return {
        "record_id": str(record.record_id),
        "pii_principal_id": record.pii_principal_id,
        "privacy_notice": None if notice is None else f"{notice.policy_id}/{notice.version_id}",
        "language": None if notice is None else notice.language,
        "text_sha256": record.text_sha256,
        "state": record.state.value,
        "is_valid": record.is_valid,
        "missing": record.missing(),
        "purpose": record.purpose,
        "pii_information": record.items,
        "pii_controller": record.controller.name,
        "storage_location": record.storage_location,
        "retention_days": {"platform": record.platform_days, "recipient": record.recipient_days},
        "jurisdiction": record.jurisdiction,
        "recipient_third_parties": [recipient.name for recipient in record.recipients],
        "recipient_class": record.recipient_class,
        "withdrawal_method": record.withdrawal_method,
        "validity_days": record.validity_days,
        "events": [{"at": instant(event.at), "state": event.state.value} for event in record.events],
    }


def _print(record: ConsentRecord) -> None:
    words = (
        record.text_sha256[:12] if record.notice is None else f"{record.notice.policy_id} {record.notice.version_id}"
    )
    say(_("%(text)s: %(state)s"), text=words, state=_(_STATES[record.state]))
    for event in record.events:
        at = event.at.astimezone(TOKYO).isoformat(" ", "seconds")
        sys.stdout.write(f"  {at} {_(_STATES[event.state])}\n")
    if record.recipients:
        say(_("  to: %(names)s"), names=", ".join(recipient.name for recipient in record.recipients))
    if record.missing():
        say(_("  the words shown do not say: %(fields)s"), fields=", ".join(record.missing()))


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
