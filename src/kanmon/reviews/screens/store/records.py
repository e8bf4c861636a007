"""What each run of the crawler found, as it was kept: reads only."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from sqlalchemy import ColumnElement, Row, Select, select, text

from kanmon.core.ids import RunId, ScreenId
from kanmon.db.tables.review import consent_assessment, coverage_finding, coverage_run, coverage_surface, coverage_trial
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.reviews.revisions.roll_out import CoverageFinding, CoverageRun
from kanmon.reviews.screens.coverage import (
    LookFinding,
    RefusalVerdict,
    ScreenFinding,
    ScreenOutcome,
    TextDifference,
    UnregisteredPage,
    VisitorView,
)
from kanmon.reviews.screens.drift import OpenedAssessment
from kanmon.reviews.screens.parity import Detriment
from kanmon.reviews.screens.seen import PolicyFragment
from kanmon.reviews.screens.visitor import BoardVisitor

_WHEN_USED = ConfigDict(defer_build=True)
CHANGES = TypeAdapter(tuple[TextDifference, ...], config=_WHEN_USED)
HIDDEN = TypeAdapter(tuple[PolicyFragment, ...], config=_WHEN_USED)
VIEWS = TypeAdapter(tuple[VisitorView, ...], config=_WHEN_USED)
VISITOR = TypeAdapter(BoardVisitor | None, config=_WHEN_USED)
_NEWEST = text(
    """
    SELECT run_id FROM (
        SELECT DISTINCT ON (screen_id, language) run_id FROM coverage_finding JOIN coverage_run USING (run_id)
        ORDER BY screen_id, language, begun_at DESC
    ) newest
    UNION (SELECT run_id FROM coverage_run ORDER BY begun_at DESC LIMIT 1)
    UNION (SELECT run_id FROM coverage_run WHERE is_round ORDER BY begun_at DESC LIMIT 1)
    """
)


class PostgresCoverageRecords:
    """See `reviews.revisions.service.CoverageRecords`."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._connection = session.connection

    def runs(self, begun_after: datetime) -> Sequence[CoverageFinding]:
        """All runs begun after a moment, oldest first."""
        return self._kept(coverage_run.c.begun_at > begun_after)

    def newest(self) -> Sequence[CoverageFinding]:
        """The runs that hold the newest finding of any screen, the last run and the last round, oldest first."""
        return self._kept(coverage_run.c.run_id.in_(list(self._connection.scalars(_NEWEST))))

    def _kept(self, condition: ColumnElement[bool]) -> list[CoverageFinding]:
        chosen = select(coverage_run).where(condition).order_by(coverage_run.c.begun_at, coverage_run.c.run_id)
        rows = self._connection.execute(chosen).all()
        ids = [row.run_id for row in rows]
        findings = self._by_run(
            select(coverage_finding)
            .where(coverage_finding.c.run_id.in_(ids))
            .order_by(coverage_finding.c.screen_id, coverage_finding.c.language)
        )
        pages = self._by_run(select(coverage_surface).where(coverage_surface.c.run_id.in_(ids)))
        trials = self._by_run(select(coverage_trial).where(coverage_trial.c.run_id.in_(ids)))
        return [
            CoverageFinding(
                CoverageRun(row.run_id, row.seen_at, row.begun_at, row.is_round, row.is_whole, row.pages, row.seconds),
                tuple(map(_finding, findings.get(row.run_id, ()))),
                tuple(
                    UnregisteredPage(
                        page.address,
                        page.linked_from,
                        tuple(page.policies),
                        page.has_consent_form,
                        VISITOR.validate_python(page.visitor),
                    )
                    for page in pages.get(row.run_id, ())
                ),
                {ScreenId(trial.screen_id): RefusalVerdict(trial.verdict) for trial in trials.get(row.run_id, ())},
                {
                    ScreenId(trial.screen_id): tuple(map(Detriment, trial.detriments))
                    for trial in trials.get(row.run_id, ())
                },
            )
            for row in rows
        ]

    def has_picture(self, run_id: RunId, name: str) -> bool:
        """Whether a run took a picture of that name."""
        taken = select(coverage_finding.c.run_id).where(
            coverage_finding.c.run_id == run_id, coverage_finding.c.pictures.contains([name])
        )
        return self._connection.execute(taken.limit(1)).first() is not None

    def looks_without_words(self, since: datetime, until: datetime) -> Collection[tuple[ScreenId, datetime]]:
        """When the crawler found a screen's words hidden or missing, from `since` on and before `until`."""
        found = (
            select(coverage_finding.c.screen_id, coverage_run.c.seen_at)
            .join_from(coverage_run, coverage_finding, coverage_finding.c.run_id == coverage_run.c.run_id)
            .where(coverage_run.c.seen_at >= since, coverage_run.c.seen_at < until)
            .where(coverage_finding.c.outcome.in_([ScreenOutcome.HIDDEN_WORDS, ScreenOutcome.NO_POLICY]))
        )
        return {(ScreenId(screen_id), seen_at) for screen_id, seen_at in self._connection.execute(found)}

    def assessments(self) -> Sequence[OpenedAssessment]:
        """The class-U assessments that were opened, newest first."""
        opened = select(consent_assessment).order_by(consent_assessment.c.assessment_no.desc())
        return [
            OpenedAssessment(
                row.assessment_no,
                row.screen_id,
                row.run_id,
                row.last_right_at,
                row.found_at,
                len(row.consent_nos),
                row.ledger_seq,
            )
            for row in self._connection.execute(opened)
        ]

    def _by_run(self, chosen: Select[Any]) -> Mapping[str, list[Row[Any]]]:
        found: dict[str, list[Row[Any]]] = {}
        for row in self._connection.execute(chosen):
            found.setdefault(row.run_id, []).append(row)
        return found


def _finding(row: Row[Any]) -> ScreenFinding:
    worst = LookFinding(
        ScreenOutcome(row.outcome),
        CHANGES.validate_python(row.changes),
        HIDDEN.validate_python(row.hidden),
        row.version,
        row.found_sha256,
    )
    return ScreenFinding(
        row.screen_id,
        row.language,
        row.address,
        worst,
        row.wrong,
        row.looks,
        row.problem,
        tuple(row.pictures),
        row.expected_sha256,
        VIEWS.validate_python(row.views),
    )
