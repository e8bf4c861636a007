"""Revisions of policies, their drafts and steps, and whom they ask again, within one transaction."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter
from sqlalchemy import ARRAY, Integer, bindparam, func, insert, select, text

from kanmon.access.account import Account, Role
from kanmon.clients.store import ServiceStore
from kanmon.consent.policy import Clause, PolicyVersion
from kanmon.core.ids import MemberNo, PolicyId, PolicyVersionId
from kanmon.db.locks import hold_consents, hold_revisions
from kanmon.db.tables.evidence import notice
from kanmon.db.tables.review import revision, revision_draft, revision_step
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.ledger.service import Ledger
from kanmon.ledger.store.notice_seals import NoticeSeals
from kanmon.reviews.revisions.model import Act, Actor, Revision, RevisionState, RevisionStep
from kanmon.reviews.revisions.rules import MissingQuotation
from kanmon.reviews.revisions.service import CoverageRecords as Records
from kanmon.reviews.revisions.service import Draft, PolicyRegistry
from kanmon.reviews.revisions.service import RevisionStore as Revisions
from kanmon.reviews.screens.store.records import PostgresCoverageRecords

REQUEST = "reconsent_request"
"""The kind of notice by which a person is asked to agree anew."""


@cache
def _clauses() -> TypeAdapter[tuple[Clause, ...]]:
    return TypeAdapter(tuple[Clause, ...])


@cache
def _unquoted() -> TypeAdapter[tuple[MissingQuotation, ...]]:
    return TypeAdapter(tuple[MissingQuotation, ...])


_ASK = text("INSERT INTO notice (member_no, occurred_at, kind) SELECT unnest(:members), :at, :kind").bindparams(
    bindparam("members", type_=ARRAY(Integer))
)


class PostgresRevisionStore:
    """See `reviews.revisions.service.RevisionStore`."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._connection = session.connection

    def hold(self) -> None:
        """Keep others from changing revisions, or the list of those to be asked, until this transaction ends."""
        hold_revisions(self._connection)

    def begin(self, policy: PolicyId, version: PolicyVersionId, at: datetime) -> int:
        """Begin a revision; its number."""
        begun = insert(revision).values(policy_id=policy, version_id=version, begun_at=at)
        return int(self._connection.execute(begun.returning(revision.c.revision_no)).scalar_one())

    def add_draft(self, revision_no: int, draft: Draft) -> None:
        """Keep a draft beside those before it."""
        drafts = select(func.coalesce(func.max(revision_draft.c.draft_no), 0)).where(
            revision_draft.c.revision_no == revision_no
        )
        number = self._connection.execute(drafts).scalar_one() + 1
        self._connection.execute(
            insert(revision_draft),
            [
                {
                    "revision_no": revision_no,
                    "draft_no": number,
                    "language": version.language,
                    "effective_from": version.effective_from,
                    "text": version.text,
                    "clauses": _clauses().dump_python(version.clauses, mode="json"),
                    "consent_valid_days": version.consent_valid_days,
                    "unquoted": _unquoted().dump_python(draft.unquoted, mode="json"),
                    "source": draft.source,
                }
                for version in draft.versions
            ],
        )

    def draft(self, revision_no: int) -> Draft:
        """The newest draft."""
        is_own = revision_draft.c.revision_no == revision_no
        newest = select(func.max(revision_draft.c.draft_no)).where(is_own).scalar_subquery()
        drafted = (
            select(revision_draft, revision.c.policy_id, revision.c.version_id)
            .join(revision, revision.c.revision_no == revision_draft.c.revision_no)
            .where(is_own, revision_draft.c.draft_no == newest)
            .order_by(revision_draft.c.language)
        )
        rows = self._connection.execute(drafted).all()
        versions = tuple(
            PolicyVersion(
                row.policy_id,
                row.version_id,
                row.language,
                row.effective_from,
                row.text,
                _clauses().validate_python(row.clauses),
                row.consent_valid_days,
            )
            for row in rows
        )
        return Draft(versions, _unquoted().validate_python(rows[0].unquoted), rows[0].source)

    def add_step(self, revision_no: int, step: RevisionStep, account: Account) -> None:
        """Keep a step."""
        self._connection.execute(
            insert(revision_step).values(
                revision_no=revision_no,
                act=step.act,
                state=step.state,
                account_no=account.account_no,
                person=step.by.person,
                role=step.by.role,
                acted_at=step.at,
                real_at=step.real_at,
                details=dict(step.details),
                ledger_seq=step.ledger_seq,
            )
        )

    def revision(self, revision_no: int) -> Revision | None:
        """The revision of that number."""
        return next(iter(self._revisions(revision_no)), None)

    def revisions(self) -> Sequence[Revision]:
        """All revisions, newest first."""
        return list(self._revisions(None))

    def versions_rolling_out(self) -> list[PolicyVersion]:
        """The versions that are being brought to the screens."""
        rolling_out = [one.revision_no for one in self.revisions() if one.state is RevisionState.DEPLOYING]
        return [version for number in rolling_out for version in self.draft(number).versions]

    def _revisions(self, revision_no: int | None) -> Iterator[Revision]:
        chosen = select(revision).order_by(revision.c.revision_no.desc())
        steps = select(revision_step).order_by(revision_step.c.step_no)
        if revision_no is not None:
            chosen = chosen.where(revision.c.revision_no == revision_no)
            steps = steps.where(revision_step.c.revision_no == revision_no)
        taken: dict[int, list[RevisionStep]] = {}
        for row in self._connection.execute(steps):
            step = RevisionStep(
                Act(row.act),
                RevisionState(row.state),
                Actor(row.person, Role(row.role)),
                row.acted_at,
                row.real_at,
                row.details,
                row.ledger_seq,
            )
            taken.setdefault(row.revision_no, []).append(step)
        for row in self._connection.execute(chosen):
            yield Revision(row.revision_no, row.policy_id, row.version_id, tuple(taken.get(row.revision_no, ())))


class ReconsentStore(PostgresRevisionStore):
    """See `reviews.revisions.reconsent.RequestStore`."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._session = session

    def asked_since(self, since: datetime) -> frozenset[MemberNo]:
        """Who was put on the list at a moment or later."""
        asked = select(notice.c.member_no).where(notice.c.kind == REQUEST, notice.c.occurred_at >= since)
        return frozenset(MemberNo(number) for number in self._connection.scalars(asked))

    def add(self, members: Collection[MemberNo], at: datetime) -> None:
        """Put members on the list."""
        with NoticeSeals(self._session).sent(members):
            self._connection.execute(_ASK, {"members": list(members), "at": at, "kind": REQUEST})


class PostgresRevisionTransaction:
    """See `reviews.revisions.service.RevisionTransaction`."""

    def __init__(self, session: WriteSession, ledger: Ledger) -> None:
        self._session = session
        self.registry: PolicyRegistry = ServiceStore(session)
        self.revisions: Revisions = PostgresRevisionStore(session)
        self.coverage: Records = PostgresCoverageRecords(session)
        self.ledger = ledger

    def hold_consents(self) -> None:
        """Wait for all that rely on consents, and let nobody begin to until this transaction ends."""
        hold_consents(self._session.connection)
