"""The acts of the stop switch in PostgreSQL."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, text

from kanmon.core.ids import ClientId
from kanmon.db.locks import hold_consents
from kanmon.db.tables import terms as terms_tables
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.gate.switch.model import Halt, Hold, StopAct, SwitchAct, SwitchScope
from kanmon.gate.switch.service import RecordedSwitchAct

_HOLDS = text(
    """
    SELECT i.client_id, i.season_id, i.opened_at, i.computed_at, a.client_id AS affected_client,
           a.season_id AS affected_season
    FROM incident i
    LEFT JOIN (SELECT DISTINCT incident_id, client_id, season_id FROM incident_affected) a USING (incident_id)
    WHERE class = 'U' ORDER BY incident_id
    """
)
_UNCERTIFIED = text(
    """
    SELECT request_no FROM erasure_request_step s
    WHERE step = 'escalated' AND NOT EXISTS (SELECT FROM erasure_certificate c WHERE c.request_no = s.request_no)
    ORDER BY request_no
    """
)
_ACTS = select(terms_tables.stop_act).order_by(terms_tables.stop_act.c.act_no)


class StopRecords:
    """What was stopped and resumed, read in one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._connection = session.connection

    def switched(self) -> Sequence[RecordedSwitchAct]:
        """All acts, in the order in which they were recorded."""
        return [
            RecordedSwitchAct(
                StopAct(
                    SwitchAct(row.action), SwitchScope(row.client_id, row.season_id), row.acted_at, row.consents_doubted
                ),
                row.person,
                row.because,
                row.real_at,
                row.ledger_seq,
            )
            for row in self._connection.execute(_ACTS)
        ]


class StopStore(StopRecords):
    """See `gate.switch.service.SwitchStore`; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        super().__init__(session)
        self._session = session

    def hold(self) -> datetime:
        """Hold the consents alone until the transaction ends."""
        return hold_consents(self._connection)

    def add(self, switched: RecordedSwitchAct) -> None:
        """Record an act for good."""
        act = switched.act
        self._connection.execute(
            insert(terms_tables.stop_act).values(
                action=act.act,
                client_id=act.scope.client_id,
                season_id=act.scope.season,
                acted_at=act.at,
                real_at=switched.real_at,
                person=switched.person,
                because=switched.because,
                consents_doubted=act.consents_doubted,
                ledger_seq=switched.ledger_seq,
            )
        )

    def uncertified(self, client: ClientId) -> Sequence[int]:
        """The requests to erase that a client was stopped over and has not certified since."""
        self._session.act_for(client)
        found = list(self._connection.scalars(_UNCERTIFIED))
        self._session.act_for(None)
        return found


def halts(connection: Connection) -> Sequence[Halt]:
    """What the gate reads: all acts of the switch, in the order in which they were recorded, and incidents' holds."""
    return [*_stop_acts(connection), *_holds(connection)]


def _stop_acts(connection: Connection) -> list[StopAct]:
    acts = terms_tables.stop_act.c
    asked = select(acts.action, acts.client_id, acts.season_id, acts.acted_at, acts.consents_doubted)
    return [
        StopAct(SwitchAct(action), SwitchScope(client_id, season), at, doubted)
        for action, client_id, season, at, doubted in connection.execute(asked.order_by(acts.act_no))
    ]


def _holds(connection: Connection) -> list[Hold]:
    affected: defaultdict[tuple[SwitchScope, datetime, datetime | None], set[SwitchScope]] = defaultdict(set)
    for client, season, since, until, affected_client, affected_season in connection.execute(_HOLDS):
        mine = affected[SwitchScope(client, season), since, until]
        if affected_client is not None:
            mine.add(SwitchScope(affected_client, affected_season))
    return [Hold(*of, frozenset(found)) for of, found in affected.items()]
