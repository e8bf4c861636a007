"""What `kanmon verify` tells of witnesses: by how many a file is cosigned, and whose word stands where by none.

JSON: `witnesses` with `trusted`, `cosigned` and `needed` (numbers), `by` (`witness`, `at`), and `policy` of the log
(`quorum`, `witnesses`; null where it states none), of which `policy_cosigned` have cosigned.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from kanmon.core.clock import SystemClock
from kanmon.core.errors import NotWitnessed, UsageError
from kanmon.core.language import N_, preferred_language, translations
from kanmon.ledger.cosignature import Cosignature, WitnessKey, counted
from kanmon.ledger.note import NoteInvalid
from kanmon.ledger.receipt import VerifiedReceipt
from kanmon.ledger.shapes import StatedPolicy, WitnessesResult

_NAMED = N_(
    "cosigned by %(count)s of the %(witnesses)s witnesses that the log itself names, of which it asks for %(quorum)s: "
    "%(names)s"
)
_UNKNOWN = N_("whether these are independent, this file can't tell: give the keys of those you trust with --witness")


@dataclass(frozen=True)
class TrustedWitnesses:
    """Witnesses that whoever verifies trusts, and how many of them must have cosigned."""

    keys: Sequence[WitnessKey]
    quorum: int

    @classmethod
    def of(cls, vkeys: Sequence[str], quorum: int | None) -> "TrustedWitnesses":
        """What options say; `UsageError`. Without a number one is enough."""
        try:
            keys = list(dict.fromkeys(map(WitnessKey.parse, vkeys)))
        except NoteInvalid:
            raise UsageError(
                N_("--witness takes the public key of a witness, like name+id+base64, as it publishes it")
            ) from None
        count = len({key.public for key in keys})
        if quorum is not None and not 1 <= quorum <= count:
            raise UsageError(N_("--quorum is at least 1, and at most the number of --witness keys"))
        return cls(keys, quorum or min(1, count))

    def check(self, verified: Sequence[VerifiedReceipt]) -> None:
        """`NotWitnessed` where fewer than needed cosigned one of these."""
        fewest = min((len(self.counted_on(receipt)) for receipt in verified), default=0)
        if fewest < self.quorum:
            raise NotWitnessed(
                N_(
                    "cosigned by %(count)s of the witnesses that you trust, and you ask for %(needed)s: nobody but the "
                    "operator says that everybody is shown this log"
                ),
                count=fewest,
                needed=self.quorum,
            )

    def counted_on(self, verified: VerifiedReceipt) -> list[Cosignature]:
        """The cosignatures that count."""
        return counted(verified.cosignatures, self.keys, SystemClock().real())

    def facts(self, verified: VerifiedReceipt) -> WitnessesResult:
        """See the module."""
        cosignatures, policy = self.counted_on(verified), verified.policy
        stated: StatedPolicy | None = None
        if policy is not None:
            stated = {"quorum": policy.quorum, "witnesses": [str(witness) for witness in policy.witnesses]}
        return {
            "trusted": len({key.public for key in self.keys}),
            "cosigned": len(cosignatures),
            "needed": self.quorum,
            "by": [{"witness": str(cosignature.witness), "at": _time(cosignature)} for cosignature in cosignatures],
            "policy": stated,
            "policy_cosigned": len(_of_policy(verified)),
        }

    def sentences(self, verified: VerifiedReceipt) -> list[str]:
        """The same for people; never nothing."""
        cosignatures = self.counted_on(verified)
        if cosignatures:
            names = ", ".join(
                f"{printable(cosignature.witness.name)} ({_time(cosignature)})" for cosignature in cosignatures
            )
            values = {"count": len(cosignatures), "trusted": len({key.public for key in self.keys}), "names": names}
            return [_("cosigned by %(count)s of the %(trusted)s witnesses that you trust: %(names)s") % values]
        named = _of_policy(verified)
        if named and verified.policy is not None:
            values = {
                "count": len(named),
                "witnesses": len(verified.policy.witnesses),
                "quorum": verified.policy.quorum,
                "names": ", ".join(printable(cosignature.witness.name) for cosignature in named),
            }
            return [_(_NAMED) % values, _(_UNKNOWN)]
        return [_("cosigned by none, so that only the operator's word stands that everybody is shown this log")]


def printable(text: str) -> str:
    """A text of somebody else's, so that nothing of it reaches a terminal as a command."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _of_policy(verified: VerifiedReceipt) -> list[Cosignature]:
    witnesses = verified.policy.witnesses if verified.policy else ()
    return counted(verified.cosignatures, witnesses, SystemClock().real())


def _time(cosignature: Cosignature) -> str:
    at = cosignature.at()
    return "–" if at is None else at.isoformat().replace("+00:00", "Z")


def _(message: str) -> str:
    return translations(preferred_language(os.environ)).gettext(message)
