"""`kanmon audit fairness`: how far scores tell groups apart, and which features stand in for them.

The JSON object: `client_id`, `scored`, `in_file`, `tables` (each with `measure`, `attributes`, `unknown` and
`categories` of `name`, `people`, `rate`, `impact_ratio`, `is_small`), `proxies` (`feature`, `attribute`, `category`,
`auc`), `groups_sha256`, `ledger_seq`.
"""

import os
from pathlib import Path
from typing import Annotated

import typer

from kanmon.audits.fairness.service import Category, Fairness, Groups, Table, read_groups
from kanmon.audits.fairness.shapes import FairnessResult, GroupResult
from kanmon.audits.fairness.use_cases import audit_fairness as audit
from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.errors import FolderUnreadable
from kanmon.core.ids import ClientId
from kanmon.core.language import N_, preferred_language, translations
from kanmon.intake.use_cases.measured import check_size

_MEASURES = {
    "score_above_median": N_("score above the median"),
    "followed_up": N_("followed up"),
}


def audit_fairness(
    client: Annotated[str, typer.Option("--client", metavar="C", help="Whose newest scores.")],
    groups: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="The auditor's CSV: applicant_id, a column for each attribute, followed_up if known. It is not kept.",
        ),
    ],
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare groups of applicants by the measures of Local Law 144, and find features that stand in for them."""
    said = _read(groups)
    with opened(workspace, at, alone=False) as application:
        found, seq = audit(application, ClientId(client), said)
    if as_json:
        print_json(_facts(found, seq))
    else:
        _print(found, seq)


def _read(file: Path) -> Groups:
    check_size(file)
    try:
        return read_groups(file.read_bytes(), str(file))
    except OSError as error:
        raise FolderUnreadable(N_("%(file)s can't be read: %(reason)s"), file=file, reason=error.strerror) from None


def _group_facts(group: Category) -> GroupResult:
    return {
        "name": group.name,
        "people": group.people,
        "rate": group.rate,
        "impact_ratio": group.impact_ratio,
        "is_small": group.is_small,
    }


def _facts(found: Fairness, seq: int) -> FairnessResult:
    return {
        "client_id": found.client_id,
        "scored": found.scored,
        "in_file": found.in_file,
        "tables": [
            {
                "measure": table.measure,
                "attributes": table.attributes,
                "unknown": table.unknown,
                "categories": [_group_facts(one) for one in table.categories],
            }
            for table in found.tables
        ],
        "proxies": [
            {"feature": one.feature, "attribute": one.attribute, "category": one.category, "auc": one.auc}
            for one in found.proxies
        ],
        "groups_sha256": found.groups_sha256,
        "ledger_seq": seq,
    }


def _print(found: Fairness, seq: int) -> None:
    say(
        _("%(scored)s people have a score, and the file names %(in_file)s of them; entry %(seq)s of the ledger"),
        scored=found.scored,
        in_file=found.in_file,
        seq=seq,
    )
    for table in found.tables:
        _print_table(table)
    for one in found.proxies:
        say(
            _("feature %(feature)s tells %(category)s (%(attribute)s) from all others: AUC %(auc)s"),
            feature=one.feature,
            category=one.category,
            attribute=one.attribute,
            auc=f"{one.auc:.2f}",
        )
    if not found.proxies:
        say(_("no feature tells the groups apart"))


def _print_table(table: Table) -> None:
    title = f"{_(_MEASURES[table.measure])}: {' × '.join(table.attributes)}"
    say("%(title)s", title=title)
    for one in table.categories:
        say(
            _("  %(name)s: %(count)s people, rate %(rate)s, impact ratio %(ratio)s%(small)s"),
            name=" × ".join(one.name),
            count=one.people,
            rate=f"{one.rate:.3f}",
            ratio="–" if one.impact_ratio is None else f"{one.impact_ratio:.3f}",
            small=_(" (under 2 % of all)") if one.is_small else "",
        )
    say(_("  unknown: %(count)s people"), count=table.unknown)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
