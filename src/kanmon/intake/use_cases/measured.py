"""Files from outside that a command reads: measured under limits before anybody waits for them."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from kanmon.intake.files.apart import IsolatedReader
from kanmon.intake.files.limits import IntakeLimits


def check_size(file: Path) -> None:
    """`TooLarge` where a CSV or Parquet file exceeds the limits that the environment sets; `UsageError`, `IntakeBusy`.

    A file that can't be read at all passes: whoever reads it tells that.
    """
    with TemporaryDirectory(prefix="kanmon-measured-") as results:
        IsolatedReader(IntakeLimits.of(os.environ)).measure(file, Path(results))
