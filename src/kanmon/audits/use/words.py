"""What the findings of use audits mean, for people to read."""

from collections.abc import Mapping

from kanmon.audits.use.rules import UseFinding
from kanmon.core.language import N_

FINDINGS: Mapping[UseFinding, str] = {
    UseFinding.MISUSE_FOUND: N_("decisions depend on the score"),
    UseFinding.NOTHING_FOUND: N_("nothing found, though the planted use most likely would have been"),
    UseFinding.TOO_FEW_TO_TELL: N_("too few decisions to tell"),
    UseFinding.NOT_AUDITABLE: N_("can't be audited: no scores were held back by lot, or none was readable"),
}
