"""`kanmon.toml`: settings of a workspace, written down once. What the environment says wins."""

import tomllib
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from kanmon.core.errors import UsageError
from kanmon.core.language import N_

FILE = "kanmon.toml"
MARKER = "kanmon.json"
"""The file that makes a folder a workspace; `kanmon.toml` of another folder is nobody's."""
DEFAULT = Path("kanmon-workspace")
SETTINGS = frozenset({
    "KANMON_ALERT_MAIL", "KANMON_ALERT_WEBHOOK",
    "KANMON_BACKUP_URL", "KANMON_BOARD_ORIGINS", "KANMON_CHECKPOINTS", "KANMON_CHROMIUM", "KANMON_DATABASE_URL",
    "KANMON_ENGINE",
    "KANMON_ERASURE_KEY", "KANMON_INTAKE_MB", "KANMON_INTAKE_MEMORY_MB", "KANMON_INTAKE_ROWS",
    "KANMON_INTAKE_SECONDS", "KANMON_KAFKA_FILE",
    "KANMON_LAKE", "KANMON_LANG", "KANMON_LEDGER_KEY", "KANMON_LIMIT_API_EVENTS",
    "KANMON_LIMIT_API_RENDERINGS", "KANMON_LIMIT_API_REQUESTS", "KANMON_LIMIT_OIDC", "KANMON_LIMIT_OWN_PAGES",
    "KANMON_LIMIT_RENDERINGS", "KANMON_LIMIT_SIGN_IN", "KANMON_LOG", "KANMON_LOG_FORMAT", "KANMON_MAIL_FROM",
    "KANMON_MIGRATOR_URL",
    "KANMON_OIDC_CLIENT_ID", "KANMON_OIDC_CLIENT_SECRET", "KANMON_OIDC_CLIENT_SECRET_FILE", "KANMON_OIDC_ISSUER",
    "KANMON_OIDC_NAME", "KANMON_ORIGIN", "KANMON_ROW_KEYS", "KANMON_SMTP_PASSWORD_FILE", "KANMON_SMTP_URL",
    "KANMON_SPARK_MASTER", "KANMON_TIMERS", "KANMON_WITNESSES", "KANMON_WITNESS_QUORUM",
})  # fmt: skip
"""All that is read from the environment; `docs/settings.md` says what each means."""


class SettingsInvalid(UsageError):
    """`kanmon.toml` can't be read, or says what is no setting: nothing is done with half of them."""

    code = "SETTINGS_INVALID"


def take_settings(folder: Path, environ: MutableMapping[str, str]) -> None:
    """Put what `kanmon.toml` of a workspace says into the environment, where it isn't said there already.

    For a process that opens this one workspace alone. Raises SettingsInvalid.
    """
    for name, value in read_settings(folder).items():
        environ.setdefault(name, value)


@contextmanager
def settings_taken(folder: Path, environ: MutableMapping[str, str]) -> Iterator[None]:
    """Take the settings of a workspace for as long as the block lasts: they are not those of the next one."""
    taken = {name: value for name, value in read_settings(folder).items() if name not in environ}
    environ.update(taken)
    try:
        yield
    finally:
        for name in taken:
            environ.pop(name, None)


def read_settings(folder: Path) -> dict[str, str]:
    """What `kanmon.toml` of a workspace says, by the names of the environment; raises SettingsInvalid.

    A key is the setting's name without `KANMON_`, in small letters.
    """
    path = folder / FILE
    if not path.is_file() or not (folder / MARKER).is_file():
        return {}
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SettingsInvalid(N_("%(file)s can't be read: %(reason)s"), file=path, reason=error) from None
    no_setting = N_("%(file)s: %(key)s is no setting; docs/settings.md lists them, here without KANMON_")
    for key, value in written.items():
        if f"KANMON_{key.upper()}" not in SETTINGS:
            raise SettingsInvalid(no_setting, file=path, key=key)
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise SettingsInvalid(N_("%(file)s: %(key)s must be a text or a whole number"), file=path, key=key)
    return {f"KANMON_{key.upper()}": str(value) for key, value in written.items()}


def named_workspace(arguments: Sequence[str]) -> Path | None:
    """The folder that a command's arguments name; None where they name none."""
    for place, word in enumerate(arguments):
        if word == "--workspace" and place + 1 < len(arguments):
            return Path(arguments[place + 1])
        if word.startswith("--workspace="):
            return Path(word.partition("=")[2])
    return None


def folder_of(arguments: Sequence[str]) -> Path:
    """Where the workspace of a command may lie: named, or the current folder, or that which is made by default."""
    return named_workspace(arguments) or (Path() if Path(MARKER).exists() else DEFAULT)
