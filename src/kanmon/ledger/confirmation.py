"""What confirms an act that was looked at before it is done: a hash of all that the page showed of it."""

import hashlib
from collections.abc import Mapping

from kanmon.core.errors import ConfirmationMissing, PreviewOutdated
from kanmon.core.language import N_
from kanmon.ledger.canonical import canonical


def confirmation_of(shown: Mapping[str, object]) -> str:
    """What confirms just what was shown, in hex: it is another one as soon as anything of it is."""
    return hashlib.sha256(canonical(shown)).hexdigest()


def check_given(confirmation: str | None) -> None:
    """`ConfirmationMissing` where nothing was looked at."""
    if not confirmation:
        raise ConfirmationMissing(N_("look at what it does first, and confirm that"))


def outdated() -> PreviewOutdated:
    """What refuses a confirmation of something else than would be done now."""
    return PreviewOutdated(N_("something has changed since it was shown: look at it again, and confirm that"))
