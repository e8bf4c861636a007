"""`kanmon check`: what loading a folder would say, and whether its texts may be published."""

from typing import Annotated

import typer

from kanmon.cli.opening import AtOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json
from kanmon.intake.cli.printing import load_facts, print_load
from kanmon.intake.cli.shapes import CheckResult
from kanmon.intake.use_cases.checking import check_folder
from kanmon.reviews.policies.cli.printing import examination_facts, is_publishable, print_examination, print_summary


def check(
    folder: Annotated[
        str, typer.Argument(metavar="DIR", help="A dataset folder, or its address: s3://, gs://, abfs://.")
    ],
    workspace: WorkspaceOption = None,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say all that `load` and `policy check` would say of a folder; nothing is changed.

    The JSON object is that of `load`, with that of `policy check` as `policy` (null where the folder has no policies).
    Exit with 4 where `policy check` would, else with 3 where rows would be refused.
    """
    with opened(workspace, at) as application:
        checked = check_folder(application, folder)
    law = checked.laws[0]
    if as_json:
        policy = examination_facts(checked.examinations, law, []) if checked.examinations else None
        result: CheckResult = {**load_facts(checked.loaded), "policy": policy}
        print_json(result)
    else:
        print_load(checked.loaded, as_json=False)
        for examination in checked.examinations:
            print_examination(examination, law)
        if checked.examinations:
            print_summary(checked.examinations, law)
    if not all(is_publishable(examination, law) for examination in checked.examinations):
        raise typer.Exit(4)
    if checked.loaded.has_refusals:
        raise typer.Exit(3)
