"""The reviews of releases as the gate reads them: who approved what, in which role, and when."""

from collections.abc import Sequence

from sqlalchemy import Connection, Row, select

from kanmon.clients.contract import ReviewRole
from kanmon.db.tables.house_review import release_step
from kanmon.gate.releases import ReviewAct, ReviewedAct, Viewpoint

STEPS = select(release_step).order_by(release_step.c.step_no)
"""Every step of every review, in the order in which they were recorded."""


def reviewed(connection: Connection) -> Sequence[ReviewedAct]:
    """All acts of reviews as the gate reads them, in the order in which they were recorded."""
    return [reviewed_of(row) for row in connection.execute(STEPS)]


def reviewed_of(row: Row[tuple[object, ...]]) -> ReviewedAct:
    """A recorded step of a review, as the gate reads it."""
    return ReviewedAct(
        row.release_id,
        ReviewAct(row.act),
        None if row.viewpoint is None else Viewpoint(row.viewpoint),
        ReviewRole(row.role),
        row.person,
        row.acted_at,
        row.content_sha256,
        row.is_research,
        row.passes,
    )
