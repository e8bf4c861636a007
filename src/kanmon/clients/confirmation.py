"""A client's declaration that a person consented to its getting the score as personal data (APPI Art. 31; APPI-11)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One applicant's consent as the client declared it and the platform confirmed it; instants in UTC.

    The client takes the consent, since it will hold the score as personal data; the platform confirms it with ordinary
    care, by that client's declaration for each applicant ID (Enforcement Rules 26, Guidelines 3-7-2 and 3-7-3).
    """

    confirmed_at: datetime
    method: str
    """How it was confirmed, in words, as the record of Enforcement Rules 28 wants it."""
    obtained_at: datetime | None
    """When the client got the consent; None where it declared no moment."""
    covers_training: bool
    """Whether the client declared that the consent also covers building its model from the history (E25)."""
