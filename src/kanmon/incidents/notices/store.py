"""Letters in PostgreSQL."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause, text

from kanmon.core.ids import IncidentId, MemberId
from kanmon.db.bulk import copy_rows
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.incidents.notices.closing import PeopleCounts
from kanmon.incidents.notices.mail import DeliveryResult, Letter, LetterOutcome, NewLetter
from kanmon.incidents.notices.service import NoticeAddressee, NoticeRecord
from kanmon.incidents.notices.settling import Choice, DoubtfulLetter

_TO_TELL = text(
    """
    SELECT m.member_no, m.member_id, nullif(m.email, '') AS email,
           coalesce(array_agg(c.legal_name ORDER BY c.legal_name) FILTER (WHERE a.provisions > 0), '{}') AS companies,
           coalesce(array_agg(c.legal_name ORDER BY c.legal_name) FILTER (WHERE a.provisions = 0), '{}') AS untouched
    FROM incident_affected a JOIN member m USING (member_no) JOIN client c USING (client_id)
    WHERE a.incident_id = :incident
      AND NOT EXISTS (SELECT FROM mail l WHERE l.incident_id = a.incident_id AND l.member_no = m.member_no)
    GROUP BY m.member_no ORDER BY m.member_no
    """
)
_CAN_BEGIN = "ended_at IS NULL AND begun_at IS NULL AND (waits_until IS NULL OR waits_until <= :at)"
# SKIP LOCKED: two that hand over at the same time each take a letter of their own.
_BEGIN = text(
    f"""
    UPDATE mail SET begun_at = :at, waits_until = NULL WHERE mail_no = (
        SELECT mail_no FROM mail
        WHERE {_CAN_BEGIN}
        ORDER BY mail_no LIMIT 1 FOR UPDATE SKIP LOCKED
    ) RETURNING mail_no, address, subject, body
    """  # noqa: S608 - of fixed parts
)
_FORMER = text("SELECT count(DISTINCT code_sha256) FROM incident_affected_stub WHERE incident_id = :incident")
_TOLD = text(
    """
    SELECT l.mail_no, l.incident_id, i.title, l.subject, l.body, l.written_at, l.address, l.outcome, l.ended_at,
           l.read_at, l.ledger_seq
    FROM mail l JOIN incident i USING (incident_id) JOIN member USING (member_no)
    WHERE member_id = :member ORDER BY l.mail_no DESC
    """
)

_COUNTS = text(
    """
    SELECT coalesce(outcome, CASE WHEN begun_at IS NULL THEN 'waiting' WHEN begun_at < :doubted THEN 'in_doubt'
                             ELSE 'begun' END) AS state, count(*) AS letters
    FROM mail WHERE incident_id = :incident OR CAST(:incident AS text) IS NULL GROUP BY 1 ORDER BY 1
    """
)
_WAITING = text(f"SELECT count(*) FROM mail WHERE {_CAN_BEGIN}")  # noqa: S608 - of fixed parts
_UNREAD = text("SELECT count(*) FROM mail JOIN member USING (member_no) WHERE member_id = :member AND read_at IS NULL")
_CUT_OFF = text("SELECT count(*) FROM mail WHERE ended_at IS NULL AND begun_at < :before")
_DOUBT = text(
    """
    UPDATE mail SET outcome = 'in_doubt', ended_at = :at
    WHERE ended_at IS NULL AND begun_at < :before
    """
)
_STANDING = text(
    """
    WITH person AS (SELECT DISTINCT member_no FROM incident_affected WHERE incident_id = :incident), standing AS (
        SELECT CASE
            WHEN mail_no IS NULL THEN 'unwritten'
            WHEN outcome = 'handed_over' OR read_at IS NOT NULL THEN 'told'
            WHEN outcome = 'in_doubt' OR (outcome IS NULL AND begun_at < :doubted) THEN 'in_doubt'
            WHEN outcome IS NULL THEN 'waiting'
            ELSE 'unreachable'
        END AS state
        FROM person LEFT JOIN mail ON mail.member_no = person.member_no AND incident_id = :incident
    )
    SELECT count(*) AS affected, count(*) FILTER (WHERE state = 'told') AS told,
           count(*) FILTER (WHERE state = 'unwritten') AS unwritten,
           count(*) FILTER (WHERE state = 'waiting') AS waiting, count(*) FILTER (WHERE state = 'in_doubt') AS in_doubt,
           count(*) FILTER (WHERE state = 'unreachable') AS unreachable
    FROM standing
    """
)
_DOUBTFUL = text(
    """
    SELECT mail_no, incident_id, member_id, address, begun_at, outcome IS NOT NULL AS is_settleable
    FROM mail JOIN member USING (member_no)
    WHERE (outcome = 'in_doubt' OR (outcome IS NULL AND begun_at IS NOT NULL))
      AND (incident_id = :incident OR CAST(:incident AS text) IS NULL)
    ORDER BY mail_no
    """
)
_LOCKED = text(f"{_DOUBTFUL.text} FOR UPDATE OF mail")
_SETTLED = "UPDATE mail SET settlements = settlements || CAST(:settlement AS jsonb), ended_at = {ended}"
_DELIVERED = text(f"{_SETTLED.format(ended=':at')}, outcome = 'handed_over' WHERE mail_no = :mail_no")
_AGAIN = text(
    f"{_SETTLED.format(ended='NULL')}, outcome = NULL, begun_at = NULL, waits_until = NULL, said = NULL "
    "WHERE mail_no = :mail_no"
)
_END = text("UPDATE mail SET outcome = :outcome, said = :said, ended_at = :at WHERE mail_no = :mail_no")
_PUT_BACK = text("UPDATE mail SET begun_at = NULL, waits_until = :until, said = :said WHERE mail_no = :mail_no")
_READ = text(
    """
    UPDATE mail SET read_at = :at FROM member
    WHERE mail.member_no = member.member_no AND member_id = :member AND read_at IS NULL
    """
)
_COLUMNS = (
    "incident_id", "member_no", "subject", "body", "address", "written_at", "real_at", "ledger_seq", "ended_at",
    "outcome",
)  # fmt: skip


class MailRecords:
    """Letters, read in one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._connection = session.connection

    def counts(self, incident: IncidentId | None = None, doubted: datetime | None = None) -> Mapping[str, int]:
        """Letters by what became of them; those that wait are `waiting`, those begun and not ended `begun`.

        What was begun before `doubted` and never ended counts as in doubt, whether or not anybody has noted it.
        """
        rows = self._connection.execute(_COUNTS, {"incident": incident, "doubted": doubted})
        return {row.state: row.letters for row in rows}

    def waiting(self, at: datetime) -> int:
        """How many letters can be begun at a moment."""
        return int(self._connection.execute(_WAITING, {"at": at}).scalar_one())

    def cut_off(self, begun_before: datetime) -> int:
        """How many letters were begun before a moment and never ended, and are not noted as in doubt yet."""
        return int(self._connection.execute(_CUT_OFF, {"before": begun_before}).scalar_one())

    def unread(self, member: MemberId) -> int:
        """How many notices a person hasn't seen yet."""
        return int(self._connection.execute(_UNREAD, {"member": member}).scalar_one())

    def told(self, member: MemberId) -> Sequence[NoticeRecord]:
        """The notices to a person, the newest first."""
        return [_told(row) for row in self._connection.execute(_TOLD, {"member": member})]

    def to_tell(self, incident: IncidentId) -> Sequence[NoticeAddressee]:
        """Whom an incident affects and nobody has written to yet."""
        return [NoticeAddressee(*row) for row in self._connection.execute(_TO_TELL, {"incident": incident})]

    def standing(self, incident: IncidentId, doubted: datetime) -> PeopleCounts:
        """How those affected stand; what was begun before `doubted` and never ended is in doubt."""
        row = self._connection.execute(_STANDING, {"incident": incident, "doubted": doubted}).one()
        counts = {name: int(count) for name, count in row._mapping.items()}
        return PeopleCounts(**counts, former=self.former(incident))

    def doubtful(self, incident: IncidentId | None = None) -> Sequence[DoubtfulLetter]:
        """The letters whose fate is unknown, oldest first."""
        return self._doubtful(_DOUBTFUL, incident)

    def _doubtful(self, query: TextClause, incident: IncidentId | None) -> Sequence[DoubtfulLetter]:
        return [DoubtfulLetter(*row) for row in self._connection.execute(query, {"incident": incident})]

    def former(self, incident: IncidentId) -> int:
        """How many check codes of people who are members no more tell of an incident."""
        return int(self._connection.execute(_FORMER, {"incident": incident}).scalar_one())


class PostgresMailStore(MailRecords):
    """See `incidents.notices.mail.MailStore` and `incidents.notices.service.NoticeStore`; one transaction."""

    def write(self, letters: Sequence[NewLetter], at: datetime, real_at: datetime, entries: Sequence[int]) -> None:
        """Keep letters, each with its entry of the ledger; those without an address are at their end."""
        copy_rows(
            self._connection,
            "mail",
            _COLUMNS,
            (
                (
                    letter.incident_id, letter.member_no, letter.subject, letter.body, letter.address, at, real_at,
                    seq, None if letter.address else at, None if letter.address else LetterOutcome.UNREACHABLE,
                )
                for letter, seq in zip(letters, entries, strict=True)
            ),
        )  # fmt: skip

    def doubt(self, begun_before: datetime, at: datetime) -> int:
        """Note as in doubt what was begun before a moment and never ended; how many."""
        return self._connection.execute(_DOUBT, {"before": begun_before, "at": at}).rowcount

    def begin(self, at: datetime) -> Letter | None:
        """The next letter that nobody has begun and that needn't wait, now begun; None where there is none."""
        self._connection.execute(text("SET LOCAL synchronous_commit = on"))
        row = self._connection.execute(_BEGIN, {"at": at}).one_or_none()
        if row is None:
            return None
        return Letter(*row)

    def end(self, mail_no: int, ended: DeliveryResult, at: datetime) -> None:
        """Note what became of a letter that was begun."""
        values = {"mail_no": mail_no, "outcome": ended.outcome, "said": ended.said, "at": at}
        self._connection.execute(_END, values)

    def put_back(self, mail_no: int, until: datetime, said: str | None) -> None:
        """Let a letter be begun again from a moment on: for certain, nobody took it."""
        self._connection.execute(_PUT_BACK, {"mail_no": mail_no, "until": until, "said": said})

    def doubtful(self, incident: IncidentId | None = None) -> Sequence[DoubtfulLetter]:
        """The letters whose fate is unknown; nobody else settles them until the transaction ends."""
        return self._doubtful(_LOCKED, incident)

    def settle(self, mail_no: int, choice: Choice, settlement: Mapping[str, object], at: datetime) -> None:
        """Note a decision on a letter in doubt, and what becomes of the letter by it."""
        query = _DELIVERED if choice is Choice.DELIVERED else _AGAIN
        written = json.dumps([dict(settlement)], ensure_ascii=False)
        self._connection.execute(query, {"mail_no": mail_no, "settlement": written, "at": at})

    def read(self, member: MemberId, at: datetime) -> None:
        """Note that a person saw what was written to them, where that is the first time."""
        self._connection.execute(_READ, {"member": member, "at": at})


def _told(row: Row[Any]) -> NoticeRecord:
    outcome = None if row.outcome is None else LetterOutcome(row.outcome)
    return NoticeRecord(
        row.mail_no, row.incident_id, row.title, row.subject, row.body, row.written_at, row.address, outcome,
        row.ended_at, row.read_at, row.ledger_seq,
    )  # fmt: skip
