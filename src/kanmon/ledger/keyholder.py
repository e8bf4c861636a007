"""Who signs the ledger: the key itself or, where it is missing, what is still known of it."""

from dataclasses import dataclass

from kanmon.core.errors import RuleRefused
from kanmon.ledger.note import SigningKey, VerifierKey


@dataclass(frozen=True)
class AbsentKey:
    """A key that is not at hand: what it was, and why nothing is signed with it."""

    fault: RuleRefused
    public: VerifierKey | None
    """Its public half; None where the control plane never noted it."""

    @property
    def verifier(self) -> VerifierKey:
        """The public half; raises the fault where that isn't known either."""
        if self.public is None:
            raise self.fault
        return self.public


LedgerKey = SigningKey | AbsentKey
"""What a transaction signs with."""
