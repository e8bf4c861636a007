"""Consent records: complete or no ground, and their exports valid by the schemas of others."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pyld import jsonld

from kanmon.clients.contract import Client, Platform
from kanmon.consent.evidence import ConsentAct
from kanmon.consent.policy import Element, PolicyVersion
from kanmon.consent.screens import Doubt, ScreenDoubt
from kanmon.consent.state import ConsentState
from kanmon.core.errors import RecordIncomplete
from kanmon.core.ids import ClientId, EvidenceId, MemberId, ScreenId, TextSha256
from kanmon.rights.records.dpv import CONTEXT, dpv_record
from kanmon.rights.records.kantara import kantara_receipt
from kanmon.rights.records.record import ConsentRecord, KnownWords, RecordTerms, consent_records
from kanmon_stories.season_plan import CLIENTS
from tests.stores.test_audit_store import CONTRACT
from tests.unit.consent.texts import COVERING, STALE, without

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MEMBER = MemberId("M1")
SCHEMA = json.loads(Path(__file__).with_name("kantara-1.1.schema.json").read_text())
TERMS = RecordTerms(
    Platform("株式会社ひろば就職情報", "東京都", "広場 学"),
    {
        ClientId(plan.client_id): Client(
            ClientId(plan.client_id), plan.legal_name, plan.address, plan.representative, CONTRACT
        )
        for plan in CLIENTS
    },
)


def act(
    days_ago: int, action: str = "accept", version: PolicyVersion = COVERING, client: str | None = None
) -> ConsentAct:
    at = NOW - timedelta(days=days_ago)
    narrowed = None if client is None else ClientId(client)
    return ConsentAct(EvidenceId(1), MEMBER, at, ScreenId("web_test"), version.text_sha256, action, narrowed, True)


def records(*acts: ConsentAct, versions: tuple[PolicyVersion, ...] = (COVERING, STALE)) -> list[ConsentRecord]:
    return consent_records(MEMBER, acts, KnownWords(versions, {}), TERMS, NOW)


def the_record(*acts: ConsentAct, version: PolicyVersion = COVERING) -> ConsentRecord:
    [record] = records(*acts, versions=(version,))
    return record


def test_a_text_that_says_all_makes_a_complete_record() -> None:
    record = the_record(act(9))
    assert (record.missing(), record.state, record.is_valid) == ((), ConsentState.GIVEN, True)
    assert [party.name for party in record.recipients] == [
        TERMS.clients[ClientId(name)].legal_name for name in sorted(plan.client_id for plan in CLIENTS)
    ]
    assert (record.purpose, record.items) == ("follow_up_support", ("applicant_id", "category", "score"))
    assert (record.platform_days, record.recipient_days) == (730, 180)


@pytest.mark.parametrize(
    ("element", "field"),
    [
        (Element.PURPOSE, "purposes"),
        (Element.ITEMS, "pii_information"),
        (Element.RETENTION, "retention_period"),
        (Element.RECIPIENTS, "recipient_third_parties"),
        (Element.WITHDRAWAL, "withdrawal_method"),
    ],
)
def test_what_the_words_do_not_say_is_missing_and_the_record_no_ground(element: Element, field: str) -> None:
    version = without(COVERING, element)
    record = the_record(act(9, version=version), version=version)
    assert (record.missing(), record.is_valid) == ((field,), False)
    with pytest.raises(RecordIncomplete):
        kantara_receipt(record)


def test_an_open_class_of_recipients_names_nobody() -> None:
    record = the_record(act(9, version=STALE), version=STALE)
    assert (record.recipients, record.recipient_class) == ((), "クライアント")
    assert "recipient_third_parties" in record.missing()


def test_unknown_words_are_never_agreed_to() -> None:
    [record] = records(replace(act(9), text_sha256=TextSha256("f" * 64)))
    assert (record.state, record.is_valid) == (ConsentState.UNKNOWN, False)
    assert "privacy_notice" in record.missing()


def test_each_text_has_a_record_and_a_withdrawal_ends_them_all() -> None:
    found = records(act(9, version=STALE), act(8), act(2, "withdraw"))
    assert [record.state for record in found] == [ConsentState.WITHDRAWN] * 2
    assert len({record.record_id for record in found}) == 2


@pytest.mark.parametrize(("client", "state"), [(None, ConsentState.WITHDRAWN), ("AOBA", ConsentState.RENEWED)])
def test_a_withdrawal_that_may_have_come_after_the_agreement_did(client: str | None, state: ConsentState) -> None:
    withdrawn = replace(act(9, "withdraw", client=client), latest_at=NOW - timedelta(days=7))
    record = the_record(act(20), act(8), withdrawn)
    assert record.state is state
    is_taken_out = TERMS.clients[ClientId("AOBA")].legal_name not in [party.name for party in record.recipients]
    assert is_taken_out is (client is not None)


def test_a_narrowed_withdrawal_takes_one_recipient_out() -> None:
    gone = CLIENTS[0].client_id
    left = the_record(act(9), act(2, "withdraw", client=gone))
    assert left.state is ConsentState.GIVEN
    assert gone not in [party.party_id for party in left.recipients]
    assert len(left.recipients) == len(CLIENTS) - 1
    back = the_record(act(9), act(2, "withdraw", client=gone), act(1))
    assert len(back.recipients) == len(CLIENTS)


def test_what_was_agreed_only_on_a_quarantined_screen_was_never_valid() -> None:
    days_8_to_10 = Doubt(ScreenId("web_test"), NOW - timedelta(10), NOW - timedelta(7), ScreenDoubt.QUARANTINED)
    shown = KnownWords((COVERING,), {1: COVERING}, (days_8_to_10,))
    [wrong] = consent_records(MEMBER, [act(9)], shown, TERMS, NOW)
    [right_once] = consent_records(MEMBER, [act(9), act(7)], shown, TERMS, NOW)
    released = KnownWords((COVERING,), {1: COVERING}, (replace(days_8_to_10, released=frozenset({1})),))
    [mended] = consent_records(MEMBER, [act(9)], released, TERMS, NOW)
    assert [wrong.state, right_once.state, mended.state] == [
        ConsentState.INVALIDATED, ConsentState.RENEWED, ConsentState.GIVEN,
    ]  # fmt: skip


def test_the_kantara_receipt_is_valid_by_its_schema() -> None:
    receipt = kantara_receipt(the_record(act(9)))
    jsonschema.validate(receipt, SCHEMA)
    for field in SCHEMA["required"]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({name: value for name, value in receipt.items() if name != field}, SCHEMA)


@pytest.mark.parametrize("action", ["refuse", "withdraw"])
def test_there_is_no_receipt_of_what_does_not_stand(action: str) -> None:
    with pytest.raises(RecordIncomplete):
        kantara_receipt(the_record(act(9), act(1, action)))


def refuse_network(url: str, options: dict[str, Any]) -> dict[str, Any]:
    raise AssertionError(f"the document reaches for {url}")


def names_in(value: object) -> set[str]:
    """Every name of a document, without those of its context."""
    if isinstance(value, dict):
        return {name for name in value if name != "@context"} | {
            name for key, held in value.items() if key != "@context" for name in names_in(held)
        }
    return {name for held in value for name in names_in(held)} if isinstance(value, list) else set()


@pytest.mark.parametrize("version", [COVERING, STALE], ids=["complete", "incomplete"])
def test_the_dpv_document_expands_without_the_network_and_loses_nothing(version: PolicyVersion) -> None:
    document = dpv_record(the_record(act(9, version=version), act(3, "withdraw", version=version), version=version))
    expanded = jsonld.expand(document, {"documentLoader": refuse_network})
    full = {CONTEXT[name.split(":")[0]] + name.split(":")[1] for name in names_in(document) if ":" in name}
    assert {name for name in names_in(expanded) if not name.startswith("@")} == full
    assert all(name.startswith("@") or ":" in name for name in names_in(document))
    compacted = jsonld.compact(expanded, CONTEXT, {"documentLoader": refuse_network})
    assert jsonld.expand(compacted, {"documentLoader": refuse_network}) == expanded
