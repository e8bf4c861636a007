"""Counts of rendered words and the tickets that prove reports, in SQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ARRAY, LargeBinary, Text, bindparam, text

from kanmon.consent.collected.store import Registry, RollOuts
from kanmon.consent.policy import PolicyVersion
from kanmon.consent.rendered.model import (
    HOUR,
    KEPT,
    PROVEN_ENOUGH,
    STANDS,
    TOLD_APART,
    UNPROVEN_ENOUGH,
    CountedWords,
    ReportedHour,
    ReportedWords,
    Ticket,
)
from kanmon.consent.screens import Screen
from kanmon.core.ids import ScreenId
from kanmon.db.unit_of_work import ReadSession, WriteSession

_USE = text(
    """
    WITH asked AS MATERIALIZED (
        SELECT t.ticket_sha256 FROM unnest(:tickets, :screens) AS a (ticket_sha256, screen_id)
        JOIN rendering_ticket t USING (ticket_sha256, screen_id)
        WHERE NOT t.is_used AND t.ends_at > :at ORDER BY t.ticket_sha256 FOR UPDATE OF t
    )
    UPDATE rendering_ticket t SET is_used = true FROM asked WHERE t.ticket_sha256 = asked.ticket_sha256
    RETURNING t.ticket_sha256, t.screen_id, t.language, t.version_id, t.text_sha256
    """
).bindparams(bindparam("tickets", type_=ARRAY(LargeBinary)), bindparam("screens", type_=ARRAY(Text)))
# Words that nobody knows are told apart up to a bound, those of proven reports apart from the others: no flood of
# forged hashes makes the table grow, and what is beyond the bound is counted all the same.
_COUNT = text(
    """
    INSERT INTO rendered_words AS known
        (screen_id, reported_in, language, version_id, text_sha256, is_right, is_known, proven, unproven)
    SELECT :screen_id, :hour, :language, :version_id,
           CASE WHEN :is_known OR EXISTS (
               SELECT FROM rendered_words w
               WHERE (w.screen_id, w.reported_in, w.text_sha256) = (:screen_id, :hour, :text_sha256)
           ) OR (
               SELECT count(DISTINCT text_sha256) FROM rendered_words w
               WHERE (w.screen_id, w.reported_in) = (:screen_id, :hour) AND NOT w.is_known AND w.text_sha256 <> ''
                 AND (w.proven > 0) = (:proven > 0)
           ) < :most THEN :text_sha256 ELSE '' END,
           :is_right, :is_known, :proven, :unproven
    ON CONFLICT (screen_id, reported_in, text_sha256, language, version_id, is_right) DO UPDATE
    SET proven = known.proven + excluded.proven, unproven = known.unproven + excluded.unproven
    """
)
_FORGET = text(
    """
    DELETE FROM rendered_words WHERE ctid = ANY (ARRAY(
        SELECT ctid FROM rendered_words WHERE reported_in < :before LIMIT 1000 FOR UPDATE SKIP LOCKED
    ))
    """
)
_TOLD = text(
    """
    WITH span AS (
        SELECT screen_id, text_sha256, sum(proven) AS proven, sum(unproven) AS unproven, bool_or(is_known) AS is_known
        FROM rendered_words CROSS JOIN LATERAL (VALUES (reported_in), (reported_in + :hour)) AS s (ends_in)
        WHERE NOT is_right AND reported_in > :since
        GROUP BY screen_id, text_sha256, ends_in
    ), told AS (
        SELECT DISTINCT screen_id, text_sha256 FROM span
        WHERE proven >= CASE WHEN is_known THEN 1 ELSE :proven_enough END
           OR unproven >= CASE WHEN is_known THEN :proven_enough ELSE :unproven_enough END
    ), counted AS (
        SELECT screen_id, text_sha256, sum(proven)::bigint AS proven, sum(unproven)::bigint AS unproven,
               min(reported_in) AS first_in, max(reported_in) AS last_in
        FROM told JOIN rendered_words USING (screen_id, text_sha256)
        WHERE NOT is_right AND reported_in > :since
        GROUP BY screen_id, text_sha256
    )
    SELECT c.*,
           (SELECT min(version_id) FROM policy_version v WHERE v.text_sha256 = c.text_sha256) AS version_id,
           (SELECT max(r.seen_at) FROM coverage_finding f JOIN coverage_run r USING (run_id)
            WHERE f.screen_id = c.screen_id AND f.outcome <> 'unreachable' AND r.seen_at >= c.first_in) AS looked_at,
           EXISTS (SELECT FROM rendering d JOIN displayed_text t USING (text_no)
                   WHERE (d.screen_id, t.text_sha256, d.verified_by) = (c.screen_id, c.text_sha256, 'crawler')
                     AND d.occurred_at >= c.first_in) AS was_seen,
           EXISTS (SELECT FROM screen s
                   WHERE s.screen_id = c.screen_id AND coalesce(s.shown_from, '-infinity') <= :at
                     AND :at < coalesce(s.shown_to, 'infinity')) AS is_in_use
    FROM counted c ORDER BY c.screen_id, c.proven DESC, c.unproven DESC, c.text_sha256
    """
)
_HOURS = text(
    """
    SELECT screen_id, reported_in, coalesce(sum(proven + unproven) FILTER (WHERE is_right), 0)::bigint AS right_words,
           coalesce(sum(proven + unproven) FILTER (WHERE NOT is_right), 0)::bigint AS wrong_words
    FROM rendered_words WHERE reported_in > :since GROUP BY screen_id, reported_in ORDER BY screen_id, reported_in
    """
)
_DISAGREEING = text(
    """
    SELECT screen_id, count(*) AS agreements FROM consent_answer
    WHERE page_check = 'disagrees' AND consent_no IS NOT NULL AND answered_at > :since
    GROUP BY screen_id ORDER BY screen_id
    """
)


class PostgresRenderingStore:
    """See `consent.rendered.service.RenderingStore`; one transaction."""

    def __init__(self, session: WriteSession, registry: Registry, roll_outs: RollOuts) -> None:
        self._connection = session.connection
        self._registry = registry
        self._roll_outs = roll_outs

    def screens(self) -> Sequence[Screen]:
        """Every registered screen."""
        return list(self._registry.screens())

    def versions(self) -> Sequence[PolicyVersion]:
        """Every registered policy version."""
        return list(self._registry.policy_versions())

    def rolling_out(self) -> Sequence[PolicyVersion]:
        """The versions that a revision is bringing to the screens, and that are not in force yet."""
        return self._roll_outs.versions_rolling_out()

    def use_tickets(self, tickets: Mapping[bytes, ScreenId], at: datetime) -> Mapping[bytes, Ticket]:
        """Use up those of these tickets that were served for that screen, not used and not over; what each is for."""
        asked = {"tickets": list(tickets), "screens": list(tickets.values()), "at": at}
        return {
            row.ticket_sha256: Ticket(row.screen_id, row.language, row.version_id, row.text_sha256)
            for row in self._connection.execute(_USE, asked)
        }

    def count(self, words: CountedWords, hour: datetime, proven: int, unproven: int) -> None:
        """Add to the counts of an hour."""
        counts = {"hour": hour, "proven": proven, "unproven": unproven, "most": TOLD_APART}
        self._connection.execute(_COUNT, {**vars(words), **counts})

    def forget(self, at: datetime) -> None:
        """Delete counts that are older than they are kept."""
        self._connection.execute(_FORGET, {"before": at - KEPT})


class ReportedRenderings:
    """What browsers reported: reads only."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._connection = session.connection

    def told(self, at: datetime) -> Sequence[ReportedWords]:
        """The other words that were reported often enough to be told, by screen, the most often reported first."""
        enough = {"proven_enough": PROVEN_ENOUGH, "unproven_enough": UNPROVEN_ENOUGH}
        rows = self._connection.execute(_TOLD, {"at": at, "since": at - STANDS, "hour": HOUR, **enough})
        return [ReportedWords(**row._mapping) for row in rows]

    def disagreeing(self, at: datetime) -> Mapping[ScreenId, int]:
        """Agreements without script, by screen, where the crawler had seen other words without script."""
        rows = self._connection.execute(_DISAGREEING, {"since": at - STANDS})
        return {row.screen_id: row.agreements for row in rows}

    def hours(self, since: datetime) -> Sequence[ReportedHour]:
        """The reports of each screen, hour by hour."""
        return [ReportedHour(*row) for row in self._connection.execute(_HOURS, {"since": since})]
