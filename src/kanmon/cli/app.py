"""The commands of `kanmon`."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from kanmon.bootstrap.application import Application, stop_database
from kanmon.cli import printing
from kanmon.cli.accounts import account_app
from kanmon.cli.audit import audit_app
from kanmon.cli.compact import compact
from kanmon.cli.evidence import evidence
from kanmon.cli.hold import hold_app
from kanmon.cli.incident import incident_app
from kanmon.cli.intake import collect, key_app
from kanmon.cli.ledger import verify
from kanmon.cli.ledger_keys import ledger_app
from kanmon.cli.legal import legal_app
from kanmon.cli.link import link_app
from kanmon.cli.notices import mail_app
from kanmon.cli.opening import (
    AtOption,
    ClientsOption,
    JsonOption,
    SeasonOption,
    WorkspaceOption,
    client_ids,
    opened,
    running,
    season_id,
)
from kanmon.cli.policy import policy_app
from kanmon.cli.preflight import preflight
from kanmon.cli.recall import recall_app
from kanmon.cli.release import release_app
from kanmon.cli.replay import replay
from kanmon.cli.restore import restore
from kanmon.cli.revision import revision_app
from kanmon.cli.serve import serve
from kanmon.cli.subject import subject_app
from kanmon.cli.switch import resume_command, stop_command
from kanmon.cli.worker import worker
from kanmon.gate.decision import Use
from kanmon.ids import ModelId
from kanmon.language import N_, preferred_language, translations
from kanmon.road.season_run import ClientRun, SeasonRun
from kanmon.stories.season import write_season

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # Rich cuts words that are longer than a column, and a Japanese sentence is one
    help="Kanmon (関門): no score without evidence of consent.",
)

app.add_typer(policy_app, name="policy")
app.add_typer(revision_app, name="revision")
app.add_typer(release_app, name="release")
app.add_typer(legal_app, name="legal")
app.add_typer(audit_app, name="audit")
app.add_typer(incident_app, name="incident")
app.add_typer(mail_app, name="mail")
app.add_typer(subject_app, name="subject")
app.add_typer(recall_app, name="recall")
app.add_typer(link_app, name="link")
app.add_typer(account_app, name="account")
app.add_typer(key_app, name="key")
app.add_typer(hold_app, name="hold")
app.add_typer(ledger_app, name="ledger")
app.command()(verify)
app.command()(evidence)
app.command()(serve)
app.command()(worker)
app.command()(collect)
app.command()(compact)
app.command("stop")(stop_command)
app.command("resume")(resume_command)
app.command()(preflight)
app.command()(replay)
app.command()(restore)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR")] = Path("kanmon-workspace"),
    replay: Annotated[bool, typer.Option("--replay", help="Let later commands act at another moment.")] = False,
) -> None:
    """Make a workspace with the embedded defaults."""
    Application.create(directory, replay)
    printing.say(_("workspace %(folder)s is ready; next: kanmon load DIR --workspace %(folder)s"), folder=directory)


@app.command()
def load(
    folder: Annotated[Path, typer.Argument(metavar="DIR")],
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Load a dataset folder; refused rows are told and the good ones kept."""
    with opened(workspace, at) as application:
        loaded = application.load(folder)
    printing.print_load(loaded, as_json)
    if loaded.has_refusals:
        raise typer.Exit(3)


def _step_command(name: str, doc: str, act: Callable[[SeasonRun, Sequence[ClientRun]], None]) -> None:
    def command(
        client: ClientsOption = None,
        season: SeasonOption = None,
        workspace: WorkspaceOption = None,
        at: AtOption = None,
        as_json: JsonOption = False,
    ) -> None:
        with running(name, client, season, workspace, at) as (run, clients):
            act(run, clients)
        printing.print_runs(run.run_id, clients, as_json)
        _exit_where_all_refused(clients)

    command.__doc__ = doc
    app.command(name)(command)


_step_command("train", "Train one model per client on last year.", SeasonRun.train)
_step_command("score", "Ask the gate, then score those it clears.", SeasonRun.score)
_step_command("run", "The main job: link, train, gate, score, provide.", SeasonRun.all_steps)


@app.command()
def gate(
    client: ClientsOption = None,
    season: SeasonOption = None,
    use: Annotated[Use, typer.Option(help="What the data would be used for.")] = Use.PROVIDE,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the gate about every applicant, and say why it denies."""
    with running("gate", client, season, workspace, at) as (run, clients):
        run.gate(clients, use)
    printing.print_gate(clients, as_json)


@app.command()
def provide(
    client: ClientsOption = None,
    season: SeasonOption = None,
    again: Annotated[bool, typer.Option("--again", help="Provide even what was provided before.")] = False,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask the gate again, record the provision, and hand the report over."""
    with running("provide", client, season, workspace, at) as (run, clients):
        run.provide(clients, again)
    printing.print_runs(run.run_id, clients, as_json)
    _exit_where_all_refused(clients)


@app.command()
def evaluate(
    client: ClientsOption = None,
    season: SeasonOption = None,
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare scores with loaded outcomes of the scored season."""
    with opened(workspace, at) as application:
        found = application.evaluate(client_ids(client), season_id(season))
    printing.print_evaluation(found, as_json)


@app.command()
def approve(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="For example C1-2.")],
    person: Annotated[str, typer.Option(help="The privacy owner who approves.")],
    because: Annotated[str, typer.Option(help="Why the model may be used although the acceptance rule held it.")],
    workspace: WorkspaceOption = None,
    at: AtOption = None,
) -> None:
    """Approve a model version that the acceptance rule held back."""
    with opened(workspace, at) as application:
        application.approve(ModelId(model), person, because)
    printing.say(_("model %(model)s is approved by %(person)s"), model=model, person=person)


@app.command("stop-database")
def stop_embedded(
    workspace: WorkspaceOption = None,
) -> None:
    """Stop the embedded PostgreSQL of a workspace; the next command starts it again."""
    stop_database(workspace)
    printing.say(_("the embedded database is stopped"))


@app.command()
def demo(
    workspace: Annotated[Path, typer.Option("--workspace", metavar="DIR")] = Path("kanmon-demo"),
    seed: Annotated[int, typer.Option(help="The seed of the generated season.")] = 2020,
    as_json: JsonOption = False,
) -> None:
    """The whole way on a generated season, in about a minute."""
    Application.create(workspace, is_replay=False)
    with opened(workspace, None) as application:
        folder = application.workspace.root / "season"
        with application.progress.step(N_("generate a season")):
            write_season(folder, seed, now=application.clock.now())
        loaded = application.load(folder)
        run = application.season_run()
        clients = run.begin("demo", [], None)
        run.all_steps(clients)
        run.finish()
    if not as_json:
        printing.print_load(loaded, as_json)
    printing.print_runs(run.run_id, clients, as_json)
    if not as_json:
        printing.print_where_to_look(application.workspace.root)


def _exit_where_all_refused(clients: Sequence[ClientRun]) -> None:
    if clients and all(client.is_refused for client in clients):
        raise typer.Exit(4)
