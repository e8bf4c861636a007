"""The applicants a client hands over, as the main job needs them."""

from dataclasses import dataclass
from datetime import datetime

from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, MemberNo


@dataclass(frozen=True, slots=True)
class Applicant:
    """One row that a client handed over; `as_of` is the moment its score speaks of, in UTC."""

    applicant_no: ApplicantNo
    applicant_id: ApplicantId
    client_id: ClientId
    applied_at: datetime
    as_of: datetime
    member_no: MemberNo | None
    registered_at: datetime | None
    """When the member behind the row registered; None where the row is linked to nobody."""
    stage: str | None = None
    """The stage that the client handed over with the row; None where it named none."""
