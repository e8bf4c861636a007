"""What stands behind the doors beside the password: an OpenID provider, passkeys, limits, and who read what."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from kanmon.access.files.oidc_provider import OidcProvider, settings_from
from kanmon.access.files.webauthn import WebAuthnCeremonies
from kanmon.access.limits import BlockLimit, Limit, Limits, allowed_by
from kanmon.access.oidc import Identities, OidcSignIn
from kanmon.access.passkeys import Passkeys
from kanmon.access.reads import Reads
from kanmon.access.session import Sessions
from kanmon.access.store.counts import PostgresCountStore
from kanmon.access.store.identities import PostgresIdentityStore
from kanmon.access.store.passkeys import PostgresPasskeyStore
from kanmon.access.store.reads import PostgresReadStore
from kanmon.application.application import Application
from kanmon.core.errors import UsageError
from kanmon.core.language import N_


@dataclass(frozen=True)
class Doors:
    """Ways to come in, what they let through, and what is told of reads."""

    identities: Identities
    oidc: OidcSignIn | None
    """None where no provider is set."""
    passkeys: Passkeys
    limits: Limits
    decisions: BlockLimit
    """Questions to the gate, by API key."""
    reads: Reads
    origin: str | None
    """Of our pages, as browsers see it; None: as each request names it."""

    @classmethod
    def of(cls, application: Application, sessions: Sessions, environ: Mapping[str, str]) -> "Doors":
        """The doors of a workspace as the environment sets them; `UsageError` where it can't."""
        transactions, clock, settings = application.transactions, application.clock, settings_from(environ)
        limits = Limits(transactions.writing(lambda work: PostgresCountStore(work.session)), allowed_by(environ), clock)
        identities = transactions.writing(lambda work: PostgresIdentityStore(work.session))
        passkeys = transactions.writing(lambda work: PostgresPasskeyStore(work.session))
        origin = origin_of_pages(environ.get("KANMON_ORIGIN", ""))
        oidc = None
        if settings is not None:
            if origin is None:
                raise UsageError(
                    N_("KANMON_OIDC_ISSUER needs KANMON_ORIGIN: a request names any host, and people come back to it")
                )
            oidc = OidcSignIn(identities, OidcProvider(settings, clock), sessions, clock)
        return cls(
            Identities(identities, clock),
            oidc,
            Passkeys(passkeys, WebAuthnCeremonies(), sessions, clock),
            limits,
            BlockLimit(limits, Limit.API_REQUESTS, clock),
            Reads(transactions.reading(lambda work: PostgresReadStore(work.session))),
            origin,
        )


def origin_of_pages(written: str) -> str | None:
    """The origin of our pages as `KANMON_ORIGIN` says it, None where it is empty; `UsageError`.

    Over plain http a browser keeps our session for this very machine only.
    """
    parts = urlsplit(written)
    if written and (parts.scheme not in ("http", "https") or written != f"{parts.scheme}://{parts.netloc}"):
        raise UsageError(N_("KANMON_ORIGIN is like https://kanmon.example, with nothing behind the host"))
    if parts.scheme == "http" and not _is_this_machine(parts.hostname or ""):
        raise UsageError(
            N_("KANMON_ORIGIN begins with https://: over http no browser keeps a session, but with this very machine")
        )
    return written or None


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
