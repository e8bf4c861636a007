"""How witnesses' answers, and what they hold against the log, are called."""

from collections.abc import Mapping

from kanmon.core.language import N_
from kanmon.ledger.witnesses.model import WitnessOutcome

OUTCOMES: Mapping[WitnessOutcome, str] = {
    WitnessOutcome.COSIGNED: N_("has cosigned the checkpoint over %(size)s entries"),
    WitnessOutcome.SILENT: N_("gives no answer"),
    WitnessOutcome.UNKNOWN_LOG: N_("does not know this log: send its operator the key that `kanmon ledger keys` shows"),
    WitnessOutcome.UNKNOWN_KEY: N_("does not know the log's present key: send it to its operator"),
    WitnessOutcome.UNINTELLIGIBLE: N_("answers what is no answer of a witness"),
    WitnessOutcome.FORGED: N_("answers with a cosignature that its key has not made over this checkpoint"),
    WitnessOutcome.WRONG_TIME: N_("answers with a cosignature of another time than now"),
    WitnessOutcome.UNFOUNDED: N_("refuses a checkpoint that extends its own"),
    WitnessOutcome.ROLLED_BACK: N_("has cosigned more entries than the ledger has: the ledger was rolled back"),
    WitnessOutcome.FORKED: N_("has cosigned other entries than the ledger has: the ledger was forked"),
}
"""What a witness does, after its name."""
PROVED: Mapping[WitnessOutcome, str] = {
    WitnessOutcome.ROLLED_BACK: N_(
        "witness %(name)s holds a checkpoint over %(size)s entries that this ledger's key signed: the ledger was "
        "rolled back"
    ),
    WitnessOutcome.FORKED: N_(
        "witness %(name)s holds a checkpoint over %(size)s entries of another past that this ledger's key signed: the "
        "ledger was forked"
    ),
}
CLAIMED: Mapping[WitnessOutcome, str] = {
    WitnessOutcome.ROLLED_BACK: N_(
        "witness %(name)s says that it cosigned %(size)s entries, more than there were, and shows no proof of it"
    ),
    WitnessOutcome.FORKED: N_(
        "witness %(name)s says that the checkpoint over %(size)s entries does not extend what it cosigned, and shows "
        "no proof of it"
    ),
}
"""What a witness holds against the ledger, with and without a signed note as evidence."""
