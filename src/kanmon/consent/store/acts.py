"""Acts of consent as they were recorded, with their place in the ledger, and what screens were seen to show."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, text

from kanmon.consent.evidence import ConsentAct
from kanmon.consent.screens import Rendering
from kanmon.core.ids import EvidenceId, MemberId
from kanmon.db.locks import hold_consents
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.ledger.store.act_seals import ActSeals, NewActs

_ACTS = """
    SELECT c.consent_no, m.member_id, c.occurred_at, c.screen_id, t.text_sha256, c.action, c.client_id, c.refusable,
           e.ledger_seq, c.latest_at, c.given_by, c.relation
    FROM consent_act c JOIN member m USING (member_no) JOIN displayed_text t USING (text_no)
    LEFT JOIN consent_entry e USING (consent_no)
    WHERE {condition}
    ORDER BY c.occurred_at, c.consent_no
"""
# While a revision is rolled out, its words are what a screen has to show, though those before it are in force: a look
# that finds them tells nothing for or against the screen. It is no first look either. Once active, they are the right
# ones and need no exception.
_RENDERINGS = text(
    """
    WITH rolled_out AS MATERIALIZED (
        SELECT r.policy_id, t.text_no, d.acted_at AS begins_at, coalesce(a.acted_at, 'infinity') AS ends_at
        FROM revision r
        JOIN revision_step d ON d.revision_no = r.revision_no AND d.act = 'deploy'
        LEFT JOIN revision_step a ON a.revision_no = r.revision_no AND a.act = 'abandon'
        CROSS JOIN LATERAL (
            SELECT details FROM revision_step s WHERE s.revision_no = r.revision_no AND s.act = 'draft'
            ORDER BY step_no DESC LIMIT 1
        ) drafted
        CROSS JOIN LATERAL jsonb_each_text(drafted.details -> 'texts') AS words (language, text_sha256)
        JOIN displayed_text t USING (text_sha256)
        WHERE NOT EXISTS (SELECT FROM revision_step s WHERE s.revision_no = r.revision_no AND s.act = 'activate')
    )
    SELECT r.screen_id, s.policy_id, r.occurred_at, r.text_no
    FROM rendering r JOIN screen s USING (screen_id)
    WHERE r.occurred_at >= coalesce(CAST(:since AS timestamptz), '-infinity')
      AND r.occurred_at < coalesce(CAST(:until AS timestamptz), 'infinity') AND NOT EXISTS (
        SELECT FROM rolled_out w
        WHERE (w.policy_id, w.text_no) = (s.policy_id, r.text_no) AND r.occurred_at BETWEEN w.begins_at AND w.ends_at
          AND EXISTS (SELECT FROM rendering e WHERE e.screen_id = r.screen_id AND e.occurred_at < w.begins_at)
    )
    """
)
_ADD_TEXT = text("INSERT INTO displayed_text (text_sha256) VALUES (:sha256) ON CONFLICT DO NOTHING")
_ADD_ACT = text(
    """
    INSERT INTO consent_act (
        member_no, occurred_at, screen_id, text_no, action, client_id, refusable, given_by, relation, entry_seq,
        answer_sha256
    )
    SELECT m.member_no, :occurred_at, :screen, t.text_no, :action, :client, :refusable, :given_by, :relation, :seq,
           :answer_sha256
    FROM member m, displayed_text t WHERE m.member_id = :member AND t.text_sha256 = :sha256
    RETURNING consent_no, member_no
    """
)
_ADD_ENTRY = text("INSERT INTO consent_entry (consent_no, ledger_seq) VALUES (:number, :seq)")


def enter_acts(session: WriteSession, seqs: Mapping[EvidenceId, int]) -> None:
    """Note where acts stand in the ledger from now on."""
    session.copy("consent_entry", ("consent_no", "ledger_seq"), seqs.items())


class ActRecords:
    """A member's acts of consent, read in one transaction."""

    def __init__(self, session: ReadSession | WriteSession) -> None:
        self._session = session

    def registered_at(self, member: MemberId) -> datetime | None:
        """When a member registered; None where there is no such member."""
        found = text("SELECT registered_at FROM member WHERE member_id = :member")
        return self._session.connection.execute(found, {"member": member}).scalar_one_or_none()

    def acts(self, member: MemberId) -> Sequence[ConsentAct]:
        """All acts of a member by time."""
        return list(consent_acts(self._session.connection, "m.member_id = :member", member=member))


class ActStore(ActRecords):
    """Records acts of consent, in one transaction."""

    def hold(self) -> datetime:
        """Hold the consents alone until the transaction ends."""
        return hold_consents(self._session.connection)

    def add(self, act: ConsentAct, ledger_seq: int, answer_sha256: str | None = None) -> EvidenceId:
        """Record an act that has an entry of its own in the ledger, and the number it got."""
        connection = self._session.connection
        connection.execute(_ADD_TEXT, {"sha256": act.text_sha256})
        values = {
            "member": act.member_id,
            "occurred_at": act.occurred_at,
            "screen": act.screen_id,
            "sha256": act.text_sha256,
            "action": act.action,
            "client": act.client_id,
            "refusable": act.refusable,
            "given_by": act.given_by,
            "relation": act.relation,
            "seq": ledger_seq,
            "answer_sha256": answer_sha256,
        }
        number, member = connection.execute(_ADD_ACT, values).one()
        connection.execute(_ADD_ENTRY, {"number": number, "seq": ledger_seq})
        ActSeals(self._session).extend(NewActs("consent_no", number), [member])
        return EvidenceId(number)


def consent_acts(connection: Connection, condition: str, **values: object) -> Iterator[ConsentAct]:
    """The acts for which an SQL condition with these values holds, by time."""
    for row in connection.execute(text(_ACTS.format(condition=condition)), values):
        yield ConsentAct(*row)


def renderings(
    connection: Connection, since: datetime | None = None, until: datetime | None = None
) -> Sequence[Rendering]:
    """What screens were seen to show, whenever they were looked at, or from `since` on and before `until`."""
    return [Rendering(*row) for row in connection.execute(_RENDERINGS, {"since": since, "until": until})]
