"""Model versions: one line of them for each client, each with its card, none used before it is approved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from kanmon.clients.contract import Client
from kanmon.core.ids import ApplicantNo, ClientId, ModelId, RunId, SeasonId
from kanmon.features.basis import Basis
from kanmon.modelling.card_parts import target_on
from kanmon.modelling.training_list import AgreementStore


@dataclass(frozen=True)
class RegisteredModel:
    """One version of one client's model; instants in UTC."""

    model_id: ModelId
    client_id: ClientId
    version: int
    season: SeasonId
    """The season whose outcomes trained it."""
    run_id: RunId
    trained_at: datetime
    acted_at: datetime
    artefact: bytes
    """The fitted model as JSON, readable without the library that fitted it; empty where it had to be erased."""
    training_sha256: str
    """The hash of recipe, inputs and labels: the same training makes no new version."""
    card: Mapping[str, object]
    """What it learned from, how well it does and what it can't do."""
    training_root: bytes | None = None
    """The root over the labels of those whose history trained it; None in one from before there was a list."""
    ledger_seq: int | None = None
    """Where its training stands in the ledger."""


@dataclass(frozen=True)
class ModelApproval:
    """Leave to use a model version: by the acceptance rule fixed in the release, or by a person who says why."""

    model_id: ModelId
    client_id: ClientId
    approved_by: str
    because: str
    approved_at: datetime


@dataclass(frozen=True)
class NewestCard:
    """The card of the newest version of a client's model."""

    card: Mapping[str, Any]
    is_approved: bool


@dataclass(frozen=True)
class Training:
    """What a client's model was trained from, and how it did: the same basis gives the same model."""

    basis: Basis
    model: RegisteredModel
    is_accepted: bool
    auc: float
    """In validation inside the season trained on."""


class ModelRegistry(AgreementStore, Protocol):
    """Where model versions are kept, within one transaction."""

    def note(self, run_id: RunId, acted_at: datetime, training: Training) -> None:
        """Note what a model was trained from, or stands on, at `acted_at`."""

    def standing(self, client: ClientId, season: SeasonId, at: datetime) -> Training | None:
        """The newest training at `at`; None where its model isn't the client's newest, or learned from an erased."""

    def newest(self, client: ClientId) -> RegisteredModel | None:
        """The newest version of a client's model, approved or not."""

    def newest_approved(self, client: ClientId, at: datetime) -> RegisteredModel | None:
        """The newest version approved at or before `at` and trained from what was known then.

        One that learned from a person whose data were erased is none of them: it must be trained anew (APPI-19).
        """

    def add(self, model: RegisteredModel, labels: Mapping[ApplicantNo, bytes]) -> None:
        """Keep a new version for good, and from whom it learned."""

    def approve(self, approval: ModelApproval) -> None:
        """Keep an approval for good."""


def model_in_use(registry: ModelRegistry, client: Client, at: datetime) -> RegisteredModel | None:
    """A client's newest approved model; None where that foresees something else than the contract asks for.

    An older version is never taken in its place: what was asked for before is not what is asked for now.
    """
    model = registry.newest_approved(client.client_id, at)
    return model if model is not None and target_on(model.card) is client.contract.target else None
