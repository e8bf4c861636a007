"""What the findings of use audits mean, for people to read."""

from collections.abc import Mapping

from kanmon.language import N_
from kanmon.oversight.use_audit import Finding

FINDINGS: Mapping[Finding, str] = {
    Finding.MISUSE_FOUND: N_("decisions depend on the score"),
    Finding.NOTHING_FOUND: N_("nothing found, though the planted use most likely would have been"),
    Finding.TOO_FEW_TO_TELL: N_("too few decisions to tell"),
    Finding.NOT_AUDITABLE: N_("can't be audited: no scores were held back by lot, or none was readable"),
}
