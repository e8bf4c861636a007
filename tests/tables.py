"""Every table by its name, for tests that fill or look at many of them."""

from types import SimpleNamespace

from kanmon.db.tables import (
    doors,
    evidence,
    holds,
    house_review,
    incident,
    keys,
    ledger,
    mail,
    review,
    rights,
    terms,
    work,
)
from kanmon.db.tables.base import metadata

ROOMS = (doors, evidence, holds, house_review, incident, keys, ledger, mail, review, rights, terms, work)
"""Where tables stand: what is imported here is all that `metadata` knows."""
tables = SimpleNamespace(**metadata.tables)
