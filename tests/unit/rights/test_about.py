"""The public page names every purpose of a contract in force, and none of others (APPI-20)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kanmon.clients.contract import Client, Contract, Platform, Scheme, ServiceTerms
from kanmon.core.ids import ClientId, SeasonId
from kanmon.rights.about import about

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CONTRACT = Contract(
    Scheme.PERSONAL_DATA, NOW - DAY, NOW + DAY, SeasonId("1"), SeasonId("2"), "follow_up_support",
    frozenset({"selection"}), "score", "", (), None, None, None, None,
)  # fmt: skip
CONTRACTS = {
    "one": CONTRACT,
    "two": CONTRACT,
    "else": replace(CONTRACT, purpose="another"),
    "stricter": replace(CONTRACT, prohibited_uses=frozenset({"selection", "pressure"})),
    "over": replace(CONTRACT, ends_at=NOW, purpose="over"),
    "begins": replace(CONTRACT, starts_at=NOW),
    "later": replace(CONTRACT, starts_at=NOW + DAY, ends_at=NOW + 2 * DAY, purpose="later"),
}
TERMS = ServiceTerms(
    "JP-APPI-2022", Platform("p", "a", "r"), None, {},
    {ClientId(name): Client(ClientId(name), name, "a", "r", contract) for name, contract in CONTRACTS.items()},
)  # fmt: skip


def test_every_purpose_in_use_is_public() -> None:
    found = about(TERMS, NOW)
    assert [
        (one.purpose, one.prohibited_uses, [client.client_id for client in one.clients]) for one in found.purposes
    ] == [
        ("another", ("selection",), ["else"]),
        ("follow_up_support", ("pressure", "selection"), ["stricter"]),
        ("follow_up_support", ("selection",), ["begins", "one", "two"]),
    ]
    assert found.platform.legal_name == "p"
