"""A person approves a model version that the acceptance rule held back."""

from datetime import datetime

from kanmon.core.errors import UsageError
from kanmon.core.ids import ClientId, ModelId
from kanmon.core.language import N_
from kanmon.core.transaction import Begin
from kanmon.modelling.registry import ModelApproval
from kanmon.pipeline.ports import Transaction


def approve_model(begin: Begin[Transaction], model: ModelId, person: str, because: str, now: datetime) -> None:
    """Record the approval; `UsageError` where that is not the newest version of any client's model."""
    client = ClientId(model.rpartition("-")[0])
    with begin() as transaction:
        newest = transaction.models.newest(client)
        if newest is None:
            raise UsageError(N_("there is no model %(model)s"), model=model)
        if newest.model_id != model:
            raise UsageError(
                N_("%(model)s is not the newest version of the client's model, which is %(newest)s"),
                model=model,
                newest=newest.model_id,
            )
        transaction.models.approve(ModelApproval(model, client, person, because, now))
