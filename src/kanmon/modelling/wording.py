"""What models and their inputs are called on pages and in cards; ids of messages."""

from collections.abc import Mapping

from kanmon.core.language import N_

ACCEPTANCE_RULE = N_("acceptance rule of the release")
"""Who approved a model that nobody had to look at."""
DIRECTIONS: Mapping[str, str] = {
    "raises": N_("raises the score"),
    "lowers": N_("lowers the score"),
    "either": N_("either way"),
}
