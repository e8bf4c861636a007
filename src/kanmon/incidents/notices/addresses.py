"""Addresses of letters as SMTP writes them (RFC 5321, 5322, 5890, 6531).

People gave them to a job board, which kept what they wrote. Addresses that Japanese carriers once gave out have two
dots in a row or a dot before the @; they exist, and are quoted. A domain in Japanese goes by its ASCII name.
"""

import re
import unicodedata
from dataclasses import dataclass

import idna

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+"
_ATOMS = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_MAILBOX = re.compile(
    r"""
    (?P<before> [^<>@,;:]* <)?  # a name, before the address in angle brackets
    (?: "(?P<quoted> (?: [^"\\] | \\. )+ )" | (?P<plain> [^\s<>"@,;:\\()\[\]]+ ))
    @ (?P<domain> [^\s<>"@,;:\\()\[\]]+ )
    (?(before)>)
    """,
    re.VERBOSE,
)
_MOST_LOCAL, _MOST_DOMAIN = 64, 253


@dataclass(frozen=True)
class MailAddress:
    """One address: `local` as its owner wrote it, `domain` in ASCII."""

    local: str
    domain: str

    @classmethod
    def read(cls, written: str) -> "MailAddress | None":
        """The one address that somebody wrote, with or without a name before it; None where it is none, or several.

        Full-width letters become the ASCII ones that they stand for.
        """
        if not written.isprintable():
            return None
        if not written.isascii() and (narrow := unicodedata.normalize("NFKC", written)).isascii():
            written = narrow
        mailbox = _MAILBOX.fullmatch(written.strip())
        if mailbox is None:
            return None
        quoted = mailbox["quoted"]
        return cls._of(mailbox["plain"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted), mailbox["domain"])

    @classmethod
    def _of(cls, local: str, domain: str) -> "MailAddress | None":
        try:
            named = idna.encode(domain, uts46=True, std3_rules=True).decode()
        except idna.IDNAError:
            return None
        if not 0 < len(local.encode()) <= _MOST_LOCAL or len(named) > _MOST_DOMAIN or "." not in named:
            return None
        return None if local != local.strip() else cls(local, named)

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server that takes addresses beyond ASCII (SMTPUTF8) can have it."""
        return not self.local.isascii()

    def __str__(self) -> str:
        if _ATOMS.fullmatch(self.local):
            return f"{self.local}@{self.domain}"
        escaped = self.local.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"@{self.domain}'
