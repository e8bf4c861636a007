"""`/verify` in a real Chromium, from a disk: it agrees with `kanmon verify` and the second verifier on every file."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import kanmon.rights.answer
from kanmon.core.errors import KanmonError
from kanmon.ledger.canonical import canonical
from kanmon.ledger.note import SigningKey
from kanmon.ledger.pack import is_pack, verify_pack
from kanmon.ledger.receipt import verify_receipt
from kanmon.ledger.service import receipt_of
from tests.unit.ledger import second_verifier
from tests.unit.ledger.memory import MemoryStore
from tests.unit.ledger.test_pack import VKEY, good, grown, packed
from tests.unit.ledger.test_receipt import KEY, OTHER, RECEIPT, STORE

PAGE = Path(kanmon.rights.answer.__file__).with_name("verify.html")
Verdict = Callable[[bytes, str], str]


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

    def of(content: bytes, key: str) -> str:
        page.evaluate(
            "delete document.getElementById('result').dataset.verdict; document.getElementById('file').value = ''"
        )
        page.fill("#key", key)
        page.set_input_files("#file", {"name": "file", "mimeType": "application/octet-stream", "buffer": content})
        page.wait_for_selector("#result[data-verdict]")
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
        else:
            verify_receipt(content, key.verifier)
        first = True
    except KanmonError:
        first = False
    if not is_pack(content):
        try:
            second_verifier.verify(content, str(key.verifier))
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
