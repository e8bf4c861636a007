"""Members and applicants as the linker compares them, and every decision about whose row is whose."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa
from psycopg import sql
from sqlalchemy import Row, insert, text

from kanmon.core.errors import LogInconsistent
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, MemberId, MemberNo, RunId, SeasonId
from kanmon.core.language import N_
from kanmon.db.bulk import copy_out
from kanmon.db.tables.work import link
from kanmon.db.unit_of_work import RowBatch, WriteSession
from kanmon.ledger.store.bound_rows import BoundRows, applicants_of
from kanmon.linkage.link import RULES, LinkDecision
from kanmon.linkage.personal import PERSONAL
from kanmon.linkage.review import Candidate, ExaminedApplicant, Personal
from kanmon.linkage.service import ApplicantList, Linking, MemberList

LINKER = "linker"
"""Who decided, where no person did; behind a slash stands the revision of its rules, which the first did not tell."""
_TYPES = {name: pa.date32() if name == "birth_date" else pa.string() for name in PERSONAL}
_COLUMNS = sql.SQL(", ").join(map(sql.Identifier, PERSONAL))
_MEMBERS = sql.SQL("SELECT member_no, {columns} FROM member WHERE season_id = {season} ORDER BY member_no")
_APPLICANTS = sql.SQL(
    """
    SELECT client_id, applicant_no, {columns} FROM applicant a
    WHERE client_id = {client} AND season_id = {season} AND brought_member_no IS NULL
      AND num_nonnulls({columns}) > 0 AND applicant_no <> ALL ({unproved}) AND coalesce((
        SELECT split_part(decided_by, '/', 1) FROM link l
        WHERE (l.client_id, l.applicant_no) = (a.client_id, a.applicant_no) ORDER BY link_no DESC LIMIT 1
      ), {linker}) = {linker}
    ORDER BY position, applicant_no
    """
)
_TAKEN = text(
    """
    SELECT a.member_no FROM applicant a
    WHERE a.client_id = :client AND a.season_id = :season AND a.member_no IS NOT NULL
      AND NOT a.applicant_no = ANY (:compared)
    """
)
_IS_FRESH = text(
    """
    SELECT bool_and(EXISTS (
        SELECT FROM link l JOIN run r USING (run_id)
        WHERE l.client_id = :client AND l.applicant_no = compared.applicant_no AND l.decided_by = :now
          AND r.real_at >= (
            SELECT greatest(max(loaded_at), (
                SELECT max(decided_at) FROM request_decision JOIN person_request USING (request_no)
                WHERE type = 'personal_data' AND outcome = 'accepted'
            )) FROM load WHERE dataset IN ('members', 'applicants')
        )
    ))
    FROM unnest(CAST(:compared AS int[])) compared (applicant_no)
    """
)
_DISSOLVED = text(
    """
    SELECT count(*) FROM applicant a JOIN link l USING (client_id, applicant_no)
    WHERE l.client_id = :client AND l.run_id = :run AND a.linked_member_no <> coalesce(l.member_no, -1)
    """
)
_OUTDATED = text(
    f"""
    SELECT EXISTS (
        SELECT FROM applicant a JOIN LATERAL (
            SELECT decided_by FROM link
            WHERE (client_id, applicant_no) = (a.client_id, a.applicant_no) ORDER BY link_no DESC LIMIT 1
        ) l ON true
        WHERE a.client_id = :client AND a.season_id = ANY (:seasons) AND a.linked_member_no IS NOT NULL
          AND a.brought_member_no IS NULL AND num_nonnulls({", ".join(PERSONAL)}) > 0
          AND split_part(l.decided_by, '/', 1) = :linker AND l.decided_by <> :now
    )
    """  # noqa: S608 - the columns are constants
)
_PUT_IN_FORCE = text(
    """
    UPDATE applicant a SET linked_member_no = l.member_no
    FROM link l
    WHERE l.client_id = :client AND l.run_id = :run AND a.applicant_no = l.applicant_no
      AND a.linked_member_no IS DISTINCT FROM l.member_no
    """
)
_EXAMINED = """
    SELECT a.season_id, a.applicant_no, a.applicant_id, l.decision, l.decided_by, {own}
    FROM applicant a JOIN LATERAL (
        SELECT decision, decided_by FROM link
        WHERE (client_id, applicant_no) = (a.client_id, a.applicant_no) ORDER BY link_no DESC LIMIT 1
    ) l ON true
    WHERE a.client_id = :client AND a.brought_member_no IS NULL AND {which}
    ORDER BY a.season_id, a.position
"""
_OWN = ", ".join(f"a.{name}" for name in PERSONAL)
_WAITING = text(_EXAMINED.format(own=_OWN, which="l.decision = 'review'"))
_OF_NAME = text(_EXAMINED.format(own=_OWN, which="a.applicant_id = :applicant"))
_CANDIDATES = text(
    f"""
    SELECT DISTINCT ON (found.applicant_no, m.member_no)
        found.applicant_no, m.member_no, m.member_id, found.match_weight, {", ".join(f"m.{name}" for name in PERSONAL)}
    FROM (
        SELECT l.applicant_no, l.link_no, c.member_no, c.match_weight
        FROM link l JOIN link_candidate c USING (client_id, link_no) WHERE l.client_id = :client
        UNION ALL
        SELECT applicant_no, link_no, member_no, match_weight FROM link WHERE client_id = :client
    ) found JOIN member m USING (member_no)
    WHERE found.applicant_no = ANY (:applicants)
    ORDER BY found.applicant_no, m.member_no, found.link_no DESC
    """  # noqa: S608 - the columns are constants
)


class LinkStore:
    """See `linkage.service.LinkRecords` and `linkage.review.ReviewRecords`; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    def members(self, season: SeasonId) -> MemberList:
        """The members of a season."""
        query = _MEMBERS.format(columns=_COLUMNS, season=sql.Literal(season))
        return MemberList(season, copy_out(self._session.connection, query, {"member_no": pa.int32(), **_TYPES}))

    def to_compare(self, client: ClientId, season: SeasonId) -> ApplicantList | None:
        """A client's rows whose member is for the linker to say; None where that was said since the last load.

        Rows whose tie is not what was recorded stay as they are, and the gate denies them: nobody knows whether a
        person decided about them.
        """
        self._session.act_for(client)
        unproved = self._unproved(client, season)
        if unproved is None:
            return None
        query = _APPLICANTS.format(
            columns=_COLUMNS,
            client=sql.Literal(client),
            season=sql.Literal(season),
            linker=sql.Literal(LINKER),
            unproved=sql.Literal(sorted(unproved)),
        )
        types = {"client_id": pa.string(), "applicant_no": pa.int32(), **_TYPES}
        rows = copy_out(self._session.connection, query, types)
        numbers = rows["applicant_no"].to_pylist()
        compared = {"client": client, "season": season, "compared": numbers, "now": _decided_now()}
        if not rows.num_rows or self._session.connection.execute(_IS_FRESH, compared).scalar_one():
            return None
        taken = frozenset(map(MemberNo, self._session.connection.scalars(_TAKEN, compared)))
        return ApplicantList(client, season, rows, taken)

    def record(self, linking: Linking, run_id: RunId, at: datetime) -> int:
        """Keep the linker's decisions, with the candidates of those to be reviewed, and put them in force."""
        client, by = linking.applicants.client_id, _decided_now()
        self._session.act_for(client)
        unproved = self._unproved(client, linking.applicants.season)
        if unproved is None or not unproved.isdisjoint(linking.applicants.numbers):
            raise _not_recorded(client)
        self._session.copy(
            "link",
            ("client_id", "applicant_no", "decision", "member_no", "match_weight", "decided_by", "linked_at", "run_id"),
            (
                (client, one.applicant_no, one.decision.value, one.member_no, one.match_weight, by, at, run_id)
                for one in linking.links
            ),
        )
        mine = {"client": client, "run": run_id}
        numbered = self._session.connection.execute(
            text("SELECT applicant_no, link_no FROM link WHERE client_id = :client AND run_id = :run"), mine
        )
        link_no = {row.applicant_no: row.link_no for row in numbered}
        self._session.copy(
            "link_candidate",
            ("link_no", "client_id", "member_no", "match_weight"),
            (
                (link_no[pair.applicant_no], client, pair.member_no, pair.match_weight)
                for one in linking.links
                for pair in one.candidates
            ),
        )
        dissolved: int = self._session.connection.execute(_DISSOLVED, mine).scalar_one()
        self._session.connection.execute(_PUT_IN_FORCE, mine)
        self._enter(client, linking.applicants.season, linking.applicants.numbers)
        return dissolved

    def is_outdated(self, client: ClientId, seasons: Sequence[SeasonId]) -> bool:
        """Whether a tie in force was made by the linker under rules that have changed since."""
        self._session.act_for(client)
        asked = {"client": client, "seasons": list(seasons), "linker": LINKER, "now": _decided_now()}
        return bool(self._session.connection.execute(_OUTDATED, asked).scalar_one())

    def waiting_count(self, client: ClientId, season: SeasonId) -> int:
        """How many of a client's rows wait for a person's look."""
        return sum(row.season == season for row in self.waiting(client))

    def waiting(self, client: ClientId) -> Sequence[ExaminedApplicant]:
        """The client's applicants whose newest decision is to review them, in the client's order."""
        self._session.act_for(client)
        return self._examined(client, self._session.connection.execute(_WAITING, {"client": client}).all())

    def examined(self, client: ClientId, applicant: ApplicantId) -> Sequence[ExaminedApplicant]:
        """The rows of that name that the linker has looked at, one for each season."""
        self._session.act_for(client)
        named = {"client": client, "applicant": applicant}
        return self._examined(client, self._session.connection.execute(_OF_NAME, named).all())

    def holder(self, client: ClientId, season: SeasonId, member: MemberNo) -> ApplicantId | None:
        """Whose row of the client's season the member is tied to."""
        self._session.act_for(client)
        found = text(
            "SELECT applicant_id FROM applicant"
            " WHERE client_id = :client AND season_id = :season AND member_no = :member LIMIT 1"
        )
        named = {"client": client, "season": season, "member": member}
        return self._session.connection.execute(found, named).scalar_one_or_none()

    def decide(
        self,
        of: ExaminedApplicant,
        decision: LinkDecision,
        chosen: Candidate | None,
        person: str,
        run_id: RunId,
        at: datetime,
    ) -> None:
        """Keep a person's decision and put it in force; `LogInconsistent` where the tie before is not the recorded."""
        self._session.act_for(of.client_id)
        unproved = self._unproved(of.client_id, of.season)
        if unproved is None or of.applicant_no in unproved:
            raise _not_recorded(of.client_id)
        self._session.connection.execute(
            insert(link).values(
                client_id=of.client_id,
                applicant_no=of.applicant_no,
                decision=decision.value,
                member_no=None if chosen is None else chosen.member_no,
                match_weight=None if chosen is None else chosen.match_weight,
                decided_by=person,
                linked_at=at,
                run_id=run_id,
            )
        )
        self._session.connection.execute(
            text("UPDATE applicant SET linked_member_no = :member WHERE applicant_no = :applicant"),
            {"member": None if chosen is None else chosen.member_no, "applicant": of.applicant_no},
        )
        self._enter(of.client_id, of.season, [of.applicant_no])

    def _unproved(self, client: ClientId, season: SeasonId) -> frozenset[ApplicantNo] | None:
        """Whose tie, or a decision about it, is not what was recorded; None where nothing tells what was."""
        differing = BoundRows(self._session).differing("tie", (client, season))
        return None if differing is None else applicants_of(differing)

    def _enter(self, client: ClientId, season: SeasonId, applicants: Iterable[ApplicantNo]) -> None:
        keys = tuple(f"{number}/" for number in applicants)
        self._session.added.append(RowBatch("tie", (client, season), client, keys))

    def _examined(self, client: ClientId, rows: Sequence[Row[Any]]) -> list[ExaminedApplicant]:
        candidates: dict[int, list[Candidate]] = {row.applicant_no: [] for row in rows}
        if rows:
            found = self._session.connection.execute(
                _CANDIDATES, {"client": client, "applicants": list(candidates)}
            ).all()
            for row in found:
                candidates[row.applicant_no].append(
                    Candidate(MemberNo(row.member_no), MemberId(row.member_id), row.match_weight, _personal(row))
                )
        return [
            ExaminedApplicant(
                client,
                SeasonId(row.season_id),
                ApplicantNo(row.applicant_no),
                ApplicantId(row.applicant_id),
                LinkDecision(row.decision),
                row.decided_by,
                _personal(row),
                tuple(_best_first(candidates[row.applicant_no])),
            )
            for row in rows
        ]


def _not_recorded(client: ClientId) -> LogInconsistent:
    return LogInconsistent(
        N_("a tie of a row of %(client)s to a member is not what was recorded: look with `kanmon audit ledger`"),
        client=client,
    )


def _decided_now() -> str:
    return f"{LINKER}/{RULES}"


def _best_first(candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    yield from sorted(candidates, key=lambda one: (-(one.match_weight or 0.0), one.member_no))


def _personal(row: Row[Any]) -> Personal:
    found = row._mapping
    return {name: _written(found[name]) for name in PERSONAL}


def _written(value: str | date | None) -> str | None:
    return value.isoformat() if isinstance(value, date) else value
