"""`kanmon audit use`: whether clients' decisions depend on scores, tested by the registered plans.

JSON: `at`, `found`; `stage_moves`, the rows handed over again with another stage: `client_id`, `season`,
`applicant_id`, `bound_stage`, `moved_from`, `moved_to`, `moved_at`, `was_open`, `ledger_seq`; and under `clients` for
each `client_id`, `season`, `seed_sha256`, `plan_ledger_seq`, `withheld_share`, `suspended`, `undecided`, `unread`, and
a row for each of its `stages`: `stage`, `readable`, `withheld`, `p`, `power`, `verdict`.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from kanmon.audits.use.rules import UseFinding, is_drawn_as_registered
from kanmon.audits.use.service import ClientAudit
from kanmon.audits.use.shapes import ClientUse, StageMoveResult, UseResult
from kanmon.audits.use.use_cases import AUDITOR, audit_use, stage_alerts
from kanmon.audits.use.words import FINDINGS
from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.cli.output_files import write_file
from kanmon.clients.decision import StageAlert
from kanmon.core.errors import MisuseFound, UnknownClient, UsageError
from kanmon.core.language import N_, preferred_language, translations


def audit_use_command(
    client: Annotated[str | None, typer.Option("--client", metavar="C", help="Tell of this client only.")] = None,
    suspend: Annotated[
        bool, typer.Option("--suspend/--no-suspend", help="Whether a client that is found is suspended at once.")
    ] = True,
    person: Annotated[str, typer.Option("--as", metavar="NAME", help="The privacy owner who audits.")] = AUDITOR,
    evidence: Annotated[
        Path | None,
        typer.Option(
            "--evidence",
            metavar="FILE",
            help="Write the client's audit file, with the seed and every row that was compared.",
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Test whether clients' decisions depend on scores: exit status 4 where one is found, and suspended."""
    if evidence is not None and client is None:
        raise UsageError(N_("--evidence is of one client: name it with --client"))
    with opened(workspace, at, alone=False) as application:
        audits = audit_use(application, person, suspends=suspend)
        moves = [move for move in stage_alerts(application) if client in (None, move.client_id)]
        moment = application.clock.now()
    told = [one for one in audits if client in (None, one.client.client_id)]
    if client is not None and not told:
        known = ", ".join(one.client.client_id for one in audits)
        raise UnknownClient(
            N_("no contract was loaded for client %(client)s; there are contracts for: %(known)s"),
            client=client,
            known=known,
        )
    found = sorted(one.client.client_id for one in told if one.is_found)
    if evidence is not None:
        write_file(evidence, (json.dumps(_evidence(told[0]), ensure_ascii=False, indent=2) + "\n").encode())
    if as_json:
        moved, clients = [_move(move) for move in moves], [_facts(one) for one in told]
        print_json(UseResult(at=moment.isoformat(), found=found, stage_moves=moved, clients=clients))
    else:
        _print(told)
        _print_moves(moves)
    if found:
        raise MisuseFound(
            N_(
                "the decisions of %(clients)s depend on whether the score could be read; ask the client for its reasons"
            ),
            clients=", ".join(found),
        )


def _facts(audit: ClientAudit) -> ClientUse:
    registered = audit.registered
    plan = None if registered is None else registered.plan
    return {
        "client_id": audit.client.client_id,
        "season": audit.watch.season,
        "seed_sha256": None if plan is None else plan.draw.seed_sha256,
        "plan_ledger_seq": None if registered is None else registered.ledger_seq,
        "withheld_share": None if plan is None else plan.draw.share,
        "suspended": audit.is_suspended,
        "undecided": audit.watch.undecided,
        "unread": audit.watch.unread,
        "verdict": _verdict(audit).value,
        "stages": [
            {
                "stage": look.stage,
                "readable": look.readable,
                "withheld": look.withheld,
                "p": look.p,
                "power": look.power,
                "verdict": look.finding.value,
            }
            for look in audit.looks
        ],
    }


def _move(move: StageAlert) -> StageMoveResult:
    return {
        "client_id": move.client_id,
        "season": move.season,
        "applicant_id": move.applicant_id,
        "bound_stage": move.bound_stage,
        "moved_from": move.moved_from,
        "moved_to": move.moved_to,
        "moved_at": move.moved_at.isoformat(),
        "was_open": move.was_open,
        "ledger_seq": move.ledger_seq,
    }


def _verdict(audit: ClientAudit) -> UseFinding:
    """Of the client as a whole: the gravest of its stages; before any decision, as its plan stands."""
    if not audit.looks:
        return UseFinding.NOT_AUDITABLE if audit.registered is None else UseFinding.TOO_FEW_TO_TELL
    said = {look.finding for look in audit.looks}
    order = (UseFinding.MISUSE_FOUND, UseFinding.TOO_FEW_TO_TELL, UseFinding.NOT_AUDITABLE, UseFinding.NOTHING_FOUND)
    return next(finding for finding in order if finding in said)


def _evidence(audit: ClientAudit) -> dict[str, object]:
    """All that is needed to draw and test again; nothing of another client."""
    plan = None if audit.registered is None else audit.registered.plan
    return {
        **_facts(audit),
        "plan": None if plan is None else dict(plan.entry().payload),
        "seed": None if plan is None else plan.draw.seed.hex(),
        "drawn_as_registered": plan is not None and is_drawn_as_registered(plan.draw, audit.watch.cases),
        "looks_before": dict(audit.watch.looks),
        "rows": [case._asdict() for case in audit.watch.cases],
    }


def _print(audits: list[ClientAudit]) -> None:
    for audit in audits:
        say("%(client)s: %(told)s", client=audit.client.client_id, told=_(FINDINGS[_verdict(audit)]))
        for look in audit.looks:
            say(
                _("  %(stage)s: %(readable)s readable, %(withheld)s withheld, p %(p)s, power %(power)s: %(told)s"),
                stage=look.stage,
                readable=look.readable,
                withheld=look.withheld,
                p="-" if look.p is None else f"{look.p:.4f}",
                power="-" if look.power is None else f"{look.power:.2f}",
                told=_(FINDINGS[look.finding]),
            )
        if audit.is_suspended:
            say(_("  %(client)s is suspended"), client=audit.client.client_id)


def _print_moves(moves: Sequence[StageAlert]) -> None:
    for move in moves:
        say(
            _(
                "%(at)s: %(client)s moved %(applicant)s from stage %(before)s to %(after)s; its score waits for the "
                "decision at %(bound)s, the stage first handed over"
            ),
            at=move.moved_at.isoformat(),
            client=move.client_id,
            applicant=move.applicant_id,
            before=move.moved_from or "-",
            after=move.moved_to or "-",
            bound=move.bound_stage,
        )


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
