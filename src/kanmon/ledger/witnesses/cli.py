"""`kanmon ledger witness` and `kanmon ledger consistency`.

JSON of the former: `policy` (`quorum`, `of`), `answers` (`witness`, `outcome`, `size`), `conflicts` (`witness`, `kind`,
`size`, `note`: null where the witness shows none); of the latter `file`.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from kanmon.cli.opening import JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.cli.output_files import write_file
from kanmon.core.errors import LogForked, NotWitnessed
from kanmon.core.language import N_, preferred_language, translations
from kanmon.ledger.shapes import AskedWitnesses, ConflictResult, ConsistencyResult
from kanmon.ledger.witnesses.model import WitnessAnswer, WitnessConflict, WitnessOutcome, WitnessSettings
from kanmon.ledger.witnesses.use_cases import Witnesses, check_named, consistency_file, witness_records
from kanmon.ledger.witnesses.words import CLAIMED, OUTCOMES, PROVED


def ask_witnesses(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """Have the witnesses that settings name cosign the newest checkpoint now; the worker does so by itself.

    Exit with 4 where a witness holds another log than ours, or where too few have cosigned.
    """
    with opened(workspace, None, alone=False) as application:
        witnesses = Witnesses(application, os.environ)
        check_named(witnesses)
        answers = witnesses.ask(all_of_them=True)
        conflicts = witness_records(application)[1]
    assert witnesses.settings is not None
    if as_json:
        print_json(_facts(witnesses.settings, answers, conflicts))
    else:
        for answer in answers:
            outcome = _(OUTCOMES[answer.outcome])
            say(f"%(name)s: {outcome}", name=answer.witness.key.name, size=answer.size)
        for sentence in conflict_sentences(conflicts):
            say(sentence)
    _check(witnesses.settings, answers)


def consistency(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the proof is written to.")],
    old: Annotated[int, typer.Argument(metavar="OLD", help="How many entries the older checkpoint is over.")],
    new: Annotated[
        int | None, typer.Argument(metavar="NEW", help="The same of the newer one; the newest without it.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the proof that one checkpoint extends another: `kanmon verify` takes it beside two receipts."""
    with opened(workspace, None, alone=False) as application:
        write_file(file, consistency_file(application, old, new))
    if as_json:
        print_json(ConsistencyResult(file=str(file)))
    else:
        say(_("the proof is in %(file)s"), file=file)


def conflict_facts(conflicts: Sequence[WitnessConflict]) -> list[ConflictResult]:
    """What witnesses hold against the log, as plain values."""
    return [
        {"witness": conflict.witness, "kind": conflict.kind.value, "size": conflict.size, "note": conflict.note}
        for conflict in conflicts
    ]


def conflict_sentences(conflicts: Sequence[WitnessConflict]) -> list[str]:
    """The same for people."""
    return [
        _((CLAIMED if conflict.note is None else PROVED)[conflict.kind])
        % {"name": conflict.witness.partition("+")[0], "size": conflict.size}
        for conflict in conflicts
    ]


def _facts(
    settings: WitnessSettings, answers: Sequence[WitnessAnswer], conflicts: Sequence[WitnessConflict]
) -> AskedWitnesses:
    return {
        "policy": {"quorum": settings.quorum, "of": len(settings.witnesses)},
        "answers": [
            {"witness": str(answer.witness.key), "outcome": answer.outcome.value, "size": answer.size}
            for answer in answers
        ],
        "conflicts": conflict_facts(conflicts),
    }


def _check(settings: WitnessSettings, answers: Sequence[WitnessAnswer]) -> None:
    if any(answer.conflict is not None for answer in answers):
        raise LogForked(N_("a witness holds another log than ours: look with `kanmon audit ledger`"))
    count = sum(answer.outcome is WitnessOutcome.COSIGNED for answer in answers)
    if answers and count < settings.quorum:
        raise NotWitnessed(
            N_("cosigned by %(count)s witnesses, and the policy asks for %(needed)s"),
            count=count,
            needed=settings.quorum,
        )


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
