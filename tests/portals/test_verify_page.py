"""`/verify` in a real Chromium, from a disk: it agrees with `kanmon verify` and the second verifier on every file."""

import json
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

import kanmon.rights.answer
from kanmon.core.errors import KanmonError
from kanmon.ledger.answer import is_answer, verify_answer
from kanmon.ledger.canonical import canonical
from kanmon.ledger.entry import EntryType, NewEntry
from kanmon.ledger.note import SigningKey
from kanmon.ledger.pack import is_pack, verify_pack
from kanmon.ledger.receipt import verify_receipt
from kanmon.ledger.service import receipt_of
from kanmon.ledger.training_proof import is_training_proof, verify_training_proof
from tests.unit.ledger import second_verifier
from tests.unit.ledger.memory import AT, MemoryStore
from tests.unit.ledger.test_answer import ANSWER, BOARD, NO, Board, busy_board, trimmed
from tests.unit.ledger.test_answer import KEY as ANSWER_KEY
from tests.unit.ledger.test_pack import VKEY, good, grown, packed
from tests.unit.ledger.test_receipt import KEY, OTHER, RECEIPT, STORE
from tests.unit.ledger.test_training_proof import KEY as TRAINING_KEY
from tests.unit.ledger.test_training_proof import LIES, LOG, PEOPLE, Log
from tests.unit.ledger.witnessed import STRANGER, WITNESSES, cosign, line_over, state_policy
from tests.unit.ledger.witnessed import grown as grow

PAGE = Path(kanmon.rights.answer.__file__).with_name("verify.html")
Verdict = Callable[..., str]


@pytest.fixture(scope="module")
def verdict(browser: Browser) -> Iterator[Verdict]:
    """What the page says of a file under a key, without any network."""
    context = browser.new_context(offline=True)
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(PAGE.as_uri())

    def of(content: bytes, key: str, *witnesses: str, told: str = "") -> str:
        page.evaluate(
            "delete document.getElementById('result').dataset.verdict; document.getElementById('file').value = ''"
        )
        page.fill("#key", key)
        page.fill("#witnesses", "\n".join(witnesses))
        page.set_input_files("#file", {"name": "file", "mimeType": "application/octet-stream", "buffer": content})
        page.wait_for_selector("#result[data-verdict]")
        assert told in page.inner_text("#result")
        return page.get_attribute("#result", "data-verdict") or ""

    yield of
    assert said == []
    assert asked == [PAGE.as_uri()]
    context.close()


def expected(content: bytes, key: SigningKey) -> str:
    """What the product says, after the second verifier said the same of a receipt."""
    try:
        if is_pack(content):
            verify_pack(content, key.verifier)
        elif is_answer(content):
            verify_answer(content, key.verifier)
        elif is_training_proof(content):
            verify_training_proof(content, key.verifier)
        else:
            verify_receipt(content, key.verifier)
        first = True
    except KanmonError:
        first = False
    if not is_pack(content):
        try:
            check = second_verifier.verify_training if is_training_proof(content) else second_verifier.verify_file
            check(content, str(key.verifier))
            second = True
        except Exception:
            second = False
        assert first == second
    return "valid" if first else "invalid"


@pytest.mark.parametrize("seq", [0, 1, 255, 256, 511, 512, 599])
@pytest.mark.parametrize("shows_payload", [True, False])
def test_good_receipts_are_valid(verdict: Verdict, seq: int, shows_payload: bool) -> None:
    receipt = receipt_of(STORE, seq, KEY.verifier, shows_payload)
    assert verdict(receipt, str(KEY.verifier)) == verdict(receipt, "") == expected(receipt, KEY) == "valid"


def test_another_key_is_refused_and_so_is_what_is_no_key(verdict: Verdict) -> None:
    assert verdict(RECEIPT, str(OTHER.verifier)) == expected(RECEIPT, OTHER) == "invalid"
    assert verdict(RECEIPT, "kanmon/test+00000000+AAAA") == "invalid"


def test_no_byte_of_a_receipt_can_be_changed(verdict: Verdict) -> None:
    for place in range(0, len(RECEIPT), 41):
        for flipped in (1, 0x20):
            changed = RECEIPT[:place] + bytes([RECEIPT[place] ^ flipped]) + RECEIPT[place + 1 :]
            assert verdict(changed, str(KEY.verifier)) == expected(changed, KEY) == "invalid", (place, flipped)


def odd_receipts() -> dict[str, bytes]:
    """Receipts that are nearly good, each wrong in one way."""
    said = json.loads(RECEIPT)
    entry = said["entry"]
    return {
        "spaces": json.dumps(said).encode(),
        "a newline": RECEIPT + b"\n",
        "a mark of order": b"\xef\xbb\xbf" + RECEIPT,
        "another payload": canonical(said | {"payload": said["payload"] | {"member_id": "M1"}}),
        "a payload without its key": canonical({name: held for name, held in said.items() if name != "key"}),
        "another number": canonical(said | {"entry": entry | {"seq": 301}}),
        "a number that is true": canonical(said | {"entry": entry | {"seq": True}}),
        "another type": canonical(said | {"entry": entry | {"type": "consent"}}),
        "one more field": canonical(said | {"more": "x"}),
        "no successions": canonical(said | {"successions": []}),
        "a note as successions": canonical(said | {"successions": [said["proof"].partition("\n\n")[2]]}),
        "the key of another": canonical(said | {"vkey": str(OTHER.verifier)}),
        "nothing": b"",
        "no object": b"[]",
        "a fraction": RECEIPT.replace(b'"seq":300', b'"seq":300.0'),
    }


@pytest.mark.parametrize("name", odd_receipts())
def test_odd_receipts_are_refused(verdict: Verdict, name: str) -> None:
    receipt = odd_receipts()[name]
    assert verdict(receipt, str(KEY.verifier)) == expected(receipt, KEY) == "invalid"


def test_a_good_pack_is_valid_also_where_contents_were_erased(verdict: Verdict) -> None:
    assert verdict(good(), str(VKEY)) == "valid"
    store, ledger = grown(MemoryStore())
    store.erase([40])
    assert verdict(packed(store, ledger), str(VKEY)) == "valid"


def test_no_byte_of_a_pack_can_be_changed(verdict: Verdict) -> None:
    pack = good()
    for place in range(0, len(pack), len(pack) // 60):
        changed = pack[:place] + bytes([pack[place] ^ 1]) + pack[place + 1 :]
        assert verdict(changed, str(VKEY)) == "invalid", place
    for other in (pack + b"x", pack[:-1], b"PK"):
        assert verdict(other, str(VKEY)) == "invalid"


@cache
def witnessed() -> tuple[MemoryStore, bytes]:
    """A log whose checkpoint two of three witnesses cosigned, and a receipt."""
    store = MemoryStore()
    state_policy(store, KEY, 2)
    grow(store, KEY, 40)
    cosign(store, *WITNESSES[:2])
    return store, receipt_of(store, 3, KEY.verifier, shows_payload=True)


def test_the_page_says_by_whom_a_receipt_is_cosigned(verdict: Verdict) -> None:
    _, receipt = witnessed()
    key, vkeys = str(KEY.verifier), [witness.vkey for witness in WITNESSES]
    assert verdict(receipt, key, *vkeys, told="Cosigned by 2 of the 3 witnesses that you trust") == "valid"
    assert verdict(receipt, key, vkeys[1], told="Cosigned by 1 of the 1 witnesses that you trust") == "valid"
    assert verdict(receipt, key, told="Cosigned by 2 of the 3 witnesses that the log itself names") == "valid"
    assert verdict(RECEIPT, key, told="Cosigned by none, so that only the operator's word stands") == "valid"
    assert verdict(good(), str(VKEY), told="Cosigned by none") == "valid"
    assert verdict(receipt, key, vkeys[2], told="Cosigned by none of the witnesses that you trust") == "invalid"
    assert verdict(RECEIPT, key, vkeys[0], told="Cosigned by none of the witnesses that you trust") == "invalid"
    assert verdict(receipt, key, "x", told="no public keys of witnesses") == "invalid"
    assert verdict(receipt, key, key, told="no public keys of witnesses") == "invalid"


def test_no_byte_of_a_witnessed_receipt_can_be_changed(verdict: Verdict) -> None:
    _, receipt = witnessed()
    for place in range(0, len(receipt), 37):
        changed = receipt[:place] + bytes([receipt[place] ^ 1]) + receipt[place + 1 :]
        assert verdict(changed, str(KEY.verifier)) == expected(changed, KEY) == "invalid", place


def test_forged_cosignatures_and_those_from_the_future_are_refused_or_not_counted(verdict: Verdict) -> None:
    store, receipt = witnessed()
    said = json.loads(receipt)
    head, _, lines = said["proof"].rpartition("\n\n")
    first, *cosigned = lines.splitlines(keepends=True)
    note = store.notes[0]
    late = line_over(note, WITNESSES[2], int(time.time()) + 3600)
    for below in ([line_over(note, STRANGER)], [cosigned[0], cosigned[0]], [line_over(note, WITNESSES[0], 0)]):
        other = canonical(said | {"proof": f"{head}\n\n{first}{''.join(below)}"})
        assert verdict(other, str(KEY.verifier)) == expected(other, KEY) == "invalid"
    future = canonical(said | {"proof": f"{head}\n\n{first}{late}"})
    assert verdict(future, str(KEY.verifier), told="Cosigned by none, so that") == expected(future, KEY) == "valid"
    assert verdict(future, str(KEY.verifier), WITNESSES[2].vkey, told="Cosigned by none of") == "invalid"


def test_good_answers_are_valid_and_say_what_was_provided(verdict: Verdict) -> None:
    for answer in (ANSWER, NO, BOARD.answer("N79"), Board(None).answer("M1")):
        assert verdict(answer, str(ANSWER_KEY.verifier)) == verdict(answer, "") == "valid"
        verify_answer(answer, ANSWER_KEY.verifier)


def odd_answers() -> dict[str, bytes]:
    """Answers that are nearly good, each wrong in one way."""
    board, said = busy_board(), json.loads(ANSWER)
    cut = {name: held for name, held in said.items() if name != "person"}
    omitted = json.loads(ANSWER)
    del omitted["person"]["entries"][1]
    hidden = json.loads(ANSWER)
    for line in hidden["person"]["entries"]:
        if line["entry"]["type"] == "provision_record":
            del line["payload"], line["key"]
    forged, late = Board(), Board()
    forged.agree("M1", screen_id="s2")
    forged.provide("M1", "C1")
    late.agreed["M1"] = 1
    late.provide("M1", "C1")
    late.agree("M1")
    other = json.loads(NO)["person"]["label"]
    return {
        "a lying no": board.answer("M1", provided_to=[]),
        "no proof": canonical(cut),
        "a proof that is none": canonical({**cut, "person": None}),
        "an entry left out": trimmed(omitted),
        "a provision without content": canonical(hidden),
        "a forged act": forged.answer("M1"),
        "an act that came later": late.answer("M1"),
        "another person's label": canonical({**said, "person": {**said["person"], "label": other}}),
        "one more hash": canonical(
            {**said, "person": {**said["person"], "hashes": [*said["person"]["hashes"], other]}}
        ),
    }


@pytest.mark.parametrize("name", odd_answers())
def test_odd_answers_are_refused(verdict: Verdict, name: str) -> None:
    answer = odd_answers()[name]
    assert verdict(answer, str(ANSWER_KEY.verifier)) == expected(answer, ANSWER_KEY) == "invalid"


def test_no_byte_of_an_answer_can_be_changed(verdict: Verdict) -> None:
    for place in range(0, len(ANSWER), len(ANSWER) // 150):
        changed = ANSWER[:place] + bytes([ANSWER[place] ^ 1]) + ANSWER[place + 1 :]
        assert verdict(changed, str(ANSWER_KEY.verifier)) == expected(changed, ANSWER_KEY) == "invalid", place


@pytest.mark.parametrize(
    ("who", "told"),
    [
        (PEOPLE[3], "Model C1-1, season 2026: trained on this history, on entry 3."),
        (PEOPLE[50], "Model C1-1, season 2026: not trained on this history."),
    ],
)
def test_a_proof_of_training_tells_whether_a_history_trained_a_model(verdict: Verdict, who: str, told: str) -> None:
    proof = LOG.proof(who)
    assert verdict(proof, str(TRAINING_KEY.verifier), told=told) == expected(proof, TRAINING_KEY) == "valid"
    assert verdict(proof, "", told="Compare it with the published one") == "valid"
    assert verdict(proof, str(OTHER.verifier)) == expected(proof, OTHER) == "invalid"


def test_an_agreement_that_came_after_the_training_is_told_apart(verdict: Verdict) -> None:
    log = Log(PEOPLE[:2])
    agreement = NewEntry(EntryType.CONSENT, AT, {"member_id": "M0003", "action": "accept"})
    (log.acts["M0003"],) = log.ledger.append([agreement])
    log.ledger.sign(AT)
    told = "For 1 agreements that were entered after that training this proves nothing."
    assert verdict(log.proof("M0003"), str(TRAINING_KEY.verifier), told=told) == "valid"


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_proof_of_training_is_refused(verdict: Verdict, lie: Callable[[dict[str, Any]], None]) -> None:
    said = json.loads(LOG.proof(PEOPLE[3]))
    lie(said)
    proof = canonical(said)
    assert verdict(proof, str(TRAINING_KEY.verifier)) == expected(proof, TRAINING_KEY) == "invalid"


def odd_proofs() -> dict[str, bytes]:
    """Proofs of training that are nearly good, each wrong in one way."""
    said = json.loads(LOG.proof(PEOPLE[3]))
    act, model = said["acts"][0], said["models"][0]
    way = model["proofs"][0]

    def with_proof(proof: object) -> bytes:
        return canonical(said | {"models": [model | {"proofs": [proof]}]})

    return {
        "spaces": json.dumps(said).encode(),
        "one more field": canonical(said | {"more": 1}),
        "acts that are no list": canonical(said | {"acts": act}),
        "no models": canonical({name: held for name, held in said.items() if name != "models"}),
        "a training as an act": canonical(said | {"acts": [model["receipt"]]}),
        "an act as a training": canonical(said | {"models": [model | {"receipt": act}]}),
        "an act without its content": canonical(
            said | {"acts": [{name: held for name, held in act.items() if name not in {"payload", "key"}}]}
        ),
        "a proof too many": canonical(said | {"models": [model | {"proofs": [way, way]}]}),
        "a way with one more field": with_proof(way | {"more": 1}),
        "a way cut short": with_proof(way | {"siblings": way["siblings"][:-1]}),
        "a way too long": with_proof(way | {"siblings": [*way["siblings"], way["siblings"][0]]}),
        "a hash that is short": with_proof(way | {"siblings": ["AAAA", *way["siblings"][1:]]}),
        "no proof": with_proof(None),
    }


@pytest.mark.parametrize("name", odd_proofs())
def test_odd_proofs_of_training_are_refused(verdict: Verdict, name: str) -> None:
    proof = odd_proofs()[name]
    assert verdict(proof, str(TRAINING_KEY.verifier)) == expected(proof, TRAINING_KEY) == "invalid"


def test_no_byte_of_a_proof_of_training_can_be_changed(verdict: Verdict) -> None:
    proof = LOG.proof(PEOPLE[3])
    for place in range(0, len(proof), len(proof) // 120):
        changed = proof[:place] + bytes([proof[place] ^ 1]) + proof[place + 1 :]
        assert verdict(changed, str(TRAINING_KEY.verifier)) == expected(changed, TRAINING_KEY) == "invalid", place


def test_a_training_that_names_no_season_is_no_proof(verdict: Verdict) -> None:
    """Signed by a log all the same: whoever has a key of its own can enter what it likes."""
    for training in ({"season": None}, {"root": 7}, {"root": "no hex"}):
        proof = Log(PEOPLE[:3], **training).proof(PEOPLE[1])
        assert verdict(proof, "") == "invalid"
