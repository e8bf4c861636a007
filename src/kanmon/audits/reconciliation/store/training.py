"""The training lists of models, held against the roots that the models committed to."""

from collections.abc import Iterator, Mapping

from sqlalchemy import text

from kanmon.core.ids import ClientId
from kanmon.db.unit_of_work import ReadSession, WriteSession
from kanmon.ledger.label_tree import LabelTree

_LISTS = text(
    """
    SELECT model_id, training_root, array_agg(label) AS labels
    FROM prediction_model LEFT JOIN model_training USING (client_id, model_id)
    WHERE client_id = :client AND training_root IS NOT NULL GROUP BY model_id, training_root ORDER BY model_id
    """
)


def training_lists(
    session: ReadSession | WriteSession, client: ClientId
) -> Iterator[tuple[str, str, Mapping[str, str], Mapping[str, str]]]:
    """Model by model the root that it committed to, and the root over the labels that are there.

    The root itself stands in a row that is bound to the ledger.
    """
    session.act_for(client)
    for model, root, labels in session.connection.execute(_LISTS, {"client": client}).all():
        tree = LabelTree(bytes(label) for label in labels if label is not None)
        yield "model_training", model, {"root": bytes(root).hex()}, {"root": tree.root.hex()}
