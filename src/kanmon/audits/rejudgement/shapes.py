"""What `kanmon audit provisions` prints with `--json`."""

from collections.abc import Mapping, Sequence

from typing_extensions import TypedDict


class FallenProvisionResult(TypedDict):
    """A provision of one person that does not stand."""

    client_id: str
    provision_id: str
    applicant_id: str
    record_no: int | None
    provided_at: str
    faults: Sequence[str]


class ProvisionsResult(TypedDict):
    """Every past provision, judged afresh."""

    since: str
    until: str
    judged: int
    by_client: Mapping[str, int]
    locked: int
    """Records of erased people, which can't be judged any more."""
    fallen: int
    faults: Mapping[str, int]
    """Provisions by fault."""
    provisions: Sequence[FallenProvisionResult]
    """Those that fell."""
    result_sha256: str
    ledger_seq: int
