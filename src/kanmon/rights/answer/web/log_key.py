"""How a receipt is checked, with the ledger's public key in letters and as a QR code to be read from paper."""

from collections.abc import Callable, Mapping

from kanmon.application.application import Application
from kanmon.core.language import N_
from kanmon.rights.answer.use_cases.public import PublicService
from kanmon.web.qr import qr

PUBLIC_KEY = N_("Public key of the ledger")


def log_key_shown(application: Application, _: Callable[[str], str]) -> Mapping[str, object]:
    """What `log_key.html` shows: `log_key` and its `key_picture`; None where nobody knows the key any more."""
    key = PublicService(application).log_key()
    return {"log_key": key, "key_picture": None if key is None else qr(key, _(PUBLIC_KEY))}
