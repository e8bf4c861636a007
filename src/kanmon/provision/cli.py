"""`kanmon report`: what a client received, as it may read it now."""

import os
import sys
from collections import Counter
from datetime import datetime
from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.clock import TOKYO
from kanmon.core.ids import ClientId, ProvisionId
from kanmon.core.language import preferred_language, translations
from kanmon.provision.receipt import DeliveryReceipt
from kanmon.provision.report import Report, file_names
from kanmon.provision.shapes import ReceivedReport, ReportListResult, ReportResult
from kanmon.provision.use_cases.reports import deliveries_to, shown_report

ClientOption = Annotated[str, typer.Option("--client", metavar="C", help="The client that received it.")]


def list_reports(
    client: ClientOption, workspace: WorkspaceOption = None, at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Every report that a client received, the newest first, and what it did about each."""
    with opened(workspace, at, alone=False) as application:
        deliveries = deliveries_to(application, ClientId(client))
    if as_json:
        print_json(ReportListResult(client_id=client, reports=[_delivery_facts(one) for one in deliveries]))
        return
    if not deliveries:
        say(_("nothing was provided to client %(client)s"), client=client)
    for delivery in deliveries:
        say("%(report)s  %(at)s", report=delivery.provision_id, at=_written(delivery.provided_at))
        if delivery.acknowledged_at is None:
            say(_("  sealed: its receipt was not confirmed yet"))
        else:
            say(_("  receipt confirmed %(at)s"), at=_written(delivery.acknowledged_at))
        if delivery.stated_at is not None:
            say(_("  use stated %(at)s"), at=_written(delivery.stated_at))


def show(
    client: ClientOption,
    report: Annotated[
        str | None,
        typer.Argument(metavar="REPORT", help="Its number, from `kanmon report list`; else the newest."),
    ] = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """One report as the client may read it now: model, law, categories with their people; --json has its rows."""
    with opened(workspace, at, alone=False) as application:
        found = shown_report(application, ClientId(client), None if report is None else ProvisionId(report))
    if as_json:
        print_json(_report_facts(found))
        return
    say(_("report %(report)s of %(name)s, provided %(at)s"), report=found.provision_id, name=found.client_name,
        at=_written(found.provided_at))  # fmt: skip
    say(_("  model %(model)s, law %(law)s"), model=found.model_id or "–", law=found.law_profile_id)
    say(_("  files: %(files)s"), files=", ".join(file_names(found)))
    scored = [row for row in found.rows if row.score is not None]
    say(_("  applicants: %(all)s, of whom %(scored)s have a score"), all=len(found.rows), scored=len(scored))
    people = Counter(row.category for row in scored)
    for symbol, _cut_off in found.category_symbols:
        sys.stdout.write(f"    {symbol:8} {people[symbol]:>8,}\n")


def _delivery_facts(delivery: DeliveryReceipt) -> ReceivedReport:
    return {
        "provision_id": delivery.provision_id,
        "season": delivery.season,
        "provided_at": delivery.provided_at.isoformat(),
        "acknowledged_at": None if delivery.acknowledged_at is None else delivery.acknowledged_at.isoformat(),
        "stated_at": None if delivery.stated_at is None else delivery.stated_at.isoformat(),
    }


def _report_facts(report: Report) -> ReportResult:
    return {
        "provision_id": report.provision_id,
        "run_id": report.run_id,
        "client_id": report.client_id,
        "provided_at": report.provided_at.isoformat(),
        "model_id": report.model_id,
        "law": report.law_profile_id,
        "purpose": report.purpose,
        "files": file_names(report),
        "rows": [row.facts for row in report.rows],
    }


def _written(at: datetime) -> str:
    return at.astimezone(TOKYO).isoformat(" ", "minutes")


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
