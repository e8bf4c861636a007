"""What a person is told."""

from collections.abc import Mapping, Sequence

from kanmon.application.application import Application
from kanmon.consent.store.acts import enter_acts
from kanmon.core.errors import UsageError
from kanmon.core.ids import EvidenceId, MemberId
from kanmon.core.language import N_
from kanmon.ledger.answer import write_answer
from kanmon.ledger.held_files import checkpoints_in
from kanmon.ledger.service import chain_of, receipts_for
from kanmon.ledger.training_proof import write_training_proof
from kanmon.rights.answer.consent_words import ConsentWords, words_of
from kanmon.rights.answer.entry import answer_entry
from kanmon.rights.answer.store.stubs import PostgresStubStore
from kanmon.rights.answer.store.subjects import SubjectRecords
from kanmon.rights.answer.store.training import agreements, closed_lists
from kanmon.rights.answer.stub import issue_code
from kanmon.rights.answer.told import SubjectView, receipts_of, records_of, view_of
from kanmon.rights.answer.training import TrainingState, training_states
from kanmon.rights.records.record import ConsentRecord
from kanmon.rights.requests.store import PostgresRequestStore


def subject_view(application: Application, member: MemberId) -> SubjectView:
    """What a member is told of what was done with the member's data."""
    with application.transactions.read() as work:
        return view_of(SubjectRecords(work.session), member, list(work.terms.clients.values()))


def consent_records(application: Application, member: MemberId) -> list[ConsentRecord]:
    """The records of a member's consents, one for each text that the member was shown."""
    with application.transactions.read() as work:
        return records_of(SubjectRecords(work.session), member, work.terms, application.clock.now())


def receipts_of_member(application: Application, member: MemberId) -> Mapping[int, bytes]:
    """A receipt for each of a member's acts and provisions that stands in the ledger, by its place there."""
    with application.transactions.read() as work:
        view = view_of(SubjectRecords(work.session), member, list(work.terms.clients.values()))
        return receipts_of(view, work.ledger, application.ledger_key.verifier)


def signed_answer(application: Application, member: MemberId, held: Sequence[bytes] = ()) -> bytes:
    """The answer to a member's “was I scored?”, entered into the ledger now, as a receipt with its proof.

    `held` are files that the member kept: the answer brings how the ledger extends the checkpoints in them. Raises
    `ReceiptInvalid` for one that isn't of this ledger.
    """
    real_at, key = application.clock.real(), application.ledger_key.verifier
    with application.transactions.read() as work:
        checkpoints = checkpoints_in(held, chain_of(work.ledger, key))
    with application.transactions.begin() as work:
        terms = work.terms
        work.ledger.hold()
        view = view_of(SubjectRecords(work.session), member, list(terms.clients.values()))
        entry = answer_entry(view, application.clock.now(), real_at if application.clock.is_replay else None)
        (seq,) = work.ledger.append([entry])
        work.ledger.sign(real_at)
    with application.transactions.read() as work:
        return write_answer(work.ledger, seq, key, checkpoints)


def training_of(application: Application, member: MemberId) -> list[TrainingState]:
    """Which models a member's history trained, on which consent, and what ended it; the newest first."""
    with application.transactions.read() as work:
        store = PostgresRequestStore(work.session)
        view = view_of(store, member, list(work.terms.clients.values()))
        return training_states(view.trained, view.acts, store.words(member), application.clock.now())


def training_proof(application: Application, member: MemberId) -> bytes:
    """For every model of every client the proof that a member's history trained it, or that it did not.

    Agreements that nothing relied on before are entered into the ledger. `LogInconsistent` where a list that is kept is
    not what its model committed to; `UsageError` for an unknown member.
    """
    with application.transactions.begin() as work:
        if SubjectRecords(work.session).registered_at(member) is None:
            raise UsageError(N_("no member %(member)s is known"), member=member)
        work.ledger.hold()
        unlogged = [act for act in agreements(work.session, member) if act.ledger_seq is None]
        seqs = work.ledger.append(act.entry(application.clock.now()) for act in unlogged)
        enter_acts(work.session, {act.evidence_id: seq for act, seq in zip(unlogged, seqs, strict=True)})
        work.ledger.sign(application.clock.real())
    with application.transactions.read() as work:
        key, ledger = application.ledger_key.verifier, work.ledger
        lists = [found.checked() for client in work.terms.clients for found in closed_lists(work.session, client)]
        acts = [act.ledger_seq for act in agreements(work.session, member) if act.ledger_seq is not None]
        receipts = receipts_for(ledger, [*acts, *(found.ledger_seq for found in lists)], key)
        models = [(receipts[found.ledger_seq], found.tree) for found in lists]
        return write_training_proof([receipts[seq] for seq in acts], models)


def consent_words(application: Application, member: MemberId, evidence: EvidenceId) -> ConsentWords:
    """What a member was shown in one act of consent, and what has changed since; `NotFound` if it isn't theirs."""
    with application.transactions.read() as work:
        work.check_loaded()
        return words_of(SubjectRecords(work.session), member, evidence, application.clock.now())


def new_check_code(application: Application, member: MemberId) -> str:
    """A code with which a member asks later what had been scored and provided; told here and never again."""
    with application.transactions.begin() as work:
        return issue_code(PostgresStubStore(work.session), member, application.clock.now())
