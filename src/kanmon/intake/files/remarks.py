"""What the reader of a folder has to say: message ids for the catalogues, and the refusal of a whole file."""

from kanmon.core.errors import KanmonError
from kanmon.intake.loaded import Remark


def gettext(message: str) -> str:
    """Mark a message for the catalogues; it is translated where it is shown."""
    return message


class FileUnusable(KanmonError):
    """Nothing of a file can be used; its message says why and what to do. `%(file)s` names the file."""

    code = "FILE_UNUSABLE"
    exit_status = 3
    http_status = 422

    @property
    def remark(self) -> Remark:
        """The same as something to tell beside what could be loaded."""
        return Remark(self.message, self.values)
