"""`KANMON_WITNESSES` and `KANMON_WITNESS_QUORUM`."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from kanmon.core.errors import UsageError
from kanmon.core.language import N_
from kanmon.ledger.cosignature import WitnessKey
from kanmon.ledger.note import NoteInvalid
from kanmon.ledger.witness_policy import MOST_WITNESSES
from kanmon.ledger.witnesses.model import Witness, WitnessSettings

SETTING, QUORUM = "KANMON_WITNESSES", "KANMON_WITNESS_QUORUM"
_OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def witnesses_from(environ: Mapping[str, str]) -> WitnessSettings | None:
    """The witnesses that settings name; None where there are none. `UsageError` where they make no sense.

    Without a quorum it is more than half: of two forks then one at most is cosigned by enough, whoever else lies.
    """
    words = environ.get(SETTING, "").split()
    if not words:
        return None
    witnesses = [Witness(_key(vkey), _url(url)) for vkey, url in zip(words[::2], words[1::2], strict=False)]
    if len(words) % 2 or len(witnesses) > MOST_WITNESSES:
        raise UsageError(
            N_("%(setting)s is the public key and the address of each witness in turn, of %(most)s at most"),
            setting=SETTING,
            most=MOST_WITNESSES,
        )
    if len({witness.key.public for witness in witnesses}) < len(witnesses):
        raise UsageError(N_("%(setting)s names one key twice"), setting=SETTING)
    quorum = environ.get(QUORUM) or str(len(witnesses) // 2 + 1)
    if not quorum.isascii() or not quorum.isdigit() or not 1 <= int(quorum) <= len(witnesses):
        raise UsageError(
            N_("%(setting)s is a number from 1 to that of the witnesses, %(count)s"),
            setting=QUORUM,
            count=len(witnesses),
        )
    return WitnessSettings(witnesses, int(quorum))


def _key(vkey: str) -> WitnessKey:
    try:
        return WitnessKey.parse(vkey)
    except NoteInvalid:
        raise UsageError(
            N_("%(setting)s: %(key)s is no public key of a witness, like name+id+base64"), setting=SETTING, key=vkey
        ) from None


def _url(url: str) -> str:
    """An address that is reached over TLS, or stays on this machine; what else is in it would go nowhere."""
    try:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _OWN_MACHINE)
        is_plain = not (parts.query or parts.fragment or parts.username or parts.password)
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_safe = is_plain = is_whole = False
    if not (is_safe and is_plain and is_whole and url.isascii()):
        raise UsageError(
            N_("%(setting)s: the address of a witness begins with https:// and has neither login, query nor fragment"),
            setting=SETTING,
        )
    return url.rstrip("/")
