"""Parts of Kanmon that are installed by themselves, and what is told where one is missing."""

from importlib.util import find_spec

from kanmon.core.errors import ExtraMissing
from kanmon.core.language import N_

_WEB = ("fastapi", "prometheus_client", "python_multipart", "segno", "starlette", "uvicorn")
_SIGN_IN = ("argon2", "httpx", "joserfc", "pwdlib", "webauthn", "zxcvbn")
EXTRAS = {
    "portals": (*_WEB, *_SIGN_IN),
    "pdf": ("matplotlib_fontja", "typst"),
    "crawl": ("playwright",),
    "spark": ("pyspark",),
    "kafka": ("confluent_kafka",),
    "mysql": ("pymysql",),
}
"""Each extra with the modules that it brings."""
_INSTALL = N_("this needs a part of Kanmon that is not installed (%(module)s): pip install 'kanmon[%(extra)s]'")


def missing_extra(error: Exception) -> ExtraMissing | None:
    """The extra that would bring the module that wasn't found; None where the error is another."""
    if not isinstance(error, ModuleNotFoundError) or error.name is None:
        return None
    module = error.name.partition(".")[0]
    extra = next((extra for extra, modules in EXTRAS.items() if module in modules), None)
    return None if extra is None else ExtraMissing(_INSTALL, module=module, extra=extra)


def is_installed(extra: str) -> bool:
    """Whether all that an extra brings is there."""
    return all(find_spec(module) is not None for module in EXTRAS[extra])
