"""Withdrawal of consent, acknowledged only once nothing can be provided on it any more."""
