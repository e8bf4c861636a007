"""Sign-in through an OpenID provider: in a real browser, and with everything that can be wrong with an answer."""

import json
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey
from playwright.sync_api import Page

from kanmon.access.web.oidc import LOGIN_COOKIE
from kanmon.web.access import SESSION_COOKIE
from tests.journey.portals import patient
from tests.journey.portals.conftest import Served, serving, sign_in
from tests.journey.portals.patient import follow
from tests.journey.portals.provider import CLIENT_ID, Provider, signed_with_the_public_key, unsigned

OURS = {"Sec-Fetch-Site": "same-origin"}
SUBJECT = "student-42"
SESSIONS = "SELECT count(*) FROM sign_in_session"
LOGINS = "SELECT count(*) FROM oidc_login"


@pytest.fixture(scope="module")
def bound(served: Served, provider: Provider) -> Served:
    """The service, with a subject of the provider bound to an account by the command."""
    bind = ("account", "bind", "asked", "--issuer", provider.issuer, "--subject", SUBJECT)
    assert served.road(*bind, "--json").json["name"] == "asked"
    assert served.road(*bind).status == 2
    assert served.road("account", "bind", "nobody", "--issuer", "x", "--subject", "y").status == 2
    return served


@pytest.fixture(autouse=True)
def faultless(provider: Provider) -> Iterator[None]:
    provider.reset(SUBJECT)
    yield
    provider.reset(SUBJECT)


def cookies(response: httpx.Response) -> dict[str, str]:
    """What an answer has a browser keep; a cookie without content is one to forget."""
    kept: SimpleCookie = SimpleCookie()
    for line in response.headers.get_list("set-cookie"):
        kept.load(line)
    return {name: one.value for name, one in kept.items()}


def begun(url: str, provider: Provider) -> tuple[dict[str, str], str]:
    """A login as far as the provider's answer: what comes back with the browser, and the browser's cookie."""
    left = patient.get(f"{url}/sign-in/oidc")
    assert left.status_code == 303
    asked = {name: value for name, [value] in parse_qs(urlsplit(left.headers["location"]).query).items()}
    return {"code": provider.code(asked), "state": asked["state"]}, cookies(left)[LOGIN_COOKIE]


def finished(url: str, answer: dict[str, str], cookie: str, **headers: str) -> httpx.Response:
    sent = {"Cookie": f"{LOGIN_COOKIE}={cookie}", **headers}
    return patient.get(f"{url}/sign-in/oidc/answer", params=answer, headers=sent)


def is_refused(served: Served, response: httpx.Response, statuses: set[int]) -> bool:
    """Whether an answer is the page to sign in with what was refused, and no trace of a session."""
    assert response.status_code in statuses
    assert not cookies(response).get(SESSION_COOKIE)
    assert 'role="alert"' in response.text
    return "Location" not in response.headers


def test_a_bound_subject_comes_in_and_out_again(page: Page, bound: Served) -> None:
    page.goto(bound.url)
    follow(page, "text=学生ID でログイン")
    assert page.title() == "Provider"
    follow(page, "#yes")
    assert page.url == f"{bound.url}/me"
    assert "はい。あなたのスコアが計算されました" in page.inner_text("main")
    page.goto(f"{bound.url}/account")
    assert "外部ログインで" in page.inner_text("section[aria-labelledby=sessions]")
    follow(page, "header >> text=ログアウト")
    page.goto(f"{bound.url}/me")
    assert page.is_visible("#password")


def test_a_subject_that_nobody_bound_makes_no_account_and_is_connected_by_who_is_signed_in(
    page: Page, bound: Served, provider: Provider, request: pytest.FixtureRequest
) -> None:
    provider.reset(f"new {request.node.name}")
    page.goto(f"{bound.url}/sign-in/oidc")
    follow(page, "#yes")
    assert "連携しているアカウントがありません" in page.inner_text("[role=alert]")
    sign_in(page, bound, "untouched")
    page.goto(f"{bound.url}/account")
    page.fill("#oidc-password", bound.passwords["untouched"])
    follow(page, "text=学生ID と連携する")
    follow(page, "text=学生ID に進む")
    follow(page, "#yes")
    assert page.url == f"{bound.url}/account"
    assert provider.issuer in page.inner_text("section[aria-labelledby=identities]")
    follow(page, "header >> text=ログアウト")
    page.goto(bound.url)
    follow(page, "text=学生ID でログイン")
    follow(page, "#yes")
    assert "いいえ" in page.inner_text(".answer")
    page.goto(f"{bound.url}/account")
    follow(page, "section[aria-labelledby=identities] button.quiet")
    assert "連携しているサービスはありません" in page.inner_text("section[aria-labelledby=identities]")
    page.goto(f"{bound.url}/sign-in/oidc")
    follow(page, "#yes")
    assert page.is_visible("[role=alert]")


def test_who_says_no_there_is_told_so_in_the_language_chosen(page: Page, bound: Served) -> None:
    page.goto(bound.url)
    follow(page, "text=English")
    follow(page, "text=Sign in with 学生ID")
    follow(page, "#no")
    assert page.inner_text("[role=alert]").startswith("you were not signed in there")
    page.goto(f"{bound.url}/me")
    assert page.is_visible("#password")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "Ed25519"])
def test_a_token_of_each_algorithm_opens_a_session_and_its_answer_works_once(
    bound: Served, provider: Provider, algorithm: str
) -> None:
    provider.algorithm = algorithm
    answer, cookie = begun(bound.url, provider)
    first = finished(bound.url, answer, cookie)
    assert (first.status_code, first.headers["location"]) == (303, "/")
    [line] = [one for one in first.headers.get_list("set-cookie") if one.startswith(SESSION_COOKIE + "=")]
    assert {"Secure", "HttpOnly", "SameSite=lax", "Path=/"} <= set(line.split("; "))
    assert is_refused(bound, finished(bound.url, answer, cookie), {401})


WRONG_CLAIMS: dict[str, Callable[[dict[str, object]], dict[str, object]]] = {
    "wrong nonce": lambda claims: claims | {"nonce": "another"},
    "no nonce": lambda claims: {name: value for name, value in claims.items() if name != "nonce"},
    "a list of nonces": lambda claims: claims | {"nonce": [claims["nonce"], "another"]},
    "expired": lambda claims: claims | {"exp": 1_700_000_000},
    "never expires": lambda claims: {name: value for name, value in claims.items() if name != "exp"},
    "issued in the future": lambda claims: claims | {"iat": 4_000_000_000, "exp": 4_000_000_300},
    "foreign audience": lambda claims: claims | {"aud": "another"},
    "no audience": lambda claims: claims | {"aud": []},
    "for others as well": lambda claims: claims | {"aud": [CLIENT_ID, "another"]},
    "another's token": lambda claims: claims | {"azp": "another"},
    "other issuer": lambda claims: claims | {"iss": "https://elsewhere.example"},
    "no subject": lambda claims: claims | {"sub": None},
    "subject is no text": lambda claims: claims | {"sub": 42},
}


@pytest.mark.parametrize("wrong", WRONG_CLAIMS)
def test_a_token_that_says_anything_else_than_it_must_opens_nothing(
    bound: Served, provider: Provider, wrong: str
) -> None:
    provider.claims = WRONG_CLAIMS[wrong]
    assert is_refused(bound, finished(bound.url, *begun(bound.url, provider)), {401})


def test_a_token_that_the_provider_did_not_sign_opens_nothing(bound: Served, provider: Provider) -> None:
    foreign = RSAKey.generate_key(2048)
    for sign in (
        unsigned,
        signed_with_the_public_key(provider),
        lambda claims: provider.signed(claims, foreign),
        lambda claims: provider.signed(claims)[:-4] + "AAAA",
        lambda claims: "no token",
    ):
        provider.sign = sign
        assert is_refused(bound, finished(bound.url, *begun(bound.url, provider)), {401})


@pytest.mark.parametrize(
    ("path", "status", "content"),
    [
        ("/.well-known/openid-configuration", 500, b""),
        ("/.well-known/openid-configuration", 200, b"<html>"),
        ("/.well-known/openid-configuration", 200, b"[]"),
        ("/.well-known/openid-configuration", 200, b'{"issuer": "https://elsewhere.example"}'),
        ("/token", 500, b""),
        ("/token", 200, b"{}"),
        ("/token", 400, b'{"error": "invalid_grant"}'),
        ("/jwks", 503, b""),
        ("/jwks", 200, b"{}"),
        ("/jwks", 200, b'{"keys": []}'),
        ("/jwks", 200, b'{"keys": [{"kty": "RSA"}, 7]}'),
    ],
    ids=str,
)
def test_a_provider_that_is_down_or_answers_nonsense_lets_nobody_in(
    bound: Served, provider: Provider, path: str, status: int, content: bytes
) -> None:
    answer, cookie = begun(bound.url, provider)
    provider.answers[path] = (status, content)
    assert is_refused(bound, finished(bound.url, answer, cookie), {401, 503})
    if path.startswith("/.well"):
        assert is_refused(bound, patient.get(f"{bound.url}/sign-in/oidc"), {503})


def test_the_provider_can_not_send_people_nor_secrets_over_an_open_line(bound: Served, provider: Provider) -> None:
    known = json.dumps({"issuer": provider.issuer, "authorization_endpoint": "http://elsewhere.example/authorize"})
    provider.answers["/.well-known/openid-configuration"] = (200, known.encode())
    assert is_refused(bound, patient.get(f"{bound.url}/sign-in/oidc"), {503})


def test_only_the_browser_that_began_a_login_finishes_it(bound: Served, provider: Provider) -> None:
    [(before,)] = bound.road.rows(SESSIONS)
    answer, cookie = begun(bound.url, provider)
    for foreign in ("", "guessed", begun(bound.url, provider)[1]):
        assert is_refused(bound, finished(bound.url, answer, foreign), {401})
    for wrong in ({}, {"state": "guessed", "code": answer["code"]}, {"code": answer["code"]}):
        assert is_refused(bound, finished(bound.url, wrong, cookie), {401})
    [(after,)] = bound.road.rows(SESSIONS)
    assert after == before
    assert finished(bound.url, answer, cookie).status_code == 303


def test_a_login_is_over_after_ten_minutes(bound: Served, provider: Provider) -> None:
    answer, cookie = begun(bound.url, provider)
    bound.road.change("UPDATE oidc_login SET ends_at = ends_at - interval '10 minutes'")
    assert is_refused(bound, finished(bound.url, answer, cookie), {401})
    begun(bound.url, provider)
    assert bound.road.rows(LOGINS) == [(1,)]


def test_another_server_process_finishes_what_the_first_began(bound: Served, provider: Provider) -> None:
    answer, cookie = begun(bound.url, provider)
    with serving(bound.road, {**bound.settings, "KANMON_ORIGIN": bound.url}) as other:
        host = urlsplit(bound.url).netloc
        done = finished(other, answer, cookie, Host=host)
        assert done.status_code == 303
        session = {"Cookie": f"{SESSION_COOKIE}={cookies(done)[SESSION_COOKIE]}"}
        assert patient.get(f"{bound.url}/me", headers=session).status_code == 200


def test_connecting_is_begun_by_our_own_page_and_finished_by_the_same_account(
    bound: Served, provider: Provider
) -> None:
    form = {"name": "hr", "password": bound.passwords["hr"]}
    own = cookies(patient.post(f"{bound.url}/sign-in", data=form, headers=OURS))[SESSION_COOKIE]
    session = f"{SESSION_COOKIE}={own}"
    assert patient.post(f"{bound.url}/account/oidc", headers={"Cookie": session}).status_code == 403
    proof = {"password": bound.passwords["hr"]}
    asked = patient.post(f"{bound.url}/account/oidc", data=proof, headers={"Cookie": session, **OURS})
    query = asked.text.split('href="' + provider.issuer)[1].split('"')[0].replace("&amp;", "&")
    wanted = {name: value for name, [value] in parse_qs(urlsplit(query).query).items()}
    provider.reset("somebody in human resources")
    answer = {"code": provider.code(wanted), "state": wanted["state"]}
    refused = finished(bound.url, answer, cookies(asked)[LOGIN_COOKIE])
    assert is_refused(bound, refused, {401})
    assert bound.road.rows("SELECT 1 FROM oidc_identity WHERE subject = 'somebody in human resources'") == []


def test_who_took_over_a_session_connects_no_identity_without_the_password(bound: Served, provider: Provider) -> None:
    form = {"name": "hr", "password": bound.passwords["hr"]}
    own = cookies(patient.post(f"{bound.url}/sign-in", data=form, headers=OURS))[SESSION_COOKIE]
    headers = {"Cookie": f"{SESSION_COOKIE}={own}", **OURS}
    [(logins,)] = bound.road.rows(LOGINS)
    for language, words in (("ja", "現在のパスワード"), ("en", "Your password")):
        own_page = patient.get(
            f"{bound.url}/account", headers={**headers, "Cookie": f"{headers['Cookie']}; kanmon_language={language}"}
        )
        assert words in own_page.text.split('<label for="oidc-password">')[1]
    for wrong in ({}, {"password": ""}, {"password": "guessed it myself"}):
        refused = patient.post(f"{bound.url}/account/oidc", data=wrong, headers=headers)
        assert refused.status_code == 401
        assert 'role="alert"' in refused.text
        assert provider.issuer not in refused.text
        assert LOGIN_COOKIE not in cookies(refused)
    assert bound.road.rows(LOGINS) == [(logins,)]
    bound.road.change("DELETE FROM sign_in_failure")


def test_a_new_session_replaces_the_old_one_of_the_browser(bound: Served, provider: Provider) -> None:
    first = cookies(finished(bound.url, *begun(bound.url, provider)))[SESSION_COOKIE]
    answer, cookie = begun(bound.url, provider)
    both = f"{LOGIN_COOKIE}={cookie}; {SESSION_COOKIE}={first}"
    second = cookies(patient.get(f"{bound.url}/sign-in/oidc/answer", params=answer, headers={"Cookie": both}))
    assert second[SESSION_COOKIE] != first
    for token, status in ((first, 401), (second[SESSION_COOKIE], 200)):
        headers = {"Cookie": f"{SESSION_COOKIE}={token}"}
        assert patient.get(f"{bound.url}/me", headers=headers).status_code == status


def test_a_closed_name_closes_no_other_way(bound: Served, provider: Provider) -> None:
    wrong = {"name": "asked", "password": "wrong"}
    statuses = [patient.post(f"{bound.url}/sign-in", data=wrong, headers=OURS).status_code for _ in range(11)]
    assert statuses[-1] == 429
    assert finished(bound.url, *begun(bound.url, provider)).status_code == 303
    bound.road.change("DELETE FROM sign_in_failure")


def test_no_provider_sends_people_back_to_a_host_that_a_request_named(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in served.settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("KANMON_ORIGIN", raising=False)
    done = served.road("serve", "--no-worker", "--port", "1")
    assert done.status == 2
    assert "KANMON_ORIGIN" in done.err
