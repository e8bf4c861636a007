"""What the permitted direction of an input is called; ids of messages."""

from collections.abc import Mapping

from kanmon.core.language import N_

DIRECTIONS: Mapping[str, str] = {
    "raises": N_("raises the score"),
    "lowers": N_("lowers the score"),
    "either": N_("either way"),
}
