"""What must be public about retained personal data, out of what is in force right now (APPI Art. 32; APPI-20)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kanmon.clients.contract import Client, Platform, ServiceTerms


@dataclass(frozen=True)
class PurposeInUse:
    """A purpose of contracts in force, for whom, and what it must not become."""

    purpose: str
    prohibited_uses: Sequence[str]
    clients: Sequence[Client]


@dataclass(frozen=True)
class PublicStatement:
    """The operator and every purpose in use."""

    platform: Platform
    law_profile_id: str
    purposes: Sequence[PurposeInUse]


def about(terms: ServiceTerms, now: datetime) -> PublicStatement:
    """What is public at `now`: no contract in force is without its purpose here."""
    in_force = [
        client for client in terms.clients.values() if client.contract.starts_at <= now < client.contract.ends_at
    ]
    keys = sorted({(client.contract.purpose, tuple(sorted(client.contract.prohibited_uses))) for client in in_force})
    return PublicStatement(
        terms.platform,
        terms.law_profile_id,
        [
            PurposeInUse(
                purpose,
                prohibited,
                sorted(
                    (
                        client
                        for client in in_force
                        if (client.contract.purpose, tuple(sorted(client.contract.prohibited_uses)))
                        == (purpose, prohibited)
                    ),
                    key=lambda client: client.client_id,
                ),
            )
            for purpose, prohibited in keys
        ],
    )
