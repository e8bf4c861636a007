"""What stands behind the doors beside the password: an OpenID provider, passkeys, limits, and who read what."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from kanmon.access.limits import Limits, allowed_by
from kanmon.access.oidc import Identities, OidcSignIn
from kanmon.access.passkeys import Passkeys
from kanmon.access.reads import Reads
from kanmon.access.session import Sessions
from kanmon.adapters.oidc_provider import OidcProvider, settings_from
from kanmon.adapters.webauthn_ceremonies import WebAuthnCeremonies
from kanmon.bootstrap.application import Application
from kanmon.errors import UsageError
from kanmon.language import N_


@dataclass(frozen=True)
class Doors:
    """Ways to come in, what they let through, and what is told of reads."""

    identities: Identities
    oidc: OidcSignIn | None
    """None where no provider is set."""
    passkeys: Passkeys
    limits: Limits
    reads: Reads
    origin: str | None
    """Of our pages, as browsers see it; None: as each request names it."""

    @classmethod
    def of(cls, application: Application, sessions: Sessions, environ: Mapping[str, str]) -> "Doors":
        """The doors of a workspace as the environment sets them; `UsageError` where it can't."""
        transactions, clock, settings = application.transactions, application.clock, settings_from(environ)
        oidc = None
        if settings is not None:
            oidc = OidcSignIn(transactions.begin_identities, OidcProvider(settings, clock), sessions, clock)
        return cls(
            identities_of(application),
            oidc,
            Passkeys(transactions.begin_passkeys, WebAuthnCeremonies(), sessions, clock),
            Limits(transactions.begin_counting, allowed_by(environ), clock),
            Reads(transactions.begin_reads),
            _origin(environ.get("KANMON_ORIGIN", "")),
        )


def identities_of(application: Application) -> Identities:
    """Which OpenID identities open which accounts."""
    return Identities(application.transactions.begin_identities, application.clock)


def _origin(written: str) -> str | None:
    parts = urlsplit(written)
    if written and (parts.scheme not in ("http", "https") or written != f"{parts.scheme}://{parts.netloc}"):
        raise UsageError(N_("KANMON_ORIGIN is like https://kanmon.example, with nothing behind the host"))
    return written or None
