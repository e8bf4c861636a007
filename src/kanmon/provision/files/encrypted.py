"""The encrypted file of a report: a ZIP by WinZip's AES-256, which 7-Zip, WinZip and the tools of macOS and Linux open.

Windows Explorer alone does not. The names of the files inside can be read without the password; nothing in them can.
"""

from collections.abc import Mapping
from datetime import datetime
from io import BytesIO

import pyzipper

from kanmon.core.clock import TOKYO

_BITS = 256
_EARLIEST_YEAR = 1980
"""A ZIP holds no earlier one."""


def encrypted_zip(files: Mapping[str, bytes], password: str, at: datetime) -> bytes:
    """The files under a password; other bytes each time, since each file has a salt of its own."""
    here = at.astimezone(TOKYO)
    stamp = (max(here.year, _EARLIEST_YEAR), here.month, here.day, here.hour, here.minute, here.second)
    target = BytesIO()
    with pyzipper.AESZipFile(target, "w", compression=pyzipper.ZIP_DEFLATED) as archive:
        archive.setpassword(password.encode())
        archive.setencryption(pyzipper.WZ_AES, nbits=_BITS)
        for name, content in files.items():
            archive.writestr(
                archive.zipinfo_cls(filename=name, date_time=stamp), content, compress_type=pyzipper.ZIP_DEFLATED
            )
    return target.getvalue()


def opened_zip(content: bytes, password: str) -> Mapping[str, bytes] | None:
    """The files in it; None where it is no such file, is damaged, or another password opens it."""
    try:
        with pyzipper.AESZipFile(BytesIO(content)) as archive:
            archive.setpassword(password.encode())
            return {name: archive.read(name) for name in archive.namelist()}
    except (pyzipper.BadZipFile, RuntimeError, NotImplementedError, EOFError):
        return None
