"""Duties of laws abroad, and the documents that they ask for, over an open application."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import date

from kanmon.application.application import Application
from kanmon.audits.abroad.document import DocumentKind, LegalDocument, document
from kanmon.audits.abroad.files import document_page
from kanmon.audits.abroad.model import DutyStanding
from kanmon.audits.abroad.standing import standing
from kanmon.audits.abroad.store import AbroadStore
from kanmon.consent.abroad import duties_of
from kanmon.core.clock import day_of
from kanmon.core.ids import ClientId
from kanmon.ledger.entry import EntryType, NewEntry


def duties_abroad(
    application: Application, clients: Sequence[ClientId], day: date | None
) -> tuple[date, Mapping[ClientId, Sequence[DutyStanding]]]:
    """The duties of these clients (all, where none is named) on a day, else today, each with what meets it.

    `UnknownClient` where there is no contract with one.
    """
    now = application.clock.now()
    asked = day_of(now) if day is None else day
    with application.transactions.read() as work:
        terms, store = work.terms, AbroadStore(work.session)
        return asked, {
            client.client_id: standing(duties_of(client.contract.laws), store.facts(client, terms, now), asked)
            for client in terms.chosen(clients, None)
        }


def write_document(
    application: Application, kind: DocumentKind, client: ClientId, keep: Callable[[bytes], None]
) -> tuple[LegalDocument, bytes, int]:
    """A document about a client's scores, its file, and where its hash stands in the ledger.

    `keep` puts the file where it stays; where it fails, nothing is entered, and no duty counts as met by it.
    """
    with application.transactions.begin() as work:
        [company] = work.terms.chosen([client], None)
        now = application.clock.now()
        facts = AbroadStore(work.session).facts(company, work.terms, now)
        written = document(kind, company, work.terms.platform, facts)
        content = document_page(written).encode()
        keep(content)
        payload = {
            "audit": kind.value,
            "client_id": client,
            "model_id": None if facts.model is None else facts.model.model_id,
            "document_sha256": hashlib.sha256(content).hexdigest(),
            "sources": len(written.sources),
            "unknown": written.unknown,
        }
        (seq,) = work.ledger.append([NewEntry(EntryType.AUDIT, now, payload)])
        work.ledger.sign(application.clock.real())
    return written, content, seq
