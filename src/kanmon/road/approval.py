"""A person approves a model version that the acceptance rule held back."""

from datetime import datetime

from kanmon.errors import UsageError
from kanmon.ids import ClientId, ModelId
from kanmon.modelling.registry import ModelApproval
from kanmon.road.ports import Transactions


def approve_model(transactions: Transactions, model: ModelId, person: str, because: str, now: datetime) -> None:
    """Record the approval; `UsageError` where that is not the newest version of any client's model."""
    client = ClientId(model.rpartition("-")[0])
    with transactions.begin() as transaction:
        newest = transaction.models.newest(client)
        if newest is None or newest.model_id != model:
            found = f"; the newest is {newest.model_id}" if newest else ""
            raise UsageError(
                "%(model)s is not the newest version of a client's model%(found)s", model=model, found=found
            )
        transaction.models.approve(ModelApproval(model, client, person, because, now))
