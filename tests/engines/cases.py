"""People whom the gate might have cleared, for tests of what is computed about them."""

from datetime import UTC, datetime, timedelta

from kanmon.clients.confirmation import Confirmation
from kanmon.core.ids import ApplicantId, ApplicantNo, ClientId, CookieId, EvidenceId, MemberNo
from kanmon.gate.decision import Clearance, Use
from kanmon.lake.cleared import ClearedPerson

AS_OF = datetime(2026, 4, 1, 3, tzinfo=UTC)
"""A Wednesday, at noon in Tokyo."""
AS_OF_MS = round(AS_OF.timestamp() * 1000)
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def cleared(
    client: str,
    member_no: int,
    as_of: datetime = AS_OF,
    applied: timedelta = timedelta(10.5),
    registered: timedelta | None = timedelta(100),
    covers_before_login: bool = False,
    partner_sites: tuple[str, ...] = (),
) -> ClearedPerson:
    """A cleared person who applied and registered so long before `as_of`."""
    clearance = Clearance(
        Use.SCORE, ClientId(client), ApplicantNo(member_no), ApplicantId(f"a{member_no}"), MemberNo(member_no), as_of,
        EvidenceId(1), as_of, covers_before_login, partner_sites,
    )  # fmt: skip
    return ClearedPerson(clearance, as_of - applied, None if registered is None else as_of - registered)


def cleared_browser(client: str, cookie: str, as_of: datetime = AS_OF) -> ClearedPerson:
    """A browser of scheme A, cleared on its client's confirmation: nobody is named."""
    clearance = Clearance(
        Use.SCORE, ClientId(client), ApplicantNo(1), ApplicantId("a"), None, as_of, None, as_of,
        cookie_id=CookieId(cookie), confirmation=Confirmation(as_of, "declared", None, False),
    )  # fmt: skip
    return ClearedPerson(clearance, as_of - timedelta(10.5), None)
