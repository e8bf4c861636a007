"""Why a ledger may not be signed on, each named after the fact."""

from kanmon.core.errors import LedgerKeyMissing, RuleRefused


class LedgerKeySucceeded(LedgerKeyMissing):
    """This process holds a key of the ledger that another one has succeeded."""

    code = "LEDGER_KEY_SUCCEEDED"


class ErasureKeyMissing(RuleRefused):
    """The key that knows erased people again is not where it must be, or another one is there."""

    code = "ERASURE_KEY_MISSING"
    http_status = 503


class RowKeysMissing(RuleRefused):
    """Keys that open kept reports are not where they must be."""

    code = "ROW_KEYS_MISSING"
    http_status = 503


class NotSignedYet(RuleRefused, KeyError):
    """An entry stands in the ledger and waits to be signed: nothing proves it yet."""

    code = "NOT_SIGNED_YET"
    http_status = 503


class DatabaseBehind(RuleRefused):
    """The database is not as new as what was signed of it, and nobody has accepted that yet."""

    code = "DATABASE_BEHIND"
    http_status = 503


class CheckpointsUnreadable(RuleRefused):
    """The second place of checkpoints holds what no key of the ledger signed."""

    code = "CHECKPOINTS_UNREADABLE"
    http_status = 503


class CheckpointsOutOfReach(RuleRefused):
    """The second place of checkpoints can't be read or written."""

    code = "CHECKPOINTS_OUT_OF_REACH"
    http_status = 503
