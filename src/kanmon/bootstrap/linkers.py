"""What links lists of applicants to members: Splink, over the engine that one setting chooses."""

from kanmon.adapters.splink_linker import SplinkLinkers
from kanmon.bootstrap.engine import spark
from kanmon.bootstrap.judging import is_spark
from kanmon.linkage.service import Linkers


def linkers() -> Linkers:
    """What links lists of applicants to members."""
    if not is_spark():
        return SplinkLinkers()
    found: Linkers = spark().linkers()
    return found
