"""Identifiers, one type each, so that a member is never taken for an applicant."""

import secrets
from datetime import datetime
from typing import NewType

MemberId = NewType("MemberId", str)
"""The board's own ID of a member (会員)."""
ApplicantId = NewType("ApplicantId", str)
"""The client's own ID of an applicant (企業特有のID); meaningful within one client only."""
ClientId = NewType("ClientId", str)
SeasonId = NewType("SeasonId", str)
ScreenId = NewType("ScreenId", str)
PolicyId = NewType("PolicyId", str)
PolicyVersionId = NewType("PolicyVersionId", str)
TextSha256 = NewType("TextSha256", str)
"""Lower-case hex SHA-256 of a displayed text, normalised as `consent.policy.text_sha256` does."""
EvidenceId = NewType("EvidenceId", int)
"""The number of an act of consent in the control plane."""
MemberNo = NewType("MemberNo", int)
"""The lake's number of a member, from 1; stands for a `MemberId` in Parquet files."""
ApplicantNo = NewType("ApplicantNo", int)
"""The control plane's number of an applicant's row."""
CookieId = NewType("CookieId", str)
"""A browser's ID, as the board's events and a client's rows of scheme A name it."""
RunId = NewType("RunId", str)
ModelId = NewType("ModelId", str)
ProvisionId = NewType("ProvisionId", str)
IncidentId = NewType("IncidentId", str)
"""`I-` with the year in which it was known and a number within it: I-2026-001."""
MatterId = NewType("MatterId", str)
"""`M-` with the year in which a matter of an authority came and a number within it: M-2026-001."""


def new_run_id(acted_at: datetime) -> RunId:
    """The moment acted at, so that runs sort by it, and a few random digits, so that no two are the same."""
    return RunId(f"{acted_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}")
