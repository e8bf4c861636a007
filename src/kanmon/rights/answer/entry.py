"""The answer to “was I scored?” as it stands in the ledger: it can't be another one later. A no has its proof too."""

from datetime import datetime

from kanmon.ledger.entry import EntryType, NewEntry, instant
from kanmon.rights.answer.told import SubjectView
from kanmon.scoring.score import Score


def answer_entry(view: SubjectView, asked_at: datetime, real_at: datetime | None) -> NewEntry:
    """What a member was answered at `asked_at`: whom a score was computed for, what was trained, who got anything.

    `real_at` is the machine's own moment where this is a replay, else None.
    """
    payload: dict[str, object] = {
        "member_id": view.member_id,
        "asked_at": instant(asked_at),
        "real_at": None if real_at is None else instant(real_at),
        "scored_for": sorted({told.client_id for told in view.scores if isinstance(told.answer, Score)}),
        "trained": sorted(str(model.model_id) for model in view.trained),
        "provided_to": sorted({told.record["recipient"]["client_id"] for told in view.provisions}),
    }
    return NewEntry(EntryType.ANSWER, asked_at, payload)
