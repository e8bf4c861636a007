"""The gate's facts as one query over evidence: engine-neutral, for more people than one database can answer for.

It asks what the control plane's own query asks, of evidence that was read at one moment. All instants are microseconds
since 1970 in UTC: no engine cuts or shifts them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from kanmon.core.clock import from_microseconds, microseconds
from kanmon.core.ids import ClientId
from kanmon.gate.service import FactRow

_BEFORE_ALL = -(2**62)
_INSTANTS = frozenset(
    {
        "as_of", "withdrawn_at", "refused_at", "first_at", "last_at", "confirmed_at", "consent_obtained_at",
        "objected_at", "affected_at", "earliest_at", "training_ended_at",
    }
)  # fmt: skip


def gathered(
    evidence: Mapping[str, ir.Table],
    client: ClientId,
    asked_at: datetime,
    doubted_until: datetime | None,
    *,
    are_notices_sent: bool,
) -> ir.Table:
    """The columns of `FactRow`, instants as microseconds, in no order; see `gate.service.GateFacts.fact_rows`.

    `are_notices_sent`: whether anybody was sent a notice of scoring before the moment asked; else all are informed.
    """
    asked = microseconds(asked_at)
    acts = evidence["act"].mutate(is_for_this_recipient=_concerns(evidence["act"], client))
    ended = _ended(acts, evidence["erased"], asked)
    stands = _stands(_with_standing(acts, evidence), ended, evidence["affected"], asked, doubted_until)
    agreed = _agreed_undecidedly(acts, ended, asked)
    notices = evidence["notice"].filter(_concerns(evidence["notice"], client)).select("member_no").distinct()
    found = evidence["applicant"]
    for number, part in enumerate(
        (
            ended.drop("ended_at", "ended_until"),
            agreed.mutate(agreed_when_ended=True),
            notices.mutate(is_informed=True),
            _objected(evidence["objection"], client, asked, is_of_training=False).rename(objected_at="at"),
            _objected(evidence["objection"], client, asked, is_of_training=True).rename(training_ended_at="at"),
            evidence["affected"],
            _on_hold(evidence["hold"], "member_no", client).mutate(is_member_on_hold=True),
            stands,
        )
    ):
        found = found.left_join(part, "member_no", rname=f"{{name}}_of_part_{number}")
    found = found.left_join(evidence["confirmation"], "applicant_no", rname="{name}_of_confirmation")
    rows_on_hold = _on_hold(evidence["hold"], "applicant_no", client).mutate(is_row_on_hold=True)
    found = found.left_join(rows_on_hold, "applicant_no", rname="{name}_of_hold")
    return found.select(
        "applicant_no", "applicant_id", "member_no", "as_of", "withdrawn_at", "refused_at", "text_no",
        "is_for_this_recipient", "was_refusable", "first_at", "last_at", "evidence_id", "standing", "giver",
        "was_under_16", "is_under_16",
        agreed_when_ended=found.agreed_when_ended.fill_null(False),
        is_informed=found.is_informed.fill_null(not are_notices_sent),
        cookie_id=found.cookie_id,
        confirmed_at=found.confirmed_at,
        confirmation_method=found.method,
        consent_obtained_at=found.obtained_at,
        confirmation_covers_training=found.covers_training,
        objected_at=found.objected_at,
        affected_at=found.affected_at,
        earliest_at=found.earliest_at,
        contradictions=found.contradictions,
        is_in_doubt=found.is_member_on_hold.fill_null(False) | found.is_row_on_hold.fill_null(False),
        is_unlinked=found.is_unlinked,
        training_ended_at=found.training_ended_at,
    )  # fmt: skip


def fact_rows(found: pa.Table) -> list[FactRow]:
    """Rows of `gathered` as the rules read them: those of one applicant together, the newest agreement first."""
    newest_first = [("applicant_no", "ascending"), ("last_at", "descending"), ("evidence_id", "descending")]
    found = found.sort_by(newest_first)
    columns = [_values(found[name], is_instant=name in _INSTANTS) for name in FactRow._fields]
    return [FactRow._make(values) for values in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray, *, is_instant: bool) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if not is_instant:
        return values
    return [None if value is None else from_microseconds(value) for value in values]


def _concerns(table: ir.Table, client: ClientId) -> ir.BooleanColumn:
    return table.client_id.isnull() | (table.client_id == client)


def _on_hold(holds: ir.Table, column: str, client: ClientId) -> ir.Table:
    """Whoever is on hold for the client or for all, by member or by the client's row."""
    return holds.filter(_concerns(holds, client) & holds[column].notnull()).select(column).distinct()


def _ended(acts: ir.Table, erased: ir.Table, asked: int) -> ir.Table:
    """When each person last withdrew and refused, the later of both, and up to when an agreement may be older.

    Whoever is erased has withdrawn by now.
    """
    ends = acts.filter((acts.counts_from <= asked) & (acts.action != "accept") & acts.is_for_this_recipient)
    ends = ends.select("member_no", "counts_from", "ends_until", "action")
    now = ibis.literal(asked, "int64")
    gone = erased.select("member_no", counts_from=now, ends_until=now, action=ibis.literal("withdraw"))
    ends = ibis.union(ends, gone)
    return ends.group_by("member_no").agg(
        withdrawn_at=ends.counts_from.max(where=ends.action == "withdraw"),
        refused_at=ends.counts_from.max(where=ends.action == "refuse"),
        ended_at=ends.counts_from.max(),
        ended_until=ends.ends_until.max(),
    )


def _agreed_undecidedly(acts: ir.Table, ended: ir.Table, asked: int) -> ir.Table:
    """Who agreed at a moment that may lie before or after the last end, or before or after the moment asked."""
    given = acts.filter((acts.action == "accept") & (acts.occurred_at <= asked))
    given = given.left_join(ended, "member_no").drop("member_no_right")
    is_new = given.latest_at >= given.ended_at.fill_null(_BEFORE_ALL)
    may_be_old = given.occurred_at <= given.ended_until.fill_null(_BEFORE_ALL)
    may_be_to_come = (given.occurred_at < asked) & (given.latest_at >= asked)
    return given.filter(is_new & (may_be_old | may_be_to_come)).select("member_no").distinct()


def _with_standing(acts: ir.Table, evidence: Mapping[str, ir.Table]) -> ir.Table:
    """Acts with what is doubted about their screens at their moment; null where nothing is."""
    doubt, released = evidence["doubt"], evidence["released"]
    then = [acts.screen_id == doubt.screen_id, acts.latest_at >= doubt.begins_at, acts.occurred_at < doubt.ends_at]
    doubted = acts.join(doubt, then).anti_join(released, ["doubt_no", "text_no"])
    standing = doubted.group_by("consent_no").agg(standing=doubted.standing.min())
    return acts.left_join(standing, "consent_no").drop("consent_no_right")


def _stands(
    acts: ir.Table, ended: ir.Table, affected: ir.Table, asked: int, doubted_until: datetime | None
) -> ir.Table:
    """The agreements that stand: one row for each person and whatever makes them stand or fall together."""
    given = acts.filter((acts.action == "accept") & (acts.latest_at < asked) & ~acts.is_corrected)
    given = given.left_join(ended.select("member_no", "ended_until"), "member_no").drop("member_no_right")
    given = given.filter(given.occurred_at > given.ended_until.fill_null(_BEFORE_ALL))
    given = given.left_join(affected, "member_no").drop("member_no_right")
    doubtful_to = _BEFORE_ALL if doubted_until is None else microseconds(doubted_until)
    given = given.select(
        "member_no", "text_no", "is_for_this_recipient", "standing", "occurred_at", "latest_at", "contradictions",
        "giver", "was_under_16",
        was_refusable=given.refusable,
        is_fresh=given.occurred_at > ibis.greatest(given.affected_at.fill_null(_BEFORE_ALL), doubtful_to),
        act=ibis.struct({"latest": given.latest_at, "at": given.occurred_at, "no": given.consent_no}),
    )  # fmt: skip
    groups = [
        "member_no", "text_no", "is_for_this_recipient", "was_refusable", "standing", "is_fresh", "contradictions",
        "giver", "was_under_16",
    ]  # fmt: skip
    same = given.group_by(groups).agg(
        first_at=given.latest_at.min(),
        last_at=given.occurred_at.max(),
        earliest_at=given.occurred_at.min(),
        earliest=given.act.min(),
    )
    return same.mutate(evidence_id=same.earliest["no"]).drop("is_fresh", "earliest")


def _objected(objections: ir.Table, client: ClientId, asked: int, *, is_of_training: bool) -> ir.Table:
    """Since when (`at`) each person objects, to every use or to training alone.

    The last word counts; of two at one instant, the objection does.
    """
    mine = objections.filter(_concerns(objections, client) & (objections.occurred_at <= asked))
    mine = mine.filter(mine.is_of_training == is_of_training)
    mine = mine.mutate(word=ibis.struct({"at": mine.occurred_at, "no": mine.is_objection.cast("int8")}))
    last = mine.group_by("member_no").agg(word=mine.word.max())
    last = last.filter(last.word["no"] == 1)
    return last.select("member_no", at=last.word["at"])
