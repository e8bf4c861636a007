"""What links lists of applicants to members: Splink, over the engine that one setting chooses."""

from kanmon.application.engine import spark
from kanmon.application.judging import is_spark
from kanmon.engines.splink_linker import SplinkLinkers
from kanmon.linkage.service import Linkers


def linkers() -> Linkers:
    """What links lists of applicants to members."""
    if not is_spark():
        return SplinkLinkers()
    found: Linkers = spark().linkers()
    return found
