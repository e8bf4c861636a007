"""`kanmon audit gap`: people whose data went, or would go, to a client without valid consent."""

import os
import sys
from typing import Annotated

import typer

from kanmon.audits.gap.model import CAUSE_MEANINGS, Gap, GapRule
from kanmon.audits.gap.shapes import GapResult
from kanmon.audits.gap.use_cases import audited_gap
from kanmon.cli.opening import (
    AtOption,
    JsonOption,
    SinceOption,
    UntilOption,
    WorkspaceOption,
    moment,
    opened,
    season_id,
)
from kanmon.cli.output import print_json, say
from kanmon.core.clock import TOKYO
from kanmon.core.language import preferred_language, translations

SHOWN = 10
"""Members told to a person; `--json` has them all."""


def audit_gap(
    since: SinceOption,
    until: UntilOption = None,
    rule: Annotated[
        GapRule,
        typer.Option(
            help="release: targets who used no function in the period, as published in August 2019. "
            "strict: deliveries that no covering agreement came before, as the law asks."
        ),
    ] = GapRule.RELEASE,
    season: Annotated[
        str | None,
        typer.Option("--season", metavar="S", help="Members of this season; else of that which had opened last."),
    ] = None,
    only_provided: Annotated[
        bool, typer.Option("--provided", help="Only what provision records say went, not what would go.")
    ] = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """People whose data went, or would go, to a client without valid consent."""
    begins, ends = moment("--since", since), None if until is None else moment("--until", until)
    with opened(workspace, at) as application:
        found = audited_gap(application, season_id(season), begins, ends, rule, only_provided=only_provided)
    if as_json:
        print_json(gap_facts(found))
    else:
        _print(found)


def gap_facts(found: Gap) -> GapResult:
    """A gap as plain values; `went` and `would_have_gone` are its people in two."""
    facts: GapResult = {
        "count": found.count,
        "reasons": {str(cause): count for cause, count in found.reasons.items()},
        "codes": {code.value: count for code, count in found.codes.items()},
        "members": found.members,
        "went": {"count": len(found.went), "members": found.went},
        "would_have_gone": {"count": len(found.would_have_gone), "members": found.would_have_gone},
        "benefit": found.benefit.facts,
        "rule": found.rule.value,
        "since": found.window.since.isoformat(),
        "until": found.window.until.isoformat(),
        "season": found.season,
    }
    if found.rule is GapRule.STRICT:
        facts["deliveries"] = [
            {
                "member_id": delivery.member_id,
                "client_id": delivery.client_id,
                "scheme": delivery.scheme.value,
                "at": delivery.at.isoformat(),
                "reason": str(delivery.cause),
                "codes": [code.value for code in delivery.codes],
                "went": delivery.went,
            }
            for delivery in found.deliveries
        ]
    return facts


def _print(found: Gap) -> None:
    since, until = (at.astimezone(TOKYO).isoformat(" ", "seconds") for at in (found.window.since, found.window.until))
    say(
        _("season %(season)s, from %(since)s to before %(until)s: %(count)s people in the consent gap"),
        season=found.season,
        since=since,
        until=until,
        count=f"{found.count:,}",
    )
    say(
        _("  went: %(went)s people; would have gone and did not: %(would)s"),
        went=f"{len(found.went):,}",
        would=f"{len(found.would_have_gone):,}",
    )
    for currency, amount in found.benefit.amounts:
        say(_("  earned by it: %(amount)s %(currency)s"), amount=f"{amount:,}", currency=currency)
    if found.benefit.unknown:
        say(_("  earned by it is not known of %(count)s provisions: no price is stated"), count=found.benefit.unknown)
    for cause, count in found.reasons.items():
        sys.stdout.write(f"  {cause:28} {count:>8,}  {_(CAUSE_MEANINGS[cause])}\n")
    if found.deliveries:
        say(_("deliveries without valid consent: %(count)s"), count=f"{len(found.deliveries):,}")
    for member in found.members[:SHOWN]:
        sys.stdout.write(f"  {member}\n")
    if found.count > SHOWN:
        say(_("  and %(count)s more; --json names everyone"), count=f"{found.count - SHOWN:,}")


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
