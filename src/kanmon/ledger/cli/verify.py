"""`kanmon verify`: the one command that needs neither workspace nor database, and loads nothing but the ledger."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from kanmon.core.errors import TooLarge, UsageError
from kanmon.core.language import N_, preferred_language, translations
from kanmon.ledger.answer import is_answer, verify_answer
from kanmon.ledger.answer_words import answer_facts, answer_sentences
from kanmon.ledger.cli.compared import check_comparisons, comparison_facts, comparison_sentences
from kanmon.ledger.cli.witnessed import TrustedWitnesses
from kanmon.ledger.comparison import compare
from kanmon.ledger.held_files import check_held
from kanmon.ledger.note import NoteInvalid, VerifierKey, encoded
from kanmon.ledger.pack import Pack, is_pack, verify_pack
from kanmon.ledger.receipt import VerifiedReceipt, verify_receipt
from kanmon.ledger.shapes import (
    ComparisonResult,
    KeySuccession,
    PackResult,
    ProvedAnswer,
    ReceiptFacts,
    TrainingProofResult,
    VerifyResult,
)
from kanmon.ledger.succession import Succession, SuccessionReason
from kanmon.ledger.training_proof import ProvedModel, TrainingProof, is_training_proof, verify_training_proof

MOST_BYTES = 2_000_000_000
"""Of a pack: several million entries with their proofs."""
_KEY_OF_THE_FILE = N_(
    "the signature was checked with the key that the receipt itself names: compare it with the published one"
)


def verify(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", help="The receipt, answer, pack of evidence or proof of training; several are compared."
        ),
    ],
    key: Annotated[
        str | None, typer.Option("--key", metavar="VKEY", help="The log's public key, as the platform publishes it.")
    ] = None,
    seen: Annotated[
        list[Path] | None,
        typer.Option(
            "--seen", metavar="FILE", help="A pack, answer, receipt or checkpoint from before; for packs and answers."
        ),
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option("--witness", metavar="VKEY", help="The public key of a witness that you trust; may be repeated."),
    ] = None,
    quorum: Annotated[
        int | None,
        typer.Option("--quorum", metavar="NUMBER", help="How many of them must have cosigned; 1 without it."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")] = False,
) -> None:
    """Check a receipt, an answer, a pack or a proof of training offline, against the signed checkpoints it brings.

    Two files or more, checkpoints and proofs of consistency among them, are held against each other: do they show one
    log? Exit with 4 where they don't, or where they don't tell.
    """
    trusted, witnesses = None if key is None else _key(key), TrustedWitnesses.of(witness or [], quorum)
    if len(files) > 1:
        if seen:
            raise UsageError(
                N_("--seen goes with one file, a pack or an answer: of several files each two are compared")
            )
        if quorum is not None:
            raise UsageError(N_("--quorum goes with one file: of several each two are compared, whoever cosigned them"))
        _compare(files, trusted, witnesses, as_json=as_json)
        return
    content, held = content_of(files[0]), [content_of(kept) for kept in seen or ()]
    facts: ReceiptFacts | PackResult | ProvedAnswer | TrainingProofResult
    if is_pack(content):
        pack = verify_pack(content, trusted, held, witnesses.keys)
        receipts, facts, sentences = [pack.receipt], _pack_facts(pack), _pack_sentences(pack)
    elif is_answer(content):
        answer = verify_answer(content, trusted, witnesses.keys)
        check_held(answer, held)
        proved: ProvedAnswer = {**_facts(answer.receipt), **answer_facts(answer)}
        receipts, facts = [answer.receipt], proved
        sentences = [*_sentences(answer.receipt), *answer_sentences(answer, held, _)]
    elif seen:
        raise UsageError(N_("--seen is for packs and answers; %(file)s is neither"), file=files[0])
    elif is_training_proof(content):
        proof = verify_training_proof(content, trusted, witnesses.keys)
        receipts, facts, sentences = _receipts_of(proof), _training_facts(proof), _training_sentences(proof)
    else:
        verified = verify_receipt(content, trusted, witnesses.keys)
        receipts, facts, sentences = [verified], _facts(verified), _sentences(verified)
    witnesses.check(receipts)
    if receipts:
        least = min(receipts, key=lambda receipt: len(witnesses.counted_on(receipt)))
        facts["witnesses"] = witnesses.facts(least)
        sentences += witnesses.sentences(least)
    _write(facts, sentences, as_json=as_json)


def _compare(files: Sequence[Path], trusted: VerifierKey | None, witnesses: TrustedWitnesses, *, as_json: bool) -> None:
    comparisons = compare([content_of(file) for file in files], trusted, witnesses.keys)
    sentences, keys = comparison_sentences(files, comparisons), comparisons[0].keys
    told = comparison_facts(files, comparisons)
    facts: ComparisonResult = {
        "verdict": told["verdict"],
        "comparisons": told["comparisons"],
        "vkey": str(keys.current),
        "is_key_trusted": trusted is not None,
    }
    if keys.successions:
        facts["successions"] = succession_facts(keys.successions)
    sentences += succession_sentences(keys.successions)
    if trusted is None:
        sentences += [_(_KEY_OF_THE_FILE), str(keys.current)]
    _write(facts, sentences, as_json=as_json)
    check_comparisons(comparisons)


def _write(facts: VerifyResult, sentences: Sequence[str], *, as_json: bool) -> None:
    sys.stdout.write((json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(sentences)) + "\n")


def content_of(file: Path) -> bytes:
    """What a file holds; `UsageError` where it can't be read, `TooLarge` where no pack is so large."""
    try:
        size = file.stat().st_size
        if size > MOST_BYTES:
            raise TooLarge(
                N_("%(file)s has %(size)s bytes; a receipt or a pack of more than %(most)s is not read"),
                file=file,
                size=f"{size:,}",
                most=f"{MOST_BYTES:,}",
            )
        if not file.is_file():
            raise UsageError(N_("%(file)s is no file"), file=file)
        return file.read_bytes()
    except OSError as error:
        raise UsageError(N_("%(file)s can't be read: %(reason)s"), file=file, reason=error.strerror) from None


def _key(vkey: str) -> VerifierKey:
    try:
        return VerifierKey.parse(vkey)
    except NoteInvalid:
        raise UsageError(
            N_("--key %(key)s is no public key of a log; write it like name+id+base64"), key=vkey
        ) from None


def _facts(verified: VerifiedReceipt) -> ReceiptFacts:
    checkpoint = verified.checkpoint
    facts: ReceiptFacts = {
        "entry": verified.entry,
        "payload": verified.payload,
        "checkpoint": {"origin": checkpoint.origin, "size": checkpoint.size, "root": encoded(checkpoint.root)},
        "vkey": str(verified.key),
        "is_key_trusted": verified.is_key_trusted,
    }
    if verified.chain.successions:
        facts["successions"] = succession_facts(verified.chain.successions)
    return facts


def succession_facts(steps: Sequence[Succession]) -> list[KeySuccession]:
    """How a log's keys followed each other, as plain values."""
    return [
        {
            "size": step.size,
            "old": str(step.old),
            "new": str(step.new),
            "because": step.because.value,
            "reason": step.reason,
        }
        for step in steps
    ]


def succession_sentences(steps: Sequence[Succession]) -> list[str]:
    """The same for people."""
    told = {
        SuccessionReason.ROTATED: N_(
            "from %(size)s entries on the log is signed with %(new)s; the key before it signed that"
        ),
        SuccessionReason.LOST: N_(
            "from %(size)s entries on the log is signed with %(new)s: the key before it was declared lost "
            "(%(reason)s), and has not signed that"
        ),
    }
    return [_(told[step.because]) % {"size": step.size, "new": step.new, "reason": step.reason} for step in steps]


def _pack_facts(pack: Pack) -> PackResult:
    return {
        **_facts(pack.receipt),
        "seqs": list(pack.seqs),
        "without_content": pack.without_content,
        "checkpoints": [checkpoint.size for checkpoint in pack.checkpoints],
    }


def _pack_sentences(pack: Pack) -> list[str]:
    last = pack.checkpoints[-1]
    said = [
        _("the pack is valid: %(count)s entries are in log %(origin)s, signed over %(size)s entries")
        % {"count": len(pack.seqs), "origin": last.origin, "size": last.size},
        _("of %(count)s of them the content is gone: it was erased") % {"count": pack.without_content},
    ]
    return said + _doubts(pack.receipt)


def _sentences(verified: VerifiedReceipt) -> list[str]:
    said = [
        _("the receipt is valid: entry %(seq)s (%(type)s, %(at)s) is in log %(origin)s, signed over %(size)s entries")
        % {**verified.entry, "origin": verified.checkpoint.origin, "size": verified.checkpoint.size}
    ]
    if verified.payload is None:
        said.append(_("it does not tell what the entry says: the holder may not see it, or it is erased"))
    else:
        said.append(json.dumps(verified.payload, ensure_ascii=False, indent=2))
    return said + _doubts(verified)


def _training_facts(proof: TrainingProof) -> TrainingProofResult:
    return {
        "acts": [act.payload for act in proof.acts],
        "models": [
            {
                "training": model.training.payload,
                "trained": bool(model.acts),
                "on": [act.entry["seq"] for act in model.acts],
                "acts_entered_later": [act.entry["seq"] for act in model.later],
                "checkpoint": model.training.checkpoint.size,
            }
            for model in proof.models
        ],
        "is_key_trusted": all(one.is_key_trusted for one in _receipts_of(proof)),
        "vkey": next((str(one.key) for one in _receipts_of(proof)), None),
    }


def _training_sentences(proof: TrainingProof) -> list[str]:
    member = next(((act.payload or {})["member_id"] for act in proof.acts), None)
    said = [
        _("the proof is valid: %(acts)s agreements of member %(member)s against %(models)s models")
        % {"acts": len(proof.acts), "member": "–" if member is None else _printed(member), "models": len(proof.models)}
    ]
    said += [sentence for model in proof.models for sentence in _model_sentences(model)]
    return said + [doubt for one in _receipts_of(proof)[:1] for doubt in _doubts(one)]


def _model_sentences(model: ProvedModel) -> list[str]:
    training = model.training.payload or {}
    seqs = ", ".join(str(act.entry["seq"]) for act in model.acts)
    names = {"model": _printed(training["model_id"]), "season": _printed(training["season"])}
    values = {**names, "seqs": seqs, "count": len(model.later)}
    if model.acts:
        return [_("model %(model)s, season %(season)s: trained on this history, on entry %(seqs)s") % values]
    said = [_("model %(model)s, season %(season)s: not trained on this history") % values]
    if model.later:
        said.append(
            _("    for %(count)s agreements that were entered after that training this proves nothing") % values
        )
    return said


def _printed(said: object) -> str:
    """What a payload says, so that nothing of it reaches a terminal as a command."""
    return json.dumps(str(said), ensure_ascii=False)[1:-1]


def _receipts_of(proof: TrainingProof) -> list[VerifiedReceipt]:
    return [*proof.acts, *(model.training for model in proof.models)]


def _doubts(verified: VerifiedReceipt) -> list[str]:
    said = succession_sentences(verified.chain.successions)
    if verified.is_key_trusted:
        return said
    return [*said, _(_KEY_OF_THE_FILE), str(verified.key)]


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
