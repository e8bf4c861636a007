"""Reviews of releases and legal assessments, in PostgreSQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter
from sqlalchemy import insert, select, text

from kanmon.access.account import Account
from kanmon.clients.contract import GroupRole
from kanmon.db.locks import hold_consents, hold_revisions
from kanmon.db.tables.house_review import legal_assessment, release_step
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.gate.releases import ReviewAct
from kanmon.gate.store.approvals import STEPS, reviewed_of
from kanmon.reviews.legal.service import AssessmentKind, AssessmentSubject, LegalAssessment, LegalOpinion
from kanmon.reviews.releases.model import Description, Release, ReviewEntry


@cache
def _description() -> TypeAdapter[Description]:
    return TypeAdapter(Description)


@cache
def _words() -> TypeAdapter[Mapping[str, str]]:
    return TypeAdapter(Mapping[str, str])


_GROUP = text(
    """
    SELECT company ->> 'legal_name', company ->> 'role'
    FROM service, jsonb_array_elements(coalesce(platform -> 'group', '[]')) WITH ORDINALITY named (company, place)
    ORDER BY place
    """
)
_KNOWN: Mapping[AssessmentKind, str] = {
    AssessmentKind.RELEASE: "SELECT EXISTS (SELECT FROM release_step WHERE release_id = :name)"
    " OR EXISTS (SELECT FROM service WHERE release ->> 'release_id' = :name)",
    AssessmentKind.REVISION: "SELECT EXISTS (SELECT FROM revision WHERE revision_no::text = :name)",
    AssessmentKind.POLICY: "SELECT EXISTS (SELECT FROM policy_version WHERE policy_id || '/' || version_id = :name)"
    " OR EXISTS (SELECT FROM revision WHERE policy_id || '/' || version_id = :name)",
    AssessmentKind.CONTRACT: "SELECT EXISTS (SELECT FROM client WHERE client_id = :name)",
}


class PostgresReviewRecords:
    """What was said of releases, and what legal considered, read in one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._connection = session.connection

    def releases(self) -> Sequence[Release]:
        """See `reviews.releases.service.ReviewStore`."""
        said: dict[str, list[ReviewEntry]] = {}
        for row in self._connection.execute(STEPS):
            act = reviewed_of(row)
            is_description = act.act is ReviewAct.DESCRIBE
            description = _description().validate_python(row.words) if is_description else None
            words = {} if is_description else _words().validate_python(row.words)
            said.setdefault(act.release_id, []).append(
                ReviewEntry(act, words, row.real_at, row.ledger_seq, description)
            )
        return [Release(release_id, tuple(steps)) for release_id, steps in reversed(said.items())]

    def parents(self) -> Sequence[str]:
        """See `reviews.releases.service.ReviewStore`."""
        return [name for name, role in self._connection.execute(_GROUP) if role == GroupRole.PARENT]

    def parties(self) -> Sequence[str]:
        """The companies of the group, as the terms in force name them."""
        return [name for name, _role in self._connection.execute(_GROUP)]

    def assessments(self) -> Sequence[LegalAssessment]:
        """See `reviews.legal.service.LegalRecords`."""
        ordered = select(legal_assessment).order_by(legal_assessment.c.ledger_seq.desc())
        return [
            LegalAssessment(
                row.assessment_no,
                row.version_no,
                LegalOpinion(
                    AssessmentSubject(AssessmentKind(row.kind), row.judged),
                    row.question,
                    row.analysis,
                    row.conclusion,
                    row.sources,
                    row.party,
                ),
                row.person,
                row.assessed_at,
                row.real_at,
                row.ledger_seq,
            )
            for row in self._connection.execute(ordered)
        ]


class PostgresReviewStore(PostgresReviewRecords):
    """See `reviews.releases.service.ReviewStore` and `reviews.legal.service.LegalStore`; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)

    def hold(self) -> datetime:
        """Hold the consents alone until the transaction ends."""
        return hold_consents(self._connection)

    def hold_assessments(self) -> None:
        """Let nobody else record an assessment until this transaction ends."""
        hold_revisions(self._connection)

    def add(self, said: ReviewEntry, account: Account) -> None:
        """Record an act for good."""
        act = said.act
        words = said.words if said.description is None else _description().dump_python(said.description, mode="json")
        self._connection.execute(
            insert(release_step).values(
                release_id=act.release_id,
                act=act.act,
                viewpoint=act.viewpoint,
                account_no=account.account_no,
                role=act.role,
                person=act.person,
                acted_at=act.at,
                real_at=said.real_at,
                content_sha256=act.content_sha256,
                is_research=act.is_research,
                passes=act.passes,
                words=dict(words),
                ledger_seq=said.ledger_seq,
            )
        )

    def is_known(self, judged: AssessmentSubject) -> bool:
        """Whether what is judged is there; of features and incidents only their names are known."""
        question = _KNOWN.get(judged.kind)
        return question is None or bool(self._connection.scalar(text(question), {"name": judged.name}))

    def is_party(self, party: str) -> bool:
        """Whether a company of the group is named so in the terms in force."""
        return party in self.parties()

    def add_assessment(self, assessment: LegalAssessment, account: Account) -> None:
        """Record a version for good."""
        said = assessment.considered
        self._connection.execute(
            insert(legal_assessment).values(
                assessment_no=assessment.assessment_no,
                version_no=assessment.version_no,
                kind=said.judged.kind,
                judged=said.judged.name,
                question=said.question,
                analysis=said.analysis,
                conclusion=said.conclusion,
                sources=said.sources,
                party=said.party,
                account_no=account.account_no,
                person=assessment.person,
                assessed_at=assessment.at,
                real_at=assessment.real_at,
                ledger_seq=assessment.ledger_seq,
            )
        )
