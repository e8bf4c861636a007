"""Questions that were answered online and what the ledger doesn't hold of them yet."""

from collections.abc import Sequence

from sqlalchemy import text

from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import WriteSession
from kanmon.gate.online_record import KeptAnswer, KeptQuestion

_WAITING = text(
    """
    SELECT question_no, run_id, client_id, use, asked_at, law_profile_id, decisions
    FROM gate_question WHERE client_id = :client AND ledger_seq IS NULL
    ORDER BY question_no LIMIT :most FOR UPDATE SKIP LOCKED
    """
)
_ANSWERS = text(
    """
    SELECT decision_no, applicant_no, consent_no, reasons FROM gate_decision
    WHERE decision_no = ANY (:numbers) ORDER BY decision_no
    """
)
_ENTER = text("UPDATE gate_question SET ledger_seq = :seq WHERE question_no = ANY (:numbers)")


class QuestionStore:
    """See `gate.online_record.Questions`; one transaction."""

    def __init__(self, session: WriteSession) -> None:
        self._session = session

    def clients(self) -> Sequence[ClientId]:
        """Every client."""
        return [ClientId(one) for one in self._session.connection.scalars(text("SELECT client_id FROM client"))]

    def waiting(self, client: ClientId, most: int) -> Sequence[KeptQuestion]:
        """The client's oldest questions that stand nowhere in the ledger and that nobody else is entering."""
        self._session.act_for(client)
        return [
            KeptQuestion(*row) for row in self._session.connection.execute(_WAITING, {"client": client, "most": most})
        ]

    def answers(self, questions: Sequence[KeptQuestion]) -> Sequence[KeptAnswer]:
        """The answers to one client's questions, in the order they were kept."""
        numbers = [number for question in questions for number in question.decisions]
        return [KeptAnswer(*row) for row in self._session.connection.execute(_ANSWERS, {"numbers": numbers})]

    def note_entry(self, questions: Sequence[KeptQuestion], ledger_seq: int) -> None:
        """Note where the questions stand in the ledger."""
        numbers = [question.question_no for question in questions]
        self._session.connection.execute(_ENTER, {"numbers": numbers, "seq": ledger_seq})
