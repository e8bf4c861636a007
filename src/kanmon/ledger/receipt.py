"""Receipts: one entry with its proof, for whoever wants to check it without us.

A receipt is one JSON object in canonical form: `entry` (the leaf), `proof` (tlog-proof text with the checkpoint),
`vkey` (the log's public key), `format`; and `payload` with its `key` where its holder may see what was committed to
and it is not erased. Where the log has witnesses, `witnesses` is its policy (a signed note), and the checkpoint bears
the cosignatures that there are.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kanmon.core.errors import ReceiptInvalid
from kanmon.core.language import N_
from kanmon.ledger.canonical import canonical
from kanmon.ledger.checkpoint import Checkpoint
from kanmon.ledger.cosignature import Cosignature, WitnessKey, cosignatures_on
from kanmon.ledger.entry import Entry, Secret
from kanmon.ledger.note import NoteInvalid, VerifierKey, signatures_of
from kanmon.ledger.proof import InclusionProof
from kanmon.ledger.succession import KeyChain
from kanmon.ledger.tree import leaf_hash
from kanmon.ledger.witness_policy import WitnessPolicy

FORMAT = "kanmon-receipt/1"
MOST_BYTES = 30_000
_PROOF = {"format": str, "entry": dict, "proof": str, "vkey": str}
_CONTENT = {"payload": dict, "key": str}
_ENTRY = {"at": str, "commit": str, "seq": int, "type": str}
_WRITTEN = {
    "at": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z"),
    "commit": re.compile(r"[0-9a-f]{64}"),
    "type": re.compile(r"[a-z_]{1,64}"),
}
"""How an entry's words are written: they are shown as they stand."""


@dataclass(frozen=True)
class VerifiedReceipt:
    """What a receipt proves; `payload` is None where it brings none.

    `is_key_trusted` says that the log's key was given from outside, not only by the receipt itself.
    """

    entry: Mapping[str, Any]
    payload: Mapping[str, Any] | None
    checkpoint: Checkpoint
    key: VerifierKey
    is_key_trusted: bool
    chain: KeyChain
    """The keys of the log up to this one, as the receipt brings them."""
    proof: InclusionProof
    policy: WitnessPolicy | None = None
    """Which witnesses the log says that it has; None where the receipt doesn't say."""
    cosignatures: Sequence[Cosignature] = ()
    """By witnesses of that policy, and by those that were trusted from outside."""


def write_receipt(
    entry: Entry, secret: Secret | None, proof: InclusionProof, chain: KeyChain, policy: str | None = None
) -> bytes:
    """The receipt's bytes; without `secret` it proves that the entry exists and not what it says.

    Where the log has had other keys, it brings how they followed each other, for whoever knows an older one. `policy`
    is the note of the log's policy of witnesses.

    Raises `ReceiptInvalid` where it would be too large to hand to a person.
    """
    said = {"format": FORMAT, "entry": json.loads(entry.leaf()), "proof": str(proof), "vkey": str(chain.current)}
    if chain.successions:
        said["successions"] = [step.note for step in chain.successions]
    if policy is not None:
        said["witnesses"] = policy
    if secret is not None:
        said |= {"payload": json.loads(secret.payload), "key": secret.key.hex()}
    receipt = canonical(said)
    if len(receipt) > MOST_BYTES:
        raise ReceiptInvalid(N_("the receipt would be larger than %(most)s bytes"), most=MOST_BYTES)
    return receipt


def verify_receipt(
    receipt: bytes, trusted: VerifierKey | None, witnesses: Sequence[WitnessKey] = ()
) -> VerifiedReceipt:
    """What a receipt proves under the trusted key, or, where None is given, under the key that it brings itself.

    A trusted key may be one that the receipt's has succeeded since, each step signed with the key before it. Whether
    enough of the trusted `witnesses` cosigned is left to the caller; a cosignature that fails is not. Raises
    `ReceiptInvalid` with the first thing that is wrong.
    """
    said = _read(receipt)
    entry = said["entry"]
    try:
        key = VerifierKey.parse(said["vkey"])
        chain = KeyChain.parse(said.get("successions", []), key)
        proof = InclusionProof.parse(said["proof"])
        if trusted is not None:
            _check_trust(chain, trusted)
        checkpoint = proof.proves(leaf_hash(canonical(entry)), [key])
    except NoteInvalid:
        raise ReceiptInvalid(N_("the receipt's checkpoint is not signed with the log's key")) from None
    if checkpoint is None or proof.index != entry["seq"] or checkpoint.origin != key.name:
        raise ReceiptInvalid(N_("the entry is not in the log that the receipt's checkpoint speaks of"))
    if "payload" in said and not _opens(said, entry["commit"]):
        raise ReceiptInvalid(N_("the receipt's payload is not the one that the entry commits to"))
    policy, cosignatures = _witnessed(said.get("witnesses"), proof.checkpoint, chain, witnesses)
    is_trusted = trusted is not None
    return VerifiedReceipt(entry, said.get("payload"), checkpoint, key, is_trusted, chain, proof, policy, cosignatures)


def _witnessed(
    stated: str | None, checkpoint: str, chain: KeyChain, trusted: Sequence[WitnessKey]
) -> tuple[WitnessPolicy | None, Sequence[Cosignature]]:
    """The log's policy, and what its witnesses and the trusted ones said of the checkpoint.

    With a policy each line of the note is the log's or one of its witnesses': so no byte of a line can be changed.
    """
    try:
        policy = None if stated is None else WitnessPolicy.parse(stated, chain.current)
        given = cosignatures_on(checkpoint, [*(policy.witnesses if policy else ()), *trusted])
        if policy is not None:
            known = {(key.name, key.key_id) for key in chain.keys}
            known |= {(witness.name, witness.key_id) for witness in policy.witnesses}
            lines = [(name, blob[:4]) for name, blob in signatures_of(checkpoint)[1]]
            if not known.issuperset(lines) or len(set(lines)) != len(lines) or signatures_of(stated or "")[1][1:]:
                raise NoteInvalid("a line by somebody else")
    except NoteInvalid:
        raise ReceiptInvalid(N_("what the receipt says of witnesses is not what they or the log have signed")) from None
    return policy, given


def _check_trust(chain: KeyChain, trusted: VerifierKey) -> None:
    unproved = chain.unproved_since(trusted)
    if unproved is None:
        raise ReceiptInvalid(N_("the receipt is signed with another key than the one given"))
    if unproved:
        raise ReceiptInvalid(
            N_(
                "the receipt's key %(new)s took the place of the one given, which was declared lost (“%(reason)s”): "
                "that key has not signed it. If the platform publishes the new key, give that one"
            ),
            new=chain.current,
            reason=unproved[0].reason,
        )


def checkpoint_in(content: bytes) -> str:
    """The signed note of a receipt; any other content is taken as a note itself. Nothing of it is verified."""
    try:
        return InclusionProof.parse(json.loads(content)["proof"]).checkpoint
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return content.decode(errors="replace")


def is_receipt(content: bytes) -> bool:
    """Whether these bytes are written as a receipt is; nothing of it is verified."""
    try:
        _read(content)
    except ReceiptInvalid:
        return False
    return True


def _read(receipt: bytes) -> dict[str, Any]:
    if len(receipt) <= MOST_BYTES:
        try:
            said = json.loads(receipt)
            is_canonical = canonical(said) == receipt
        except (ValueError, RecursionError):
            is_canonical = False
        if is_canonical and _is_receipt(said):
            return dict(said)
    raise ReceiptInvalid(N_("this is not a receipt, or not one byte for byte as it was made"))


def _is_receipt(said: object) -> bool:
    if not isinstance(said, dict):
        return False
    notes = said.get("successions", [])
    if not isinstance(notes, list) or ("successions" in said and not notes):
        return False
    if not all(type(note) is str for note in notes):
        return False
    if type(said.get("witnesses", "")) is not str:
        return False
    plain = {name: value for name, value in said.items() if name not in ("successions", "witnesses")}
    if not (_has(plain, _PROOF) or _has(plain, _PROOF | _CONTENT)):
        return False
    return said["format"] == FORMAT and is_entry(said["entry"])


def is_entry(said: object) -> bool:
    """Whether this is an entry as `ledger.entry.leaf` writes one."""
    if not _has(said, _ENTRY):
        return False
    assert isinstance(said, dict)
    return all(pattern.fullmatch(said[name]) for name, pattern in _WRITTEN.items())


def _has(said: object, fields: Mapping[str, type]) -> bool:
    return (
        isinstance(said, dict)
        and said.keys() == fields.keys()
        and all(type(said[name]) is kind for name, kind in fields.items())
    )


def _opens(said: Mapping[str, Any], commit: str) -> bool:
    try:
        key = bytes.fromhex(said["key"])
    except ValueError:
        return False
    return key.hex() == said["key"] and Secret(canonical(said["payload"]), key).commitment().hex() == commit
