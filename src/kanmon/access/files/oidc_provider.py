"""An OpenID provider over HTTP: discovery, the exchange of a code, and the ID token verified (OpenID Connect Core 3.1).

Discovery and keys are read anew for each login: a provider that changed its keys is followed at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from kanmon.access.oidc import Identity, Login
from kanmon.core.clock import Clock
from kanmon.core.errors import IdentityRefused, ProviderUnavailable, UsageError
from kanmon.core.language import N_

ALGORITHMS = ("RS256", "ES256", "Ed25519", "EdDSA")
"""What an ID token may be signed with: public keys only. EdDSA is the older name of Ed25519."""
SECONDS_APART = 60
"""How far the provider's clock and ours may differ."""
_TIMEOUT = 10.0
_OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True)
class OidcSettings:
    """Which provider, and who we are there; `client_secret` is None for a client that has none."""

    issuer: str
    client_id: str
    client_secret: str | None
    name: str
    """What the button says."""


def settings_from(environ: Mapping[str, str]) -> OidcSettings | None:
    """What `KANMON_OIDC_...` say; None where no issuer is set. `UsageError` where they don't fit together."""
    issuer, client_id = environ.get("KANMON_OIDC_ISSUER", ""), environ.get("KANMON_OIDC_CLIENT_ID", "")
    if not issuer:
        return None
    if not client_id or not _is_safe(issuer):
        raise UsageError(N_("KANMON_OIDC_ISSUER is an https address, and KANMON_OIDC_CLIENT_ID goes with it"))
    secret = environ.get("KANMON_OIDC_CLIENT_SECRET")
    if secret_file := environ.get("KANMON_OIDC_CLIENT_SECRET_FILE"):
        try:
            secret = Path(secret_file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise UsageError(
                N_("%(file)s can't be read: %(reason)s"), file=secret_file, reason=error.strerror
            ) from None
    return OidcSettings(issuer, client_id, secret or None, environ.get("KANMON_OIDC_NAME") or "OpenID Connect")


class OidcProvider:
    """See `access.oidc.Provider`."""

    def __init__(self, settings: OidcSettings, clock: Clock) -> None:
        self.name = settings.name
        self._settings = settings
        self._clock = clock

    def address(self, redirect_uri: str, state: str, nonce: str, challenge: str) -> str:
        """Where a browser goes to sign in; `ProviderUnavailable` where the provider doesn't say."""
        with self._client() as client:
            endpoint = _endpoint(self._discovered(client), "authorization_endpoint")
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    def identity(self, code: str, redirect_uri: str, login: Login) -> Identity:
        """Whom a code stands for, by a verified ID token; `IdentityRefused`, `ProviderUnavailable`."""
        with self._client() as client:
            provider = self._discovered(client)
            id_token = self._exchanged(client, provider, code, redirect_uri, login.verifier)
            keys = _answer(client, "GET", _endpoint(provider, "jwks_uri"))
        return self._verified(id_token, keys, login.nonce)

    def _client(self) -> httpx.Client:
        return httpx.Client(timeout=_TIMEOUT, headers={"Accept": "application/json"})

    def _discovered(self, client: httpx.Client) -> Mapping[str, Any]:
        found = _answer(client, "GET", f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self._settings.issuer:
            raise _unavailable()
        return found

    def _exchanged(
        self, client: httpx.Client, provider: Mapping[str, Any], code: str, redirect_uri: str, verifier: str
    ) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        client_id, secret = self._settings.client_id, self._settings.client_secret
        methods = provider.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        auth = None
        if secret is not None and "client_secret_basic" in methods:
            auth = httpx.BasicAuth(quote(client_id, safe=""), quote(secret, safe=""))
        else:
            form |= {"client_id": client_id} if secret is None else {"client_id": client_id, "client_secret": secret}
        answer = _answer(client, "POST", _endpoint(provider, "token_endpoint"), data=form, auth=auth)
        id_token = answer.get("id_token")
        if not isinstance(id_token, str):
            raise _refused()
        return id_token

    def _verified(self, id_token: str, keys: Mapping[str, Any], nonce: str) -> Identity:
        issuer, client_id = self._settings.issuer, self._settings.client_id
        claims_wanted = jwt.JWTClaimsRegistry(
            now=int(self._clock.real().timestamp()),
            leeway=SECONDS_APART,
            iss={"essential": True, "value": issuer},
            sub={"essential": True},
            aud={"essential": True, "value": client_id},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            claims = jwt.decode(id_token, KeySet.import_key_set({"keys": keys["keys"]}), ALGORITHMS).claims
            claims_wanted.validate(claims)
        except (JoseError, ValueError, LookupError, TypeError) as error:
            raise _refused() from error
        is_for_others_too = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if is_for_others_too else client_id) != client_id or claims.get("nonce") != nonce:
            raise _refused()
        return Identity(issuer, claims["sub"])


def _answer(client: httpx.Client, method: str, url: str, **sent: Any) -> Mapping[str, Any]:
    """A JSON object that the provider answers with."""
    try:
        response = client.request(method, url, **sent)
        if method == "POST" and response.is_client_error:
            raise _refused()
        found = response.raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _unavailable() from error
    if not isinstance(found, dict):
        raise _unavailable()
    return found


def _endpoint(provider: Mapping[str, Any], name: str) -> str:
    """An address of the provider's; a code, a secret and keys go over TLS, or stay on this machine."""
    found = provider.get(name)
    if not isinstance(found, str) or not _is_safe(found):
        raise _unavailable()
    return found


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _OWN_MACHINE)
    )


def _unavailable() -> ProviderUnavailable:
    return ProviderUnavailable(N_("the sign-in service doesn't answer as it should; try later, or sign in another way"))


def _refused() -> IdentityRefused:
    return IdentityRefused(N_("what the sign-in service answered proves nothing; begin again, or sign in another way"))
