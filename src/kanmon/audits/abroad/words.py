"""What sources of statements, and states of duties, are called; ids of messages."""

from collections.abc import Mapping

from kanmon.audits.abroad.model import LegalDutyState, SourceKind
from kanmon.core.language import N_

SOURCES: Mapping[SourceKind, str] = {
    SourceKind.CONTRACT: N_("contract of client %(name)s"),
    SourceKind.MODEL: N_("model card of %(name)s"),
    SourceKind.RELEASE: N_("review of release %(name)s"),
    SourceKind.POLICY: N_("policy text %(name)s"),
    SourceKind.ENTRY: N_("ledger entry %(name)s"),
    SourceKind.CHECKPOINT: N_("signed checkpoint over %(name)s entries"),
    SourceKind.SCORES: N_("scores of client %(name)s"),
    SourceKind.REQUESTS: N_("requests of type %(name)s"),
}
"""What each kind of object is called."""
STATES: Mapping[LegalDutyState, str] = {
    LegalDutyState.MET: N_("met by %(objects)s"),
    LegalDutyState.MISSING: N_("missing: %(lack)s"),
    LegalDutyState.NOT_YET: N_("not in force yet"),
}
"""How a duty stands."""
