"""A small OpenID provider: discovery, a page to sign in, codes for one use with PKCE, signatures, planted faults."""

import base64
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

CLIENT_ID = "kanmon: 関門"
CLIENT_SECRET = "a secret / of 100 %"
Claims = dict[str, Any]


@dataclass
class Provider:
    """What it says, and what is wrong with that."""

    issuer: str
    keys: Mapping[str, RSAKey | ECKey | OKPKey]
    """The published key of each algorithm."""
    subject: str = "nobody"
    algorithm: str = "RS256"
    claims: Callable[[Claims], Claims] = lambda claims: claims
    """What it says instead of the true claims."""
    sign: Callable[[Claims], str] | None = None
    """How it signs instead of by its key."""
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """What paths answer instead of what they should."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    """What was asked for each code that was not used yet."""

    @classmethod
    @contextmanager
    def running(cls) -> Iterator["Provider"]:
        """A provider on this machine."""
        keys: dict[str, RSAKey | ECKey | OKPKey] = {
            "RS256": RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"}),
            "ES256": ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"}),
            "Ed25519": OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"}),
        }
        server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        provider = cls(f"http://127.0.0.1:{server.server_port}", keys)
        server.provider = provider  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield provider
        server.shutdown()
        thread.join()
        server.server_close()

    def reset(self, subject: str) -> None:
        """Be without fault again, with this subject before the screen."""
        self.subject, self.algorithm, self.sign = subject, "RS256", None
        self.claims = lambda claims: claims
        self.answers.clear()

    def code(self, asked: dict[str, str]) -> str:
        """A code for what was asked."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"].endswith("/sign-in/oidc/answer")
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return code

    def token(self, form: dict[str, str]) -> str | None:
        """The ID token for a code, once, to who began it."""
        asked = self.codes.pop(form["code"], None)
        verifier = _encoded(sha256(form["code_verifier"].encode()).digest())
        if asked is None or verifier != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return None
        now = int(time.time())
        true = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT_ID, "nonce": asked["nonce"]}
        claims = self.claims(true | {"iat": now, "exp": now + 300})
        return self.signed(claims) if self.sign is None else self.sign(claims)

    def signed(self, claims: Claims, key: RSAKey | ECKey | OKPKey | None = None) -> str:
        """Claims under the provider's signature, or that of another key."""
        own = self.keys[self.algorithm]
        return jwt.encode({"alg": self.algorithm, "kid": own.kid}, claims, key or own, [self.algorithm])

    def public_keys(self) -> bytes:
        """The JWKS document."""
        return json.dumps(KeySet(list(self.keys.values())).as_dict(private=False)).encode()


def unsigned(claims: Claims) -> str:
    """Claims that nobody signed."""
    return f"{_written({'alg': 'none'}, claims)}."


def signed_with_the_public_key(provider: Provider) -> Callable[[Claims], str]:
    """The old trick: the published key taken for a shared secret."""
    published = provider.keys["RS256"].as_pem(private=False)

    def sign(claims: Claims) -> str:
        written = _written({"alg": "HS256", "kid": "rsa"}, claims)
        return f"{written}.{_encoded(hmac.digest(published, written.encode(), 'sha256'))}"

    return sign


def _written(header: Claims, claims: Claims) -> str:
    return ".".join(_encoded(json.dumps(part).encode()) for part in (header, claims))


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        provider, parts = self._provider(), urlsplit(self.path)
        if self._planted(parts.path):
            return
        if parts.path == "/.well-known/openid-configuration":
            endpoints = {
                "authorization_endpoint": "/authorize?tenant=1", "token_endpoint": "/token", "jwks_uri": "/jwks"
            }  # fmt: skip
            said = {"issuer": provider.issuer} | {name: provider.issuer + path for name, path in endpoints.items()}
            self._answer(200, json.dumps(said).encode())
        elif parts.path == "/jwks":
            self._answer(200, provider.public_keys())
        elif parts.path == "/authorize":
            asked = {name: value for name, [value] in parse_qs(parts.query).items()}
            back, state = asked["redirect_uri"], asked["state"]
            yes = escape(f"{back}?{urlencode({'code': provider.code(asked), 'state': state})}")
            no = escape(f"{back}?{urlencode({'error': 'access_denied', 'state': state})}")
            page = f'<title>Provider</title><a id="yes" href="{yes}">Yes</a> <a id="no" href="{no}">No</a>'
            self._answer(200, page.encode(), "text/html")
        else:
            self._answer(404, b"")

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if self._planted(self.path):
            return
        encoded = urlencode({CLIENT_ID: CLIENT_SECRET}).replace("+", "%20").replace("=", ":")
        if self.headers["Authorization"] != f"Basic {base64.b64encode(encoded.encode()).decode()}":
            self._answer(401, b'{"error": "invalid_client"}')
            return
        token = self._provider().token({name: value for name, [value] in form.items()})
        if token is None:
            self._answer(400, b'{"error": "invalid_grant"}')
        else:
            self._answer(200, json.dumps({"access_token": "x", "token_type": "Bearer", "id_token": token}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _provider(self) -> Provider:
        provider: Provider = self.server.provider  # type: ignore[attr-defined]
        return provider

    def _planted(self, path: str) -> bool:
        planted = self._provider().answers.get(path)
        if planted is not None:
            self._answer(*planted)
        return planted is not None

    def _answer(self, status: int, content: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
