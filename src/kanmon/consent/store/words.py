"""Displayed texts by whatever hash names their words: `consent.policy.text_hashes`."""

from collections.abc import Mapping

from sqlalchemy import Connection, text

from kanmon.consent.policy import own_hashes
from kanmon.core.ids import TextSha256

_TEXTS = text("SELECT DISTINCT text FROM policy_version ORDER BY text")


def own_hashes_of_registered(connection: Connection) -> Mapping[TextSha256, TextSha256]:
    """The hash under which words are registered, by each hash that names them otherwise."""
    return own_hashes(connection.scalars(_TEXTS))
