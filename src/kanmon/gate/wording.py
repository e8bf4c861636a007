"""What each use asked of the gate is called, and what each reason means; ids of messages."""

from collections.abc import Mapping

from kanmon.core.language import N_
from kanmon.gate.decision import ReasonCode, Use

USES: Mapping[Use, str] = {
    Use.TRAIN: N_("to train the client's model"),
    Use.SCORE: N_("to compute scores"),
    Use.PROVIDE: N_("to provide scores"),
}

MEANINGS: Mapping[ReasonCode, str] = {
    ReasonCode.NO_CONSENT: N_("did not agree, or could not freely"),
    ReasonCode.CONSENT_OUTDATED: N_("agreed to an older, narrower text"),
    ReasonCode.CONSENT_WITHDRAWN: N_("withdrew the agreement"),
    ReasonCode.CONSENT_EXPIRED: N_("the agreement has run out"),
    ReasonCode.CONSENT_QUARANTINED: N_("the screen showed other words than it should"),
    ReasonCode.CONSENT_IN_DOUBT: N_("a withdrawal or refusal may have come in that could not be read"),
    ReasonCode.COMPUTED_BEFORE_CONSENT: N_("the score is older than the agreement"),
    ReasonCode.NOT_COVERED: N_("the words shown do not cover this use"),
    ReasonCode.RECIPIENT_NOT_COVERED: N_("the words shown, or the act, do not name this client"),
    ReasonCode.ITEMS_NOT_COVERED: N_("the words shown do not name these items"),
    ReasonCode.PURPOSE_PROHIBITED: N_("the purpose is prohibited"),
    ReasonCode.PURPOSE_NOT_COVERED: N_("the words shown name another purpose"),
    ReasonCode.ENTRUSTMENT_OWN_DATA: N_("entrustment does not cover the board's own data"),
    ReasonCode.CROSS_ENTRUSTER_JOIN: N_("two clients' lists would be joined"),
    ReasonCode.PRI_CONSENT_UNCONFIRMED: N_("the client's confirmation of consent is missing"),
    ReasonCode.FOREIGN_INFO_MISSING: N_("information on the foreign recipient is missing"),
    ReasonCode.NO_USE_AGREEMENT: N_("the client has no contract or use agreement in force"),
    ReasonCode.PROVIDED_TOO_SOON: N_("the words shown promise that no score goes again so soon"),
    ReasonCode.PRECHECK_STALE: N_("the client's intended use was not checked within 30 days"),
    ReasonCode.POSTCHECK_OVERDUE: N_("the client's actual use was not checked in time"),
    ReasonCode.USE_FORBIDDEN: N_("the platform's staff found that the client may not use scores"),
    ReasonCode.CLIENT_SUSPENDED: N_("the client is suspended"),
    ReasonCode.CLIENT_NOTICE_MISSING: N_("the client has published no notice of its purpose"),
    ReasonCode.NOT_INFORMED: N_("the person was not told"),
    ReasonCode.NO_NECESSITY: N_("no necessity is stated"),
    ReasonCode.RELEASE_NOT_APPROVED: N_("the release was not approved from every viewpoint"),
    ReasonCode.SCREEN_UNVERIFIED: N_("the screen was not verified"),
    ReasonCode.INCIDENT_HOLD: N_("held because of an incident"),
    ReasonCode.RECORD_INCOMPLETE: N_("the record would be incomplete"),
    ReasonCode.LOG_INCONSISTENT: N_("what is recorded contradicts itself or the ledger"),
    ReasonCode.SEASON_CLOSED: N_("the season is closed"),
    ReasonCode.BANNED_FEATURE: N_("a banned feature was used"),
    ReasonCode.UNDECIDABLE_ORDER: N_("what came first can't be decided"),
    ReasonCode.NOT_LINKED: N_("the row was not linked yet; run `kanmon link`"),
}
