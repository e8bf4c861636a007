"""Tables and ledger held against each other, both ways."""
