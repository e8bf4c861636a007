"""`kanmon ledger`: the keys that sign the ledger."""

import os
from typing import Annotated

import typer

from kanmon.access.use_cases.reviewers import reviewer
from kanmon.cli.opening import AsOption, JsonOption, WorkspaceOption, opened
from kanmon.cli.output import print_json, say
from kanmon.core.language import preferred_language, translations
from kanmon.ledger.cli.verify import succession_facts, succession_sentences
from kanmon.ledger.service import chain_of
from kanmon.ledger.shapes import KeysResult
from kanmon.ledger.succession import SuccessionReason
from kanmon.ledger.use_cases.key_succession import succeed_key


def rotate_key(
    by: AsOption,
    reason: Annotated[str, typer.Option("--reason", metavar="WORDS", help="Why; it is public.")],
    lost: Annotated[
        bool, typer.Option("--lost", help="The key is lost and no copy is left: declare another one its successor.")
    ] = False,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Have a new key sign the ledger from now on. For a privacy owner. Back up the new file, and publish the key."""
    because = SuccessionReason.LOST if lost else SuccessionReason.ROTATED
    with opened(workspace, None) as application:
        step = succeed_key(application, reviewer(application, by), because, reason)
    if as_json:
        print_json(succession_facts([step])[0])
    else:
        say(succession_sentences([step])[0])


def keys(workspace: WorkspaceOption = None, as_json: JsonOption = False) -> None:
    """The key that signs the ledger, as it is published, and how it followed those before it."""
    with opened(workspace, None, alone=False) as application, application.transactions.read() as work:
        chain = chain_of(work.ledger, application.ledger_key.verifier)
    if as_json:
        print_json(KeysResult(vkey=str(chain.current), successions=succession_facts(chain.successions)))
        return
    say(_("the ledger is signed with %(key)s"), key=chain.current)
    for sentence in succession_sentences(chain.successions):
        say(sentence)


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
