"""Incidents in PostgreSQL: what is known of them, and whom they affect, read and written over whole sets."""
# ruff: noqa: S608 - the SQL is put together from texts of this module

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, text, update

from kanmon.core.ids import ClientId, IncidentId, ProvisionId, RunId
from kanmon.core.listing import ListPage, ListQuery
from kanmon.db.listing import list_page
from kanmon.db.locks import hold_consents
from kanmon.db.tables import incident as tables
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.incidents.model import AffectedPerson, Criteria, Fact, FactKind, Incident, IncidentClass, IncidentScope

_INCIDENTS = select(tables.incident)
_LISTED = """
    SELECT i.*, {rank} AS rank, ledger_seq AS number,
           CASE WHEN closed_at IS NULL THEN 'open' ELSE 'closed' END AS state,
           concat_ws(' ', incident_id, title, client_id, season_id) AS sought
    FROM incident i
"""
_RANKS = {"newest": "-ledger_seq", "oldest": "ledger_seq"}
"""By the order that is asked for."""
_FACTS = select(tables.incident_fact).order_by(tables.incident_fact.c.fact_no)
_AFFECTED = text(
    """
    SELECT member_no, member_id, client_id, a.season_id, reason, first_provided_at, provisions
    FROM incident_affected a JOIN member USING (member_no) WHERE incident_id = :incident
    ORDER BY client_id, member_id
    """
)
# One of each row's columns, column by column: a set has 10,000 rows, and a statement for each would take a minute.
_FOUND = """
    WITH found AS (
        SELECT * FROM unnest(
            CAST(:member_no AS int[]), CAST(:client_id AS text[]), CAST(:season_id AS text[]), CAST(:reason AS text[]),
            CAST(:first_provided_at AS timestamptz[]), CAST(:provisions AS int[])
        ) AS f (member_no, client_id, season_id, reason, first_provided_at, provisions)
    )
"""
_ADD = text(
    f"""
    {_FOUND}
    INSERT INTO incident_affected
    SELECT :incident, f.* FROM found f WHERE NOT EXISTS (SELECT FROM erasure e WHERE e.member_no = f.member_no)
    ON CONFLICT DO NOTHING
    """
)
_FORMER = text(f"{_FOUND} SELECT count(DISTINCT member_no) FROM found JOIN erasure USING (member_no)")
# A code of somebody erased leads to no row: all that it tells is which company something was provided to.
_ADD_FORMER = text(
    f"""
    {_FOUND}
    INSERT INTO incident_affected_stub (incident_id, code_sha256, client_name, is_certain, provisions)
    SELECT :incident, s.code_sha256, line ->> 'client_name', false, sum(CAST(line ->> 'provided' AS int))
    FROM notification_stub s CROSS JOIN jsonb_array_elements(s.answer) line
    WHERE s.member_no IS NULL AND CAST(line ->> 'provided' AS int) > 0 AND EXISTS (
        SELECT FROM found f JOIN erasure USING (member_no) JOIN client c USING (client_id)
        WHERE c.legal_name = line ->> 'client_name' AND f.season_id = line ->> 'season'
    )
    GROUP BY 2, 3
    ON CONFLICT DO NOTHING
    """
)
_PROVIDED = text(
    """
    SELECT m.member_no, m.member_id, r.client_id, a.season_id, 'L', min(r.provided_at), count(*)
    FROM provision_record r JOIN applicant a USING (client_id, applicant_no)
    JOIN provision p USING (client_id, provision_id)
    JOIN member m ON m.member_no = coalesce(r.member_no, a.member_no)
    WHERE r.client_id = :client AND r.provided_at >= :since AND r.provided_at < :until
      AND a.season_id = coalesce(:season, a.season_id) AND r.provision_id = coalesce(:provision, r.provision_id)
      AND p.run_id = coalesce(:run, p.run_id)
    GROUP BY 1, 2, 3, 4
    """
)


class IncidentRecords:
    """What is known of incidents, read in one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session

    def incident(self, incident: IncidentId) -> Incident | None:
        """One incident with its facts."""
        return next(iter(self._incidents(tables.incident.c.incident_id == incident)), None)

    def incidents(self) -> Sequence[Incident]:
        """All incidents with their facts, in the order in which they were recorded."""
        return self._incidents()

    def standing(self) -> Sequence[Incident]:
        """The incidents that are not closed, with their facts, in the order in which they were recorded."""
        return self._incidents(tables.incident.c.closed_at.is_(None))

    def listed(self, query: ListQuery) -> ListPage[Incident]:
        """A page of the incidents with their facts."""
        rows = _LISTED.format(rank=_RANKS[query.sort])
        return list_page(self._session.connection, rows, query).of(self._with_facts)

    def affected(self, incident: IncidentId) -> Sequence[AffectedPerson]:
        """Whom it affects, by client and member."""
        rows = self._session.connection.execute(_AFFECTED, {"incident": incident})
        return [AffectedPerson(*row) for row in rows]

    def provided(
        self, client: ClientId, scope: IncidentScope, until: datetime, provision: ProvisionId | None, run: RunId | None
    ) -> Sequence[AffectedPerson]:
        """The members in a client's provision records of a period, or of one report or run of it."""
        self._session.act_for(client)
        asked = {"client": client, "since": scope.since, "until": until, "season": scope.season}
        asked |= {"provision": provision, "run": run}
        return [AffectedPerson(*row) for row in self._session.connection.execute(_PROVIDED, asked)]

    def _incidents(self, *conditions: Any) -> list[Incident]:
        return self._with_facts(self._session.connection.execute(self._query(*conditions)).all())

    def _with_facts(self, rows: Sequence[Row[Any]]) -> list[Incident]:
        facts: defaultdict[str, list[Fact]] = defaultdict(list)
        if rows:
            named = tables.incident_fact.c.incident_id.in_([row.incident_id for row in rows])
            for row in self._session.connection.execute(_FACTS.where(named)):
                fact = Fact(row.fact_no, FactKind(row.kind), row.at, row.real_at, row.by, row.body, row.ledger_seq)
                facts[row.incident_id].append(fact)
        return [_incident(row, facts[row.incident_id]) for row in rows]

    def _query(self, *conditions: Any) -> Any:
        return _INCIDENTS.where(*conditions).order_by(tables.incident.c.ledger_seq)


class PostgresIncidentStore(IncidentRecords):
    """See `incidents.model.IncidentStore`; one transaction, in which nobody else adds to what was read."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._connection = session.connection

    def hold(self) -> datetime:
        """Hold the consents alone until the transaction ends."""
        return hold_consents(self._connection)

    def open(self, incident: Incident) -> None:
        """Record an incident for good."""
        scope, criteria = incident.scope, incident.criteria
        values = {
            "incident_id": incident.incident_id,
            "class": incident.kind.value,
            "title": incident.title,
            "season_id": scope.season,
            "client_id": scope.client_id,
            "screen_id": scope.screen_id,
            "policy_version": scope.policy_version,
            "since": scope.since,
            "until": scope.until,
            "known_at": incident.known_at,
            "opened_at": incident.opened_at,
            "real_at": incident.real_at,
            "opened_by": incident.opened_by,
            "is_sensitive": criteria.is_sensitive,
            "is_property": criteria.is_property,
            "is_wrongful": criteria.is_wrongful,
            "ledger_seq": incident.ledger_seq,
        }
        self._connection.execute(insert(tables.incident).values(values))

    def add_fact(self, incident: IncidentId, fact: Fact) -> None:
        """Record what was learned or done, for good."""
        self._connection.execute(
            insert(tables.incident_fact).values(
                incident_id=incident,
                fact_no=fact.fact_no,
                kind=fact.kind.value,
                at=fact.at,
                real_at=fact.real_at,
                by=fact.by,
                body=dict(fact.body),
                ledger_seq=fact.ledger_seq,
            )
        )

    def add_affected(self, incident: IncidentId, found: Sequence[AffectedPerson]) -> int:
        """Keep whom it was found to affect, beside those kept before; how many of them are members no more."""
        columns = {
            "member_no": [one.member_no for one in found],
            "client_id": [one.client_id for one in found],
            "season_id": [one.season for one in found],
            "reason": [one.reason for one in found],
            "first_provided_at": [one.first_provided_at for one in found],
            "provisions": [one.provisions for one in found],
        }
        self._connection.execute(_ADD, {**columns, "incident": incident})
        former: int = self._connection.execute(_FORMER, columns).scalar_one()
        if former:
            self._connection.execute(_ADD_FORMER, {**columns, "incident": incident})
        return former

    def keep_set(self, incident: IncidentId, sha256: bytes, at: datetime) -> None:
        """Note the hash of the set as it now stands and, if it is the first, when it was computed."""
        table = tables.incident
        self._connection.execute(
            update(table)
            .where(table.c.incident_id == incident, table.c.set_sha256.is_distinct_from(sha256))
            .values(set_sha256=sha256, computed_at=func.coalesce(table.c.computed_at, at))
        )

    def close(self, incident: IncidentId, at: datetime) -> None:
        """Note its end."""
        named = tables.incident.c.incident_id == incident
        self._connection.execute(update(tables.incident).where(named).values(closed_at=at))

    def _query(self, *conditions: Any) -> Any:
        return super()._query(*conditions).with_for_update()


def _incident(row: Row[Any], facts: Sequence[Fact]) -> Incident:
    return Incident(
        incident_id=row.incident_id,
        kind=IncidentClass(row._mapping["class"]),
        title=row.title,
        scope=IncidentScope(row.since, row.until, row.season_id, row.client_id, row.screen_id, row.policy_version),
        known_at=row.known_at,
        opened_at=row.opened_at,
        real_at=row.real_at,
        opened_by=row.opened_by,
        criteria=Criteria(row.is_sensitive, row.is_property, row.is_wrongful),
        ledger_seq=row.ledger_seq,
        facts=facts,
        set_sha256=row.set_sha256,
        computed_at=row.computed_at,
        closed_at=row.closed_at,
    )
