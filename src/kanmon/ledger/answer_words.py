"""What an answer proves, in plain words and as plain values."""

import json
from collections.abc import Callable, Sequence

from kanmon.core.language import N_
from kanmon.ledger.answer import ProvedEntry, VerifiedAnswer
from kanmon.ledger.people import member_in
from kanmon.ledger.shapes import AnswerFacts

_WORD_ALONE = {
    True: N_(
        "the log had no index of people when this answer was given: that nothing was left out is the platform's word"
    ),
    False: N_(
        "this answer was given for a check code, not to a member: that nothing was left out is the platform's word"
    ),
}
"""By whether it was given to a member."""


def answer_facts(answer: VerifiedAnswer) -> AnswerFacts:
    """What an answer proves, for programs; `nothing_else` says that no entry about the person can be missing."""
    if answer.entries is None:
        return {"nothing_else": False}
    return {
        "nothing_else": True,
        "entries": [{**one.entry, "payload": one.payload} for one in answer.entries],
        "provided_to": sorted({_client(one) for one in answer.provisions}),
        "extends": [checkpoint.size for checkpoint in answer.earlier],
    }


def answer_sentences(answer: VerifiedAnswer, held: Sequence[bytes], translate: Callable[[str], str]) -> list[str]:
    """The same for people."""
    member = member_in(answer.receipt.payload or {})
    if answer.entries is None:
        return [translate(_WORD_ALONE[member is not None])]
    values = {"count": len(answer.entries), "member": _printed(member), "size": answer.receipt.checkpoint.size}
    said = [
        translate(
            N_("of the log's first %(size)s entries %(count)s are about member %(member)s: they are all in this file")
        )
        % values
    ]
    said += _provision_sentences(answer, translate)
    said.append(
        translate(
            N_(
                "a score that was computed and given to nobody is no entry of a person's: for that, the answer is the "
                "platform's word"
            )
        )
    )
    gone = sum(one.payload is None for one in answer.entries)
    if gone:
        said.append(translate(N_("of %(count)s of these entries the content is gone")) % {"count": gone})
    if answer.earlier:
        sizes = ", ".join(str(checkpoint.size) for checkpoint in answer.earlier)
        said.append(
            translate(N_("the log still begins with what was signed before, at %(sizes)s entries")) % {"sizes": sizes}
        )
    if held:
        said.append(translate(N_("nothing in the files that you hold is missing or changed")))
    return said


def _provision_sentences(answer: VerifiedAnswer, translate: Callable[[str], str]) -> list[str]:
    if not answer.provisions:
        said = [translate(N_("nothing about this person was provided to anybody: a record of it would be one of them"))]
    else:
        said = [
            translate(N_("entry %(seq)s, %(at)s: provided to %(client)s"))
            % {"seq": one.seq, "at": one.entry["at"], "client": _printed(_client(one))}
            for one in answer.provisions
        ]
    named = (answer.receipt.payload or {}).get("provided_to") or []
    unproved = sorted({str(client) for client in named} - {_client(one) for one in answer.provisions})
    if unproved:
        said.append(
            translate(N_("the answer also names %(clients)s, of which no entry about this person tells"))
            % {"clients": ", ".join(map(_printed, unproved))}
        )
    return said


def _client(record: ProvedEntry) -> str:
    return str((record.payload or {})["recipient"]["client_id"])


def _printed(said: object) -> str:
    """What a payload says, so that nothing of it reaches a terminal as a command."""
    return json.dumps(str(said), ensure_ascii=False)[1:-1]
