"""`kanmon policy`: examine texts before they are published, compare versions, foresee what a change would do."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from kanmon.cli.opening import JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json
from kanmon.core.ids import ClientId
from kanmon.core.language import preferred_language, translations
from kanmon.reviews.policies.cli.diff_printing import diff_facts, print_diff
from kanmon.reviews.policies.cli.printing import examination_facts, is_publishable, print_examination, print_summary
from kanmon.reviews.policies.service import PolicyBook
from kanmon.reviews.policies.use_cases import policy_book, read_policies

PolicyOption = Annotated[str | None, typer.Option("--policy", metavar="ID", help="Only versions of this policy.")]


def check(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="A service.yaml or its folder, to check a draft without loading it."),
    ] = None,
    policy: PolicyOption = None,
    version: Annotated[str | None, typer.Option("--version", metavar="V", help="Only this version.")] = None,
    law: Annotated[
        str | None, typer.Option("--law", metavar="PROFILE", help="Judge under this law instead of the service's own.")
    ] = None,
    client: Annotated[
        list[str] | None, typer.Option("--client", metavar="C", help="Only this client; may be repeated.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what each clause states and lacks, and whether the text may be published. Without FILE, the versions in the
    workspace.

    Exit with 0 where every version chosen may be published, with 4 where a rule refuses one.

    See `reviews.policies.cli.printing` for the JSON object.
    """
    book = _book(file, workspace)
    laws = book.laws(law)
    examinations = book.examined(policy, version, [ClientId(one) for one in client or []], laws)
    remarks = _remarks(book)
    if as_json:
        print_json(examination_facts(examinations, laws[0], remarks))
    else:
        for remark in remarks:
            sys.stderr.write(f"{remark}\n")
        for examination in examinations:
            print_examination(examination, laws[0])
        print_summary(examinations, laws[0])
    if not all(is_publishable(examination, laws[0]) for examination in examinations):
        raise typer.Exit(4)


def compare(
    old: Annotated[str, typer.Argument(metavar="OLD", help="The older version.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The newer version.")],
    policy: PolicyOption = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="A service.yaml or its folder holds both versions.")
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two versions clause by clause: narrower, the same, wider or not comparable.

    They are compared in each language that both are written in; see `reviews.policies.cli.diff_printing` for the JSON
    object.
    """
    book = _book(file, workspace)
    found = book.compared(policy, old, new)
    if as_json:
        print_json(diff_facts(found))
        return
    for one in found:
        print_diff(one)


def _book(file: Path | None, workspace: Path | None) -> PolicyBook:
    if file is not None:
        return read_policies(file)
    with opened(workspace, None) as application:
        return policy_book(application)


def _remarks(book: PolicyBook) -> list[str]:
    translate = translations(preferred_language(os.environ)).gettext
    return [translate(remark.message) % remark.values for remark in book.remarks]
