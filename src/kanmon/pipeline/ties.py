"""Ties of applicants to members that a command may rest on."""

from collections.abc import Sequence

from kanmon.clients.contract import Client, LegalBasis, Scheme
from kanmon.core.errors import TiesOutdated
from kanmon.core.language import N_
from kanmon.core.transaction import Begin
from kanmon.pipeline.ports import Transaction

_LINKS_FIRST = ("run", "link")
"""The commands that judge such ties anew before anything rests on them."""


def may_be_linked(client: Client) -> bool:
    """Whether a client's lists may meet the board's members at all: scheme B, and not as the client's entrustee."""
    contract = client.contract
    return contract.scheme is Scheme.PERSONAL_DATA and contract.legal_basis is not LegalBasis.ENTRUSTMENT


def require_ties_of_these_rules(command: str, clients: Sequence[Client], begin: Begin[Transaction]) -> None:
    """`TiesOutdated` where a command rests on ties that the linker made under rules that have changed since."""
    if command in _LINKS_FIRST:
        return
    for client in filter(may_be_linked, clients):
        seasons = (client.contract.trains_on, client.contract.scores)
        with begin() as transaction:
            if transaction.links.is_outdated(client.client_id, seasons):
                raise TiesOutdated(
                    N_(
                        "applicants of client %(client)s were tied to members by rules that have changed since; "
                        "run: kanmon link --client %(client)s"
                    ),
                    client=client.client_id,
                )
