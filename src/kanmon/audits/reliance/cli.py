"""`kanmon audit reliance`: what was provided on consents to one policy version.

The JSON object: `policy`, `version`, `count` (of `provisions`), `members`, and `provisions` with, for each person in a
provision, `client_id`, `member_id`, `applicant_id`, `provision_id`, `provided_at`, `handed_over_at`, `score_no`,
`computed_at`, `evidence_id`, `screen_id`, `agreed_at` and `uses`, those for which that consent was relied on.
"""

import os
import sys
from collections import Counter
from typing import Annotated

import typer

from kanmon.audits.reliance.service import Reliance, RelyingProvision
from kanmon.audits.reliance.shapes import RelianceResult
from kanmon.audits.reliance.use_cases import reliance_on
from kanmon.cli.opening import JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.clock import TOKYO
from kanmon.core.ids import PolicyId, PolicyVersionId
from kanmon.core.language import preferred_language, translations
from kanmon.gate.decision import Use

SHOWN = 10
"""Provisions told to a person; `--json` has them all."""


def audit_reliance(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="The policy version, for example 2.0.")],
    policy: Annotated[
        str | None,
        typer.Option("--policy", metavar="ID", help="Whose version it is, where there are several policies."),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was provided on consents to a policy version: all that its invalidation would reach back to."""
    with opened(workspace, None) as application:
        found = reliance_on(application, None if policy is None else PolicyId(policy), PolicyVersionId(version))
    if as_json:
        print_json(_facts(found))
    else:
        _print(found)


def _facts(found: Reliance) -> RelianceResult:
    return {
        "policy": found.policy_id,
        "version": found.version_id,
        "count": len(found.provisions),
        "members": sorted({one.member_id for one in found.provisions}),
        "provisions": [
            {
                "client_id": one.client_id,
                "member_id": one.member_id,
                "applicant_id": one.applicant_id,
                "provision_id": one.provision_id,
                "provided_at": one.provided_at.isoformat(),
                "handed_over_at": None if one.handed_over_at is None else one.handed_over_at.isoformat(),
                "score_no": one.score_no,
                "computed_at": one.computed_at.isoformat(),
                "evidence_id": one.evidence_id,
                "screen_id": one.screen_id,
                "agreed_at": one.agreed_at.isoformat(),
                "uses": _uses(one),
            }
            for one in found.provisions
        ],
    }


def _uses(one: RelyingProvision) -> list[str]:
    relied = {Use.SCORE: one.scored_on, Use.PROVIDE: one.provided_on}
    return [use.value for use, is_relied in relied.items() if is_relied]


def _print(found: Reliance) -> None:
    say(
        _("%(count)s scores of %(people)s people were provided on consents to %(policy)s %(version)s"),
        count=f"{len(found.provisions):,}",
        people=f"{len({one.member_id for one in found.provisions}):,}",
        policy=found.policy_id,
        version=found.version_id,
    )
    for client, count in sorted(Counter(one.client_id for one in found.provisions).items()):
        sys.stdout.write(f"  {client:36} {count:>8,}\n")
    for one in found.provisions[:SHOWN]:
        say(
            _("  %(member)s to %(client)s, %(provided_at)s, score %(score)s; agreed %(agreed_at)s on %(screen)s"),
            member=one.member_id,
            client=one.client_id,
            provided_at=one.provided_at.astimezone(TOKYO).isoformat(" ", "seconds"),
            score=one.score_no,
            agreed_at=one.agreed_at.astimezone(TOKYO).isoformat(" ", "seconds"),
            screen=one.screen_id,
        )
    if len(found.provisions) > SHOWN:
        say(_("  and %(count)s more; --json names everyone"), count=f"{len(found.provisions) - SHOWN:,}")


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
