"""The type of each command's JSON object, and what its keys mean; `kanmon.cli.result_schema` makes a schema of it."""

from collections.abc import Mapping

from kanmon.cli.table import COMMANDS, GROUPS

REFUSAL = "kanmon.cli.shapes:RefusalResult"
"""The type of what any command prints that is refused."""
RESULTS: Mapping[str, str] = {
    **{group.name: group.result for group in GROUPS if group.result is not None},
    **{command.path: command.result for command in COMMANDS if command.result is not None},
}
"""By the words of a command; `serve` and `worker` print no result."""

KEYS: Mapping[str, str] = {
    "applicant_id": "The client's own ID of the applicant; meaningful within that client only.",
    "at": "An instant.",
    "auc": "The area under the ROC curve; null where it can't be computed.",
    "by": "Who did it.",
    "class": "U for provision without valid consent, L for leak, loss or damage; of a column, what it is.",
    "client_id": "The client's ID, as `service.yaml` names it.",
    "evidence_id": "The number of the act of consent that it rests on; null where there is none.",
    "incident_id": "The incident's ID, such as I-2026-001.",
    "law": "The law profile.",
    "ledger_seq": "The number of the entry in the ledger.",
    "matter_id": "The matter's ID, such as M-2026-001.",
    "member_id": "The member's ID, as the dataset names it.",
    "model_id": "The model version, such as C1-2; null where there is none.",
    "n": "Applicants with a score and an outcome.",
    "person": "Who did it.",
    "policy_id": "The policy's ID, as `service.yaml` names it.",
    "positives": "Of them, those who left.",
    "provision_id": "The provision's ID.",
    "reason": "Why.",
    "role": "The person's role.",
    "run_id": "The run's ID.",
    "screen_id": "The screen's ID, as `service.yaml` names it.",
    "season": "The season's ID.",
    "text_sha256": "SHA-256 of the text, in lower-case hex, normalised as docs/folder.md says.",
    "version_id": "The version's ID, as `service.yaml` names it.",
    "vkey": "The log's public key: name, id and base64, with + between.",
}
"""What a key means wherever its type doesn't say it."""

SUFFIXES: Mapping[str, str] = {"_at": "An instant.", "_on": "A day.", "sha256": "SHA-256 in lower-case hex."}
"""What keys that end so hold, where neither says it."""
