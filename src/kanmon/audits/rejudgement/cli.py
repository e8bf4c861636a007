"""`kanmon audit provisions`: every past provision judged afresh, by code that shares nothing with the gate.

The JSON object: `since`, `until`, `judged` (persons in provisions), `by_client`, `locked` (erased since, not judged),
`fallen`, `faults` (how many fall by each), `provisions` with, for each that falls, `client_id`, `provision_id`,
`applicant_id`, `record_no`, `provided_at` and `faults`, and `result_sha256` and `ledger_seq`.
"""

import os
import sys
from typing import Annotated

import typer

from kanmon.audits.rejudgement.audit import RejudgementResult
from kanmon.audits.rejudgement.faults import FAULT_WORDS
from kanmon.audits.rejudgement.shapes import ProvisionsResult
from kanmon.audits.rejudgement.use_cases import rejudge_provisions
from kanmon.cli.opening import (
    AtOption,
    ClientsOption,
    JsonOption,
    UntilOption,
    WorkspaceOption,
    client_ids,
    moment,
    opened,
)
from kanmon.cli.output import print_json, say
from kanmon.core.clock import TOKYO
from kanmon.core.errors import ProvisionsFell
from kanmon.core.language import N_, preferred_language, translations

SHOWN = 10
"""Provisions told to a person; `--json` has them all."""


def audit_provisions(
    since: Annotated[
        str | None, typer.Option("--since", metavar="T", help="Only what was provided from then on (ISO 8601).")
    ] = None,
    until: UntilOption = None,
    client: ClientsOption = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Judge every past provision afresh from the evidence, by code of its own; ends with 4 where one falls."""
    begins = None if since is None else moment("--since", since)
    ends = None if until is None else moment("--until", until)
    with opened(workspace, at) as application:
        found, seq = rejudge_provisions(application, client_ids(client), begins, ends)
    if as_json:
        print_json(_facts(found, seq))
    else:
        _print(found, seq)
    if found.fallen:
        raise ProvisionsFell(
            N_("%(count)s provisions do not stand; stop what they came from, and tell the privacy owner"),
            count=len(found.fallen),
        )


def _facts(found: RejudgementResult, seq: int) -> ProvisionsResult:
    return {
        "since": found.span.since.isoformat(),
        "until": found.span.until.isoformat(),
        "judged": sum(found.judged.values()),
        "by_client": {str(client): count for client, count in found.judged.items()},
        "locked": found.locked,
        "fallen": len(found.fallen),
        "faults": {fault.value: count for fault, count in found.faults.items()},
        "provisions": [
            {
                "client_id": one.client_id,
                "provision_id": one.case.provision_id,
                "applicant_id": one.case.applicant_id,
                "record_no": one.case.record_no,
                "provided_at": one.case.at.isoformat(),
                "faults": [fault.value for fault in one.faults],
            }
            for one in found.fallen
        ],
        "result_sha256": found.sha256(),
        "ledger_seq": seq,
    }


def _print(found: RejudgementResult, seq: int) -> None:
    say(
        _("%(judged)s people in provisions were judged afresh, %(fallen)s do not stand; entry %(seq)s of the ledger"),
        judged=f"{sum(found.judged.values()):,}",
        fallen=f"{len(found.fallen):,}",
        seq=seq,
    )
    if found.locked:
        say(_("%(count)s could not be judged: the people were erased since"), count=f"{found.locked:,}")
    for fault, count in sorted(found.faults.items()):
        sys.stdout.write(f"  {count:>8,}  {_(FAULT_WORDS[fault])}\n")
    for one in found.fallen[:SHOWN]:
        say(
            _("  %(client)s, %(provision)s, applicant %(applicant)s, %(provided_at)s: record %(record)s"),
            client=one.client_id,
            provision=one.case.provision_id,
            applicant=one.case.applicant_id,
            provided_at=one.case.at.astimezone(TOKYO).isoformat(" ", "seconds"),
            record=one.case.record_no,
        )
    if len(found.fallen) > SHOWN:
        say(_("  and %(count)s more; --json names everyone"), count=f"{len(found.fallen) - SHOWN:,}")


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
