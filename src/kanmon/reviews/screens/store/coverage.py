"""What the coverage crawl saw: as looks at screens that the gate reads, and as findings that people read."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ARRAY, Text, bindparam, func, insert, select, text

from kanmon.clients.store import ServiceStore
from kanmon.consent.evidence import ACCEPT
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.screens import Rendering, Screen
from kanmon.consent.store.acts import renderings
from kanmon.consent.store.words import own_hashes_of_registered
from kanmon.core.ids import EvidenceId, PolicyId, ScreenId
from kanmon.db.tables.evidence import consent_act
from kanmon.db.tables.review import consent_assessment, coverage_finding, coverage_run, coverage_surface, coverage_trial
from kanmon.db.unit_of_work import WriteSession
from kanmon.reviews.revisions.store import PostgresRevisionStore
from kanmon.reviews.screens.coverage import BoardCoverage, ScreenFinding, SeenText
from kanmon.reviews.screens.drift import Assessment
from kanmon.reviews.screens.store.records import CHANGES, HIDDEN, VIEWS, VISITOR

VERIFIED_BY = "crawler"
_ARRAYS = [bindparam("screens", type_=ARRAY(Text)), bindparam("texts", type_=ARRAY(Text))]
_NUMBER_TEXTS = text(
    "INSERT INTO displayed_text (text_sha256) SELECT unnest(:texts) EXCEPT SELECT text_sha256 FROM displayed_text"
).bindparams(_ARRAYS[1])
_ADD = text(
    """
    INSERT INTO rendering (screen_id, occurred_at, text_no, verified_by)
    SELECT seen.screen_id, :seen_at, t.text_no, :verified_by
    FROM unnest(:screens, :texts) AS seen (screen_id, text_sha256) JOIN displayed_text t USING (text_sha256)
    ON CONFLICT (screen_id, occurred_at, text_no) DO NOTHING
    """
).bindparams(*_ARRAYS)


class CoverageStore:
    """Looks at screens within one transaction; see `reviews.screens.drift.DriftFacts` for what it reads."""

    def __init__(self, session: WriteSession) -> None:
        self._connection = session.connection
        self._service = ServiceStore(session)
        self._revisions = PostgresRevisionStore(session)

    def add(self, seen: Collection[SeenText], seen_at: datetime) -> None:
        """Keep which words each screen was seen to show at a moment; the same twice changes nothing."""
        own = own_hashes_of_registered(self._connection)
        texts = [own.get(one.text_sha256, one.text_sha256) for one in seen]
        self._connection.execute(_NUMBER_TEXTS, {"texts": sorted(set(texts))})
        self._connection.execute(
            _ADD,
            {
                "seen_at": seen_at,
                "verified_by": VERIFIED_BY,
                "screens": [one.screen_id for one in seen],
                "texts": texts,
            },
        )

    def keep(self, coverage: BoardCoverage, begun_at: datetime, *, is_round: bool) -> None:
        """Keep everything that a run found; `begun_at` is the machine's moment before its first look."""
        own = {"run_id": coverage.run_id}
        self._connection.execute(
            insert(coverage_run).values(
                **own,
                seen_at=coverage.seen_at,
                begun_at=begun_at,
                is_round=is_round,
                is_whole=coverage.is_whole,
                pages=coverage.pages,
                seconds=coverage.seconds,
            )
        )
        self._connection.execute(insert(coverage_finding), [{**own, **_row(one)} for one in coverage.findings])
        pages = [
            {
                "address": page.address,
                "linked_from": page.linked_from,
                "policies": list(page.policies),
                "has_consent_form": page.has_consent_form,
                "visitor": None if page.visitor is None else VISITOR.dump_python(page.visitor, mode="json"),
            }
            for page in coverage.unregistered
        ]
        trials = [
            {"screen_id": trial.screen_id, "verdict": trial.verdict, "detriments": list(trial.detriments)}
            for trial in coverage.trials
        ]
        for table, rows in ((coverage_surface, pages), (coverage_trial, trials)):
            if rows:
                self._connection.execute(insert(table), [{**own, **row} for row in rows])

    def open(self, assessments: Sequence[Assessment], places: Sequence[int], opened_at: datetime) -> None:
        """Keep assessments, each with its place in the ledger."""
        for assessment, seq in zip(assessments, places, strict=True):
            self._connection.execute(
                insert(consent_assessment).values(
                    {
                        "class": "U",
                        "screen_id": assessment.screen_id,
                        "run_id": assessment.run_id,
                        "last_right_at": assessment.last_right_at,
                        "found_at": assessment.found_at,
                        "consent_nos": list(assessment.consents),
                        "opened_at": opened_at,
                        "ledger_seq": seq,
                    }
                )
            )

    def all_screens(self) -> Sequence[Screen]:
        """Every registered screen."""
        return list(self._service.screens())

    def policy_versions(self) -> Sequence[PolicyVersion]:
        """Every registered policy version."""
        return list(self._service.policy_versions())

    def displayed_versions(self) -> Mapping[int, PolicyVersion]:
        """The registered policy version behind each number of a displayed text."""
        return self._service.displayed_versions()

    def renderings(self) -> Sequence[Rendering]:
        """What screens were seen to show."""
        return renderings(self._connection)

    def policies_rolling_out(self) -> Collection[PolicyId]:
        """Policies of which a revision is being brought to the screens."""
        return {version.policy_id for version in self._revisions.versions_rolling_out()}

    def agreements_on(self, screen: ScreenId, since: datetime, until: datetime) -> Sequence[EvidenceId]:
        """Agreements given on a screen from `since` to `until`, both included."""
        act = consent_act.c
        given = select(act.consent_no).where(
            act.screen_id == screen, act.action == ACCEPT, act.occurred_at.between(since, until)
        )
        return [EvidenceId(number) for number in self._connection.scalars(given.order_by(act.consent_no))]

    def is_assessed(self, screen: ScreenId, last_right_at: datetime | None) -> bool:
        """Whether an assessment was opened for a screen that was last seen right at that moment."""
        opened = select(func.count()).where(
            consent_assessment.c.screen_id == screen,
            consent_assessment.c.last_right_at.is_not_distinct_from(last_right_at),
        )
        return self._connection.execute(opened).scalar_one() > 0


def _row(one: ScreenFinding) -> dict[str, object]:
    return {
        "screen_id": one.screen_id,
        "language": one.language,
        "outcome": one.worst.outcome,
        "expected_sha256": one.expected,
        "found_sha256": one.worst.found,
        "address": one.address,
        "problem": one.problem,
        "version": one.worst.version,
        "wrong": one.wrong,
        "looks": one.looks,
        "changes": CHANGES.dump_python(one.worst.changes, mode="json"),
        "hidden": HIDDEN.dump_python(one.worst.hidden, mode="json"),
        "pictures": list(one.pictures),
        "views": VIEWS.dump_python(one.views, mode="json"),
    }
