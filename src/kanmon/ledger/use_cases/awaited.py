"""Withdrawals and erasures that an older copy of the database had lost, taken as soon as their members are known."""

from collections.abc import Collection
from contextlib import suppress
from importlib import import_module

from kanmon.application.application import Application
from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, MemberId
from kanmon.ledger.second_copy import reference, reference_key
from kanmon.ledger.store.entries import PostgresLedgerStore
from kanmon.rights.erasure.service import person_of
from kanmon.rights.withdrawal.use_cases import withdraw_consent

ERASE = "erase:"
"""Before the hash by which the ledger names a person who asked for erasure."""
_ERASURE = "kanmon.rights.erasure.use_cases"
"""Loads the engine of the lake and what writes reports: only where somebody waits to be erased."""


def take_awaited(application: Application) -> int:
    """Take what can be taken now; of how many people an erasure was asked for again."""
    with application.transactions.begin() as work:
        awaited = PostgresLedgerStore(work.session).awaited()
    if not awaited:
        return 0
    known = references_of(application, {who for _, who, _ in awaited})
    erased = 0
    for seq, who, client in awaited:
        member = known.get(who)
        if member is None:
            continue
        with suppress(UsageError):  # a client that isn't known yet: it goes on waiting
            if who.startswith(ERASE):
                import_module(_ERASURE).ErasureService(application).request(member)
                erased += 1
            else:
                withdraw_consent(application, member, None if client is None else ClientId(client))
            with application.transactions.begin() as work:
                PostgresLedgerStore(work.session).took(seq)
    return erased


def references_of(application: Application, asked: Collection[str]) -> dict[str, MemberId]:
    """Which members these references stand for; those of members who aren't known are left out."""
    keys = [reference_key(key) for key in application.signing_keys()]
    persons = any(who.startswith(ERASE) for who in asked)
    with application.transactions.begin() as work:
        members = [MemberId(member) for member in PostgresLedgerStore(work.session).members()] if asked else []
    known: dict[str, MemberId] = {}
    for member in members:
        names = [reference(key, member) for key in keys]
        if persons:
            names.append(ERASE + person_of(application.erasure_key.code_of(member), member).hex())
        known |= {name: member for name in names if name in asked}
    return known
