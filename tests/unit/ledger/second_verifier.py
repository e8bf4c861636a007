"""A second verifier of receipts, written from the standards alone; it shares nothing with the product.

RFC 6962 (tree), RFC 8785 (canonical form), C2SP signed-note, tlog-checkpoint, -proof, -cosignature and -policy.
"""

import base64
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """RFC 2104, for keys of up to one block."""
    padded = key.ljust(64, b"\0")
    inner = sha256(bytes(one ^ 0x36 for one in padded) + data)
    return sha256(bytes(one ^ 0x5C for one in padded) + inner)


def jcs(value: Any) -> bytes:
    """RFC 8785 for values without numbers other than whole ones."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return b"{" + b",".join(jcs(name) + b":" + jcs(held) for name, held in members) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(jcs, value)) + b"]"
    if isinstance(value, float):
        raise ValueError("a float")
    return json.dumps(value, ensure_ascii=False).encode()


def b64(text: str) -> bytes:
    value = base64.b64decode(text, validate=True)
    if base64.b64encode(value).decode() != text:
        raise ValueError("another spelling of base64")
    return value


def root_over(leaf: bytes, index: int, size: int, siblings: list[bytes]) -> bytes:
    """The root that a path leads to, by the recursion of RFC 6962, 2.1.1, from the top."""
    if size == 1:
        if siblings:
            raise ValueError("too many hashes")
        return leaf
    left = 1
    while left * 2 < size:
        left *= 2
    top = siblings[-1]
    if index < left:
        return sha256(b"\x01" + root_over(leaf, index, left, siblings[:-1]) + top)
    return sha256(b"\x01" + top + root_over(leaf, index - left, size - left, siblings[:-1]))


def verify(receipt: bytes, vkey: str, witnesses: Sequence[str] = ()) -> int:
    """By how many trusted witnesses it is cosigned, if the receipt holds under the key; raise what comes up if not."""
    said = json.loads(receipt)
    if jcs(said) != receipt:
        raise ValueError("not in canonical form")
    members = set(said) - {"witnesses"}
    if members not in ({"format", "entry", "proof", "vkey"}, {"format", "entry", "proof", "vkey", "payload", "key"}):
        raise ValueError("other members than those of a receipt")
    if said["format"] != "kanmon-receipt/1" or said["vkey"] != vkey:
        raise ValueError("another format or key")
    proof, gap, note = said["proof"].partition("\n\n")
    version, index, *hashes = proof.split("\n")
    text, second_gap, signature_lines = note.rpartition("\n\n")
    if not gap or not second_gap or version != "c2sp.org/tlog-proof@v1":
        raise ValueError("not a proof")
    text += "\n"
    origin, size, root, *_ = text.splitlines()
    check_signature(text, signature_lines, vkey)
    entry = said["entry"]
    if set(entry) != {"at", "commit", "seq", "type"} or f"index {entry['seq']}" != index:
        raise ValueError("another entry")
    if not 0 <= entry["seq"] < int(size) or origin != vkey.split("+", maxsplit=1)[0]:
        raise ValueError("not in this log")
    if root_over(sha256(b"\x00" + jcs(entry)), entry["seq"], int(size), [b64(one) for one in hashes]) != b64(root):
        raise ValueError("another root")
    if "payload" in said:
        key = bytes.fromhex(said["key"])
        if key.hex() != said["key"] or hmac_sha256(key, jcs(said["payload"])).hex() != entry["commit"]:
            raise ValueError("another payload")
    return cosigned(text, signature_lines, said.get("witnesses"), vkey, witnesses)


def cosigned(text: str, lines: str, policy: str | None, vkey: str, trusted: Sequence[str]) -> int:
    """How many of the trusted witnesses cosigned a checkpoint, and nobody whom the log's policy doesn't name."""
    named: list[str] = []
    if policy is not None:
        stated, _, signature = policy.rpartition("\n\n")
        check_signature(f"{stated}\n", signature, vkey)
        log, *witnesses, group, quorum = stated.split("\n")
        named = [line.split(" ")[2] for line in witnesses]
        places = " ".join(f"w{place}" for place in range(1, len(named) + 1))
        least = int(group.split(" ")[2])
        expected = [f"witness w{place} {key}" for place, key in enumerate(named, start=1)]
        if (log, group, quorum) != (f"log {vkey}", f"group witnesses {least} {places}", "quorum witnesses"):
            raise ValueError("not a policy")
        if witnesses != expected or not 1 <= least <= len(named) or signature.count("\n") != 1:
            raise ValueError("not a policy")
    keys = {}
    for key in {*named, *trusted}:
        name, key_id, encoded = key.split("+", 2)
        if b64(encoded)[0] != 4 or sha256(name.encode() + b"\n" + b64(encoded))[:4].hex() != key_id:
            raise ValueError("not a key of a witness")
        keys[name, key_id] = key
    count, signers = 0, []
    for line in lines.removesuffix("\n").split("\n"):
        _, name, encoded = line.split(" ")
        blob = b64(encoded)
        signers.append((name, blob[:4].hex()))
        if signers[-1] not in keys:
            if policy is not None and signers[-1] != tuple(vkey.split("+", 2)[:2]):
                raise ValueError("a line by somebody else")
            continue
        key = keys[signers[-1]]
        time = int.from_bytes(blob[4:12])
        message = b"cosignature/v1\ntime " + str(time).encode() + b"\n" + text.encode()
        Ed25519PublicKey.from_public_bytes(b64(key.split("+", 2)[2])[1:]).verify(blob[12:], message)
        if not 0 < time < 2**63:
            raise ValueError("no time")
        count += key in trusted
    if policy is not None and len(set(signers)) != len(signers):
        raise ValueError("a line twice")
    return count


def parts_of(note: str, vkey: str) -> tuple[int, bytes, list[str]]:
    """The size, the root and the lines after them of a checkpoint that the key has signed."""
    text, gap, signature_lines = note.rpartition("\n\n")
    check_signature(text + "\n", signature_lines, vkey)
    origin, size, root, *more = text.split("\n")
    if not gap or origin != vkey.split("+", maxsplit=1)[0]:
        raise ValueError("not of this log")
    return int(size), b64(root), more


def extended(old: int, new: int, proof: list[bytes], old_root: bytes | None) -> tuple[bytes, bytes]:
    """The roots over `old` and over `new` leaves that a proof leads to, by the recursion of RFC 6962, 2.1.2."""
    if old == new:
        if old_root is not None and not proof:
            return old_root, old_root
        [one] = proof if old_root is None else []
        return one, one
    left = 1
    while left * 2 < new:
        left *= 2
    if old <= left:
        before, after = extended(old, left, proof[:-1], old_root)
        return before, sha256(b"\x01" + after + proof[-1])
    before, after = extended(old - left, new - left, proof[:-1], None)
    return sha256(b"\x01" + proof[-1] + before), sha256(b"\x01" + proof[-1] + after)


def verify_answer(answer: bytes, vkey: str, held: bytes | None = None) -> list[dict[str, Any]]:
    """All entries about the person whom an answer names, with their payloads; raise if one could be missing.

    `held` is an answer or a receipt from before: raise if this one's log is not a later state of that one's.
    """
    said = json.loads(answer)
    if jcs(said) != answer or said["entry"]["type"] != "answer":
        raise ValueError("not an answer")
    person = said.pop("person")
    verify(jcs(said), vkey)
    note = said["proof"].partition("\n\n")[2]
    size, root, more = parts_of(note, vkey)
    mark, people, public = more[0].split(" ")
    if mark != "people" or any(line.startswith("people ") for line in more[1:]):
        raise ValueError("no index of people")
    if set(person) != {"label", "siblings", "hashes", "entries", "earlier"}:
        raise ValueError("another proof")
    hashes = [b64(one) for one in person["hashes"]]
    used = [place for line in person["entries"] for place in line["proof"]]
    used += [place for line in person["earlier"] for place in line["extends"]]
    if list(dict.fromkeys(used)) != list(range(len(hashes))) or len(set(hashes)) != len(hashes):
        raise ValueError("hashes that prove nothing")
    name = said["payload"]["member_id"]
    entries = [{"entry": said["entry"], "payload": said["payload"]}]
    entries += [proved(line, hashes, size, root, name) for line in person["entries"]]
    entries.sort(key=lambda one: one["entry"]["seq"])
    earlier = [(size, note)]
    for line in person["earlier"]:
        old, old_root, _ = parts_of(line["note"], vkey)
        proof = [hashes[place] for place in line["extends"]]
        if len(line["note"].rpartition("\n\n")[2].splitlines()) != 1:
            raise ValueError("signed by others, too")
        is_extended = old < size and extended(old, size, proof, old_root) == (old_root, root)
        if set(line) != {"note", "extends"} or not is_extended:
            raise ValueError("not extended")
        earlier.append((old, line["note"]))
    if [old for old, _ in earlier[1:]] != sorted({old for old, _ in earlier[1:]}):
        raise ValueError("another order")
    check_words(said, entries)
    check_list(name, person, entries, b64(people), b64(public))
    if held is not None:
        check_before(json.loads(held), name, entries, dict(earlier), vkey)
    return entries


def proved(line: dict[str, Any], hashes: list[bytes], size: int, root: bytes, name: str) -> dict[str, Any]:
    """One entry about somebody that an answer brings."""
    entry = line["entry"]
    if set(entry) != {"at", "commit", "seq", "type"} or set(line) - {"payload", "key"} != {"entry", "proof"}:
        raise ValueError("another entry")
    path = [hashes[place] for place in line["proof"]]
    if not 0 <= entry["seq"] < size or root_over(sha256(b"\x00" + jcs(entry)), entry["seq"], size, path) != root:
        raise ValueError("not in this log")
    if "payload" in line or "key" in line:
        key = bytes.fromhex(line["key"])
        if key.hex() != line["key"] or hmac_sha256(key, jcs(line["payload"])).hex() != entry["commit"]:
            raise ValueError("another payload")
        if line["payload"]["member_id"] != name:
            raise ValueError("another person")
    return {"entry": entry, "payload": line.get("payload")}


def verify_file(content: bytes, vkey: str, witnesses: Sequence[str] = ()) -> int:
    """As `verify`; an answer to a member needs its proof once the log has an index of people."""
    said = json.loads(content)
    note = said["proof"].partition("\n\n")[2]
    is_to_member = said["entry"]["type"] == "answer" and "member_id" in said.get("payload", {})
    if "person" in said or (is_to_member and "\npeople " in note):
        verify_answer(content, vkey)
        content = jcs({name: value for name, value in said.items() if name != "person"})
    return verify(content, vkey, witnesses)


def check_list(name: str, person: dict[str, Any], entries: list[dict[str, Any]], root: bytes, public: bytes) -> None:
    """Raise unless the index has just these entries under the person's label."""
    label = sha256(b"kanmon person\x00" + x_of_input(public, name.encode(), b64(person["label"])))
    seqs = [one["entry"]["seq"] for one in entries]
    if seqs != sorted(set(seqs)):
        raise ValueError("an entry twice")
    head = sha256(b"")
    for one in entries:
        head = sha256(b"\x01" + head + sha256(b"\x00" + jcs(one["entry"])))
    found = sha256(b"\x00" + label + len(entries).to_bytes(8) + head)
    siblings = [b64(one) for one in person["siblings"]]
    for depth in range(len(siblings) - 1, -1, -1):
        pair = (found, siblings[depth])
        left, right = pair[::-1] if int.from_bytes(label) >> (255 - depth) & 1 else pair
        found = sha256(b"\x01" + left + right)
    if found != root or any(len(one) != 32 for one in siblings):
        raise ValueError("not all that the log has of this person")


def check_words(said: dict[str, Any], entries: list[dict[str, Any]]) -> None:
    """Raise where the answer leaves out a recipient, or a provision rests on no agreement before it."""
    acts = {one["entry"]["seq"]: one for one in entries}
    for one in entries:
        if one["entry"]["type"] != "provision_record":
            continue
        is_named = one["payload"]["recipient"]["client_id"] in said["payload"]["provided_to"]
        if one["entry"]["seq"] < said["entry"]["seq"] and not is_named:
            raise ValueError("a provision left out")
        relied = dict(one["payload"]["consent"])
        act = acts[relied.pop("seq")]
        if act["entry"]["type"] != "consent" or act["entry"]["seq"] >= one["entry"]["seq"]:
            raise ValueError("no agreement before it")
        if act["payload"] is not None and (
            act["payload"]["action"] != "accept" or any(act["payload"][part] != relied[part] for part in relied)
        ):
            raise ValueError("another agreement")


def check_before(
    held: dict[str, Any], name: str, entries: list[dict[str, Any]], earlier: dict[int, str], vkey: str
) -> None:
    """Raise unless what was held before is still there: its checkpoint, and its entries about the person."""
    note = held["proof"].partition("\n\n")[2]
    size, _, _ = parts_of(note, vkey)
    if size not in earlier or note.rpartition("\n\n")[0] != earlier[size].rpartition("\n\n")[0]:
        raise ValueError("another log, or rolled back")
    if held.get("payload", {}).get("member_id") == name:
        known = [one["entry"] for one in entries]
        for one in (held, *held.get("person", {}).get("entries", ())):
            if one["entry"] not in known:
                raise ValueError("an entry is gone")


def verify_training(proof: bytes, vkey: str) -> dict[str, list[int]]:
    """By each model that a proof of training names, the entries of the acts that trained it; raise if it is none.

    A list is a binary trie of labels (HMAC of the model's name under the key of an act's entry): a part with one label
    is its RFC 6962 leaf, an empty part the hash of nothing.
    """
    said = json.loads(proof)
    if jcs(said) != proof or set(said) != {"acts", "format", "models"} or said["format"] != "kanmon-training/1":
        raise ValueError("not a proof of training")
    for kind, receipts in (("consent", said["acts"]), ("training", [line["receipt"] for line in said["models"]])):
        for receipt in receipts:
            verify(jcs(receipt), vkey)
            if receipt["entry"]["type"] != kind:
                raise ValueError("another kind of entry")
    if len({act["payload"]["member_id"] for act in said["acts"]}) > 1:
        raise ValueError("several people")
    answer: dict[str, list[int]] = {}
    for line in said["models"]:
        model = line["receipt"]["payload"]
        if len(line["proofs"]) != len(said["acts"]):
            raise ValueError("an act without an answer")
        answer[model["model_id"]] = [
            act["entry"]["seq"]
            for act, way in zip(said["acts"], line["proofs"], strict=True)
            if is_listed(
                hmac_sha256(bytes.fromhex(act["key"]), jcs({"trained": model["model_id"]})), way, model["root"]
            )
        ]
    return answer


def is_listed(label: bytes, way: dict[str, Any], root: str) -> bool:
    """Whether a label is in the trie with that root, by the number that its bits are."""
    if set(way) != {"found", "siblings"}:
        raise ValueError("not a way through a list")
    siblings = [b64(one) for one in way["siblings"]]
    found = None if way["found"] is None else b64(way["found"])
    above = 256 - len(siblings)
    number = int.from_bytes(label)
    if found is not None and (len(found) != 32 or int.from_bytes(found) >> above != number >> above):
        raise ValueError("a label from elsewhere")

    def down(depth: int) -> bytes:
        if depth == len(siblings):
            return sha256(b"") if found is None else sha256(b"\x00" + found)
        pair = (down(depth + 1), siblings[depth])
        left, right = pair[::-1] if number >> (255 - depth) & 1 else pair
        return sha256(b"\x01" + left + right)

    if any(len(one) != 32 for one in siblings) or down(0).hex() != root:
        raise ValueError("another root")
    return found == label


# The curve P-256 (FIPS 186-5), by the formulas of any textbook; None is the point at infinity.
PRIME = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
CONSTANT = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
BASE = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
Point = tuple[int, int] | None


def point_of(spelt: bytes) -> Point:
    x = int.from_bytes(spelt[1:])
    square = (x**3 - 3 * x + CONSTANT) % PRIME
    y = pow(square, (PRIME + 1) // 4, PRIME)
    if len(spelt) != 33 or spelt[0] not in (2, 3) or x >= PRIME or y * y % PRIME != square:
        raise ValueError("not a point")
    return x, y if y % 2 == spelt[0] % 2 else PRIME - y


def spell(point: Point) -> bytes:
    if point is None:
        raise ValueError("the point at infinity")
    return bytes([2 + point[1] % 2]) + point[0].to_bytes(32)


def add(one: Point, other: Point) -> Point:
    if one is None or other is None:
        return one or other
    if one[0] == other[0]:
        if (one[1] + other[1]) % PRIME == 0:
            return None
        slope = 3 * (one[0] ** 2 - 1) * pow(2 * one[1], -1, PRIME)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, PRIME)
    x = (slope**2 - one[0] - other[0]) % PRIME
    return x, (slope * (one[0] - x) - one[1]) % PRIME


def times(number: int, point: Point) -> Point:
    found: Point = None
    for digit in f"{number:b}":
        found = add(found, found)
        if digit == "1":
            found = add(found, point)
    return found


def x_of_input(public: bytes, alpha: bytes, proof: bytes) -> bytes:
    """What RFC 9381's ECVRF-P256-SHA256-TAI maps an input to, as its x; raise if the proof is none."""
    if len(proof) != 81 or int.from_bytes(proof[49:]) >= ORDER:
        raise ValueError("not a proof")
    gamma, challenge, response = point_of(proof[:33]), int.from_bytes(proof[33:49]), int.from_bytes(proof[49:])
    counter, hashed = 0, None
    while hashed is None:
        try:
            hashed = point_of(b"\x02" + sha256(b"\x01\x01" + public + alpha + bytes([counter, 0])))
        except ValueError:
            counter += 1
    back = ORDER - challenge
    at_base = add(times(response, BASE), times(back, point_of(public)))
    at_hashed = add(times(response, hashed), times(back, gamma))
    spelt = b"".join(map(spell, (point_of(public), hashed, gamma, at_base, at_hashed)))
    if sha256(b"\x01\x02" + spelt + b"\x00")[:16] != proof[33:49]:
        raise ValueError("not the point of this input")
    return proof[1:33]


def check_signature(text: str, lines: str, vkey: str) -> None:
    name, key_id, encoded = vkey.split("+", 2)
    public = b64(encoded)
    if public[0] != 1 or sha256(name.encode() + b"\n" + public)[:4].hex() != key_id:
        raise ValueError("not a key")
    signed = 0
    for line in lines.removesuffix("\n").split("\n"):
        dash, signer, signature = line.split(" ")
        blob = b64(signature)
        if dash != "—":
            raise ValueError("not a signature")
        if signer == name and blob[:4].hex() == key_id:
            Ed25519PublicKey.from_public_bytes(public[1:]).verify(blob[4:], text.encode())
            signed += 1
    if not signed or not lines.endswith("\n"):
        raise ValueError("not signed")


if __name__ == "__main__":
    file, log, *trusted = sys.argv[1:]
    count = verify_file(Path(file).read_bytes(), log, trusted)
    by_none = "only the operator's word stands"
    sys.stdout.write((f"cosigned by {count} of {len(trusted)} trusted witnesses" if count else by_none) + "\n")
