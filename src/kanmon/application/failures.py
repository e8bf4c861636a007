"""What is said of a failure that no rule foresaw: a sentence with what to do, never a traceback with people's data."""

import errno
import os
import traceback
from pathlib import Path

from kanmon.application.extras import missing_extra
from kanmon.application.fault_reports import written_down
from kanmon.core.errors import DiskFull, FileFailed, KanmonError, ProgramFault
from kanmon.core.language import N_, preferred_language, translations

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)
_OTHER_KIND = (errno.ENOTDIR, errno.EISDIR, errno.EEXIST)


def failure_of(error: Exception, root: Path | None) -> KanmonError:
    """What a person is told of an exception; a fault of the program is written down first, in the workspace `root`."""
    if isinstance(error, KanmonError):
        return error
    extra = missing_extra(error)
    if extra is not None:
        return extra
    if isinstance(error, OSError) and error.errno is not None and (error.filename or error.errno in _FULL):
        return _of_file(error)
    return ProgramFault(
        N_(
            "a fault of the program (%(kind)s at %(place)s); what this step had begun in the database was not kept. "
            "What is needed to mend it is written in %(file)s: it may hold personal data, so read it before you "
            "send it to anybody. Then look with kanmon doctor, and run the command again"
        ),
        kind=type(error).__name__,
        place=_place(error),
        file=written_down(error, root) or "-",
    )


def in_words(fault: KanmonError) -> str:
    """A failure as a line of a log or of a terminal has it, in the language of whoever runs the program."""
    return f"{fault.told(translations(preferred_language(os.environ)).gettext)} [{fault.code}]\n"


def _of_file(error: OSError) -> KanmonError:
    file, reason = error.filename or "-", error.strerror or type(error).__name__
    if error.errno in _FULL:
        message = N_("no room is left to write %(file)s (%(reason)s): free some space and run the command again")
        return DiskFull(message, file=file, reason=reason)
    if error.errno in _CLOSED:
        message = N_(
            "%(file)s can't be read or written (%(reason)s): see whose it is, what may be done with it and whether the "
            "disk is mounted for reading alone, then run the command again"
        )
    elif error.errno in _OTHER_KIND:
        message = N_(
            "%(file)s is in the way (%(reason)s): a file lies where a folder belongs, or a folder where a file "
            "belongs. Give it another name, then run the command again"
        )
    elif error.errno == errno.ENOENT:
        message = N_("%(file)s is not there (%(reason)s): bring it back from a copy, or look with kanmon doctor")
    else:
        message = N_("%(file)s can't be used (%(reason)s): look after the disk, then run the command again")
    return FileFailed(message, file=file, reason=reason)


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "-"
    own = [frame for frame in frames if "kanmon" in Path(frame.filename).parts]
    last = (own or frames)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"
