"""What browsers report of the words that they rendered, whether or not anybody answered (ADR 47)."""
