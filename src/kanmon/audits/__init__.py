"""Looking back from outside: what was provided, judged afresh, for the privacy owner."""
