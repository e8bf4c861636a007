"""Which models a member's history trained, and what proves it, in PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import text

from kanmon.clients.contract import Client
from kanmon.consent.evidence import ConsentAct
from kanmon.consent.store.acts import consent_acts
from kanmon.core.ids import ClientId, MemberId
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.ledger.label_tree import LabelTree
from kanmon.rights.answer.told import TrainedModel
from kanmon.rights.answer.training import ClosedList

# The run that made a model asked the gate about each of its people, and the answer names the act relied on.
_TRAINED = text(
    """
    SELECT m.model_id, m.season_id, m.version, m.trained_at, m.acted_at, asked.consent_no, m.ledger_seq
    FROM model_training t JOIN applicant a USING (client_id, applicant_no) JOIN member p USING (member_no)
    JOIN prediction_model m USING (client_id, model_id)
    LEFT JOIN LATERAL (
        SELECT consent_no FROM gate_decision d
        WHERE (d.client_id, d.applicant_no) = (t.client_id, t.applicant_no) AND d.run_id = m.run_id
          AND d.use = 'train' AND d.allowed
        ORDER BY decision_no DESC LIMIT 1
    ) asked ON true
    WHERE p.member_id = :member AND t.client_id = :client
    ORDER BY m.version, a.applicant_no
    """
)
# A model that lost its list, or what it committed to, is not passed over: no list has an empty root.
_LISTS = text(
    """
    SELECT model_id, coalesce(ledger_seq, 0), CASE WHEN ledger_seq IS NULL THEN '' ELSE coalesce(training_root, '') END,
           array_agg(label) AS labels
    FROM prediction_model m LEFT JOIN model_training USING (client_id, model_id)
    WHERE client_id = :client
    GROUP BY model_id, version, ledger_seq, training_root ORDER BY version
    """
)
_AGREEMENTS = "m.member_id = :member AND c.action = 'accept'"


def trained_models(session: ReadSession | WriteSession, member: MemberId, client: Client) -> Sequence[TrainedModel]:
    """The models of a client that a member's history trained, by version."""
    session.act_for(client.client_id)
    found = session.connection.execute(_TRAINED, {"member": member, "client": client.client_id})
    return [TrainedModel(client.client_id, client.legal_name, *row) for row in found]


def closed_lists(session: ReadSession, client: ClientId) -> Sequence[ClosedList]:
    """The training lists of all of a client's models, by version."""
    session.act_for(client)
    found = session.connection.execute(_LISTS, {"client": client})
    return [
        ClosedList(name, seq, bytes(root), LabelTree(bytes(label) for label in labels if label is not None))
        for name, seq, root, labels in found
    ]


def agreements(session: ReadSession | WriteSession, member: MemberId) -> Sequence[ConsentAct]:
    """Every agreement of a member's, by time."""
    return list(consent_acts(session.connection, _AGREEMENTS, member=member))
