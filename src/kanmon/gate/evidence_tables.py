"""The tables in which the facts of one question are found."""

from collections.abc import Mapping

import pyarrow as pa

_INSTANT, _NUMBER = pa.int64(), pa.int64()
EVIDENCE: Mapping[str, pa.Schema] = {
    "applicant": pa.schema(
        {
            "applicant_no": _NUMBER, "applicant_id": pa.string(), "member_no": _NUMBER, "as_of": _INSTANT,
            "cookie_id": pa.string(), "is_unlinked": pa.bool_(), "is_under_16": pa.bool_(),
        }
    ),
    "act": pa.schema(
        {
            "member_no": _NUMBER, "consent_no": _NUMBER, "occurred_at": _INSTANT, "latest_at": _INSTANT,
            "counts_from": _INSTANT, "ends_until": _INSTANT, "action": pa.string(), "client_id": pa.string(),
            "screen_id": pa.string(), "text_no": _NUMBER, "refusable": pa.bool_(), "is_corrected": pa.bool_(),
            "contradictions": pa.string(), "giver": pa.string(), "was_under_16": pa.bool_(),
        }
    ),
    "notice": pa.schema({"member_no": _NUMBER, "client_id": pa.string()}),
    "objection": pa.schema(
        {
            "member_no": _NUMBER, "occurred_at": _INSTANT, "is_objection": pa.bool_(), "client_id": pa.string(),
            "is_of_training": pa.bool_(),
        }
    ),
    "confirmation": pa.schema(
        {
            "applicant_no": _NUMBER, "confirmed_at": _INSTANT, "method": pa.string(), "obtained_at": _INSTANT,
            "covers_training": pa.bool_(),
        }
    ),
    "erased": pa.schema({"member_no": _NUMBER}),
    "affected": pa.schema({"member_no": _NUMBER, "affected_at": _INSTANT}),
    "hold": pa.schema({"member_no": _NUMBER, "applicant_no": _NUMBER, "client_id": pa.string()}),
    "doubt": pa.schema(
        {
            "doubt_no": _NUMBER, "screen_id": pa.string(), "begins_at": _INSTANT, "ends_at": _INSTANT,
            "standing": pa.string(),
        }
    ),
    "released": pa.schema({"doubt_no": _NUMBER, "text_no": _NUMBER}),
}  # fmt: skip
"""What the facts of one question are found in, as far as it concerns the question's applicants.

`applicant` holds all of the client's season, `cookie_id` only where the row brings nothing else of a person. `act` and
`objection` hold what their members may have done at or before the moment asked: an act happened at the earliest at
`occurred_at` and at the latest at `latest_at`; one that ends agreements does so from `counts_from` on, with all that
may have come before it, up to `ends_until`; `contradictions` are what speaks against an agreement, `giver` is who gave
it, `was_under_16` whether its person was then. `notice` holds notices of scoring before the moment asked,
`confirmation` what the client confirmed and what stands then, `affected`
the newest incident of class U that affects each, `hold` who is on hold, a member or a row of the client's; `doubt` and
`released` what is doubted about screens.
"""
