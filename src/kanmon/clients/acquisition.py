"""How a client got the data that it hands over, and on what ground it gives them to the platform.

The platform is the recipient here: it confirms how the client acquired the data, and takes no list without that
(APPI Art. 30(1)(ii), Enforcement Rules 22 to 25; APPI-10).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kanmon.clients.contract import Contract, LegalBasis, no_basis
from kanmon.core.errors import AcquisitionNotStated
from kanmon.core.language import N_


class AcquisitionSource(StrEnum):
    """From whom a client has its applicants' data."""

    APPLICANTS = "applicants"
    AGENCY = "agency"
    OTHER = "other"


SOURCES: Mapping[AcquisitionSource, str] = {
    AcquisitionSource.APPLICANTS: N_("from the applicants themselves, when they applied to us"),
    AcquisitionSource.AGENCY: N_("from an agency through which they applied to us"),
    AcquisitionSource.OTHER: N_("in another way"),
}
LEGAL_BASES: Mapping[LegalBasis, str] = {
    LegalBasis.CONSENT: N_("the applicants' consent to our giving their data to you (Art. 27(1))"),
    LegalBasis.ENTRUSTMENT: N_("entrustment (Art. 27(5)(i))"),
}


@dataclass(frozen=True)
class Acquisition:
    """One client's statement about one file."""

    source: AcquisitionSource
    words: str
    """How and when, in the client's own words."""
    legal_basis: LegalBasis

    @classmethod
    def stated(cls, source: str, words: str, legal_basis: str, contract: Contract) -> "Acquisition":
        """The statement as a form brings it; `AcquisitionNotStated` where a part lacks or contradicts the contract."""
        reason = no_basis(legal_basis)
        if reason is not None:
            raise AcquisitionNotStated(reason, value=legal_basis)
        if source not in set(AcquisitionSource) or legal_basis not in set(LegalBasis) or not words.strip():
            raise AcquisitionNotStated(
                N_(
                    "APPI-10: say from whom and how you got these data and on what ground you give them to us; nothing "
                    "was taken"
                )
            )
        if legal_basis != contract.legal_basis:
            raise AcquisitionNotStated(
                N_(
                    "APPI-10: your contract rests on another ground than the one you name; nothing was taken. Please "
                    "talk to us first"
                )
            )
        return cls(AcquisitionSource(source), words.strip(), LegalBasis(legal_basis))
