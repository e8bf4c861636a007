"""`kanmon subject`: what a person is told, and may ask for."""

import typer

from kanmon.cli.consents import subject_consents
from kanmon.cli.erasure import subject_erase
from kanmon.cli.rights import subject_answer, subject_receipts, subject_show, subject_withdraw

subject_app = typer.Typer(no_args_is_help=True, help="What a person is told, and may ask for.", rich_markup_mode=None)

subject_app.command("show")(subject_show)
subject_app.command("withdraw")(subject_withdraw)
subject_app.command("erase")(subject_erase)
subject_app.command("receipts")(subject_receipts)
subject_app.command("answer")(subject_answer)
subject_app.command("consents")(subject_consents)
