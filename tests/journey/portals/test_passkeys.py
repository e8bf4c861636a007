"""Passkeys in a real browser with an authenticator of its own: made, used, removed, and never twice the same answer."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Page

from kanmon.web.access import SESSION_COOKIE
from tests.journey.portals import patient
from tests.journey.portals.conftest import Served, serving, sign_in
from tests.journey.portals.patient import follow

OURS = {"Sec-Fetch-Site": "same-origin"}
MAKE = "text=パスキーを作る"
USE = "text=パスキーでログイン"


@dataclass(frozen=True)
class Device:
    """A browser with an authenticator, at an address that WebAuthn takes."""

    page: Page
    url: str
    cdp: CDPSession
    authenticator: str

    def verifies_its_user(self, does: bool) -> None:
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.authenticator, "isUserVerified": does})

    def register(self, name: str, password: str) -> None:
        self.page.goto(f"{self.url}/account")
        self.page.fill("#passkey-name", name)
        self.page.fill("#passkey-password", password)
        self.page.click(MAKE)
        self.page.wait_for_selector(f"text={name} を削除する")

    def sign_out(self) -> None:
        follow(self.page, "header >> text=ログアウト")

    def use_passkey(self) -> None:
        """Press the button and wait until the answer is there."""
        self.page.goto(f"{self.url}/sign-in")
        with self.page.expect_navigation():
            self.page.click(USE)


@pytest.fixture(scope="module")
def by_name(served: Served) -> Iterator[str]:
    """A second server process over the same workspace, at a name: WebAuthn takes no address of digits."""
    with serving(served.road, host="localhost") as url:
        yield url


@pytest.fixture
def device(browser: Browser, served: Served, by_name: str) -> Iterator[Device]:
    context = browser.new_context(locale="ja-JP")
    page = context.new_page()
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    served.road.change("DELETE FROM passkey")
    yield Device(page, by_name, cdp, made["authenticatorId"])
    context.close()


def registered(device: Device, served: Served, name: str = "asked") -> None:
    """A device with a passkey of an account, signed out."""
    device.page.goto(device.url)
    device.page.fill("#name", name)
    device.page.fill("#password", served.passwords[name])
    follow(device.page, "main button")
    device.register("わたしの端末 <b>", served.passwords[name])
    device.sign_out()


def test_a_passkey_is_made_named_and_used_without_a_name(device: Device, served: Served) -> None:
    registered(device, served)
    device.use_passkey()
    assert device.page.url == f"{device.url}/me"
    assert "はい。あなたのスコアが計算されました" in device.page.inner_text("main")
    device.page.goto(f"{device.url}/account")
    assert "最終利用" in device.page.inner_text("section[aria-labelledby=passkeys] ul")
    assert "パスキーで" in device.page.inner_text("section[aria-labelledby=sessions]")
    assert not Axe().run(device.page).response["violations"]
    device.page.fill("#passkey-name", "again")
    device.page.fill("#passkey-password", served.passwords["asked"])
    device.page.click(MAKE)
    device.page.wait_for_selector("form[data-passkey] [role=alert]:not([hidden])")


def test_a_removed_passkey_opens_nothing(device: Device, served: Served) -> None:
    registered(device, served)
    device.use_passkey()
    device.page.goto(f"{device.url}/account")
    follow(device.page, "text=わたしの端末 <b> を削除する")
    device.sign_out()
    device.use_passkey()
    assert "このパスキーは使えません" in device.page.inner_text("[role=alert]:not([hidden])")
    device.page.goto(f"{device.url}/me")
    assert device.page.is_visible("#password")


def test_only_its_owner_removes_a_passkey(device: Device, served: Served) -> None:
    registered(device, served)
    [(credential,)] = served.road.rows("SELECT translate(encode(credential_id, 'base64'), '+/', '-_') FROM passkey")
    form = {"name": "hr", "password": served.passwords["hr"]}
    other = patient.post(f"{served.url}/sign-in", data=form, headers=OURS).headers["set-cookie"].split(";")[0]
    removed = patient.post(
        f"{served.url}/account/passkeys/remove", data={"passkey": credential}, headers={"Cookie": other, **OURS}
    )
    assert removed.status_code == 404
    device.use_passkey()
    assert device.page.url == f"{device.url}/me"


def test_an_answer_opens_once_and_only_the_answer_to_an_open_question(device: Device, served: Served) -> None:
    registered(device, served)
    sent: list[str] = []
    device.page.on("request", lambda asked: sent.append(asked.post_data or "") if _is_answer(asked.url) else None)
    device.use_passkey()
    answer = parse_qs(sent[0])["answer"][0]
    assert json.loads(answer)["response"]["userHandle"]
    replayed = patient.post(f"{device.url}/sign-in/passkey", data={"answer": answer}, headers=OURS)
    assert replayed.status_code == 401
    assert SESSION_COOKIE not in replayed.headers.get("set-cookie", "")
    late = _asked_again(device)
    served.road.change("UPDATE passkey_challenge SET ends_at = ends_at - interval '5 minutes'")
    assert patient.post(f"{device.url}/sign-in/passkey", data={"answer": late}, headers=OURS).status_code == 401
    # The challenge of an answer that fails is used up too, and the answer itself would have been right.
    good = _asked_again(device)
    broken = json.loads(good)
    broken["response"]["signature"] = "AAAA"
    for one in (json.dumps(broken), good):
        assert patient.post(f"{device.url}/sign-in/passkey", data={"answer": one}, headers=OURS).status_code == 401
    best = _asked_again(device)
    assert patient.post(f"{device.url}/sign-in/passkey", data={"answer": best}, headers=OURS).status_code == 303


def test_a_passkey_for_another_origin_opens_nothing(device: Device, served: Served) -> None:
    registered(device, served)
    answer = _asked_again(device)
    with serving(served.road, {"KANMON_ORIGIN": "https://elsewhere.example"}) as url:
        refused = patient.post(f"{url}/sign-in/passkey", data={"answer": answer}, headers=OURS)
    assert refused.status_code == 401


def test_a_copied_passkey_is_found_by_its_counter(device: Device, served: Served) -> None:
    registered(device, served)
    device.use_passkey()
    device.sign_out()
    served.road.change("UPDATE passkey SET sign_count = sign_count + 1000")  # the copy was used elsewhere
    device.use_passkey()
    assert device.page.is_visible("[role=alert]:not([hidden])")


def test_an_authenticator_that_did_not_verify_its_user_makes_and_opens_nothing(device: Device, served: Served) -> None:
    registered(device, served)
    device.verifies_its_user(False)
    device.page.goto(f"{device.url}/sign-in")
    device.page.click(USE)
    device.page.wait_for_selector("form[data-passkey] [role=alert]:not([hidden])")
    device.page.goto(f"{device.url}/me")
    assert device.page.is_visible("#password")


def test_a_closed_name_does_not_close_its_passkey(device: Device, served: Served) -> None:
    registered(device, served)
    wrong = {"name": "asked", "password": "wrong"}
    statuses = [patient.post(f"{served.url}/sign-in", data=wrong, headers=OURS).status_code for _ in range(11)]
    assert statuses[-1] == 429
    device.use_passkey()
    assert device.page.url == f"{device.url}/me"
    served.road.change("DELETE FROM sign_in_failure")


NONSENSE = ["", "{}", "[]", "7", '{"rawId": 1, "response": {}}', "[" * 19_000, "x" * 30_000, "\x00"]


@pytest.mark.parametrize("answer", NONSENSE, ids=lambda one: one[:9])
def test_nonsense_is_refused_and_breaks_nothing(by_name: str, answer: str) -> None:
    url = f"{by_name}/sign-in/passkey"
    assert patient.post(url, data={"answer": answer}, headers=OURS).status_code in {401, 404}


def test_without_script_or_at_an_address_no_passkey_is_offered(page: Page, served: Served) -> None:
    page.goto(served.url)
    assert not page.is_visible("form[data-passkey]")
    sign_in(page, served, "asked")
    page.goto(f"{served.url}/account")
    assert not page.is_visible("form[data-passkey]")
    assert patient.post(f"{served.url}/sign-in/passkey/options", headers=OURS).status_code == 404


def test_without_script_the_forms_of_passkeys_stay_hidden_and_the_password_works(
    browser: Browser, served: Served, by_name: str
) -> None:
    context = browser.new_context(locale="ja-JP", java_script_enabled=False)
    page = context.new_page()
    page.goto(by_name)
    assert page.locator("form[data-passkey]").count() == 1
    assert not page.is_visible("form[data-passkey]")
    page.fill("#name", "asked")
    page.fill("#password", served.passwords["asked"])
    follow(page, "main button")
    assert page.url.endswith("/me")
    context.close()


def _is_answer(url: str) -> bool:
    return url.endswith("/sign-in/passkey")


def _asked_again(device: Device) -> str:
    """An answer of the authenticator to a new question, not sent yet."""
    device.page.goto(f"{device.url}/sign-out-nowhere")
    answer = device.page.evaluate(
        """async () => {
            const asked = await (await fetch("/sign-in/passkey/options", {method: "POST"})).json();
            const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(asked);
            return JSON.stringify(await navigator.credentials.get({publicKey}));
        }"""
    )
    assert isinstance(answer, str)
    return answer
