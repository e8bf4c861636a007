"""`kanmon verify`: the one command that needs neither workspace nor database, and loads nothing but the ledger."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from kanmon.errors import UsageError
from kanmon.language import N_, preferred_language, translations
from kanmon.ledger.note import NoteInvalid, VerifierKey, encoded
from kanmon.ledger.receipt import Verified, verify_receipt

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.callback()
def kanmon() -> None:
    """Kanmon (関門): no score without evidence of consent."""


@app.command()
def verify(
    receipt: Annotated[Path, typer.Argument(metavar="RECEIPT", help="The receipt's file.")],
    key: Annotated[
        str | None, typer.Option("--key", metavar="VKEY", help="The log's public key, as the platform publishes it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")] = False,
) -> None:
    """Check a receipt offline, against the signed checkpoint that it brings."""
    verified = verify_receipt(content_of(receipt), None if key is None else _key(key))
    if as_json:
        sys.stdout.write(json.dumps(_facts(verified), ensure_ascii=False) + "\n")
    else:
        _print(verified)


def content_of(file: Path) -> bytes:
    """What a file holds; `UsageError` where it can't be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError(N_("%(file)s can't be read: %(reason)s"), file=file, reason=error.strerror) from None


def _key(vkey: str) -> VerifierKey:
    try:
        return VerifierKey.parse(vkey)
    except NoteInvalid:
        raise UsageError(
            N_("--key %(key)s is no public key of a log; write it like name+id+base64"), key=vkey
        ) from None


def _facts(verified: Verified) -> dict[str, object]:
    checkpoint = verified.checkpoint
    return {
        "entry": verified.entry,
        "payload": verified.payload,
        "checkpoint": {"origin": checkpoint.origin, "size": checkpoint.size, "root": encoded(checkpoint.root)},
        "vkey": str(verified.key),
        "is_key_trusted": verified.is_key_trusted,
    }


def _print(verified: Verified) -> None:
    said = [
        _("the receipt is valid: entry %(seq)s (%(type)s, %(at)s) is in log %(origin)s, signed over %(size)s entries")
        % {**verified.entry, "origin": verified.checkpoint.origin, "size": verified.checkpoint.size}
    ]
    if verified.payload is None:
        said.append(_("it does not tell what the entry says: the holder may not see it, or it is erased"))
    else:
        said.append(json.dumps(verified.payload, ensure_ascii=False, indent=2))
    if not verified.is_key_trusted:
        said.append(
            _("the signature was checked with the key that the receipt itself names: compare it with the published one")
        )
        said.append(str(verified.key))
    sys.stdout.write("\n".join(said) + "\n")


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
