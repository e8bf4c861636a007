"""Looking back from outside: what was provided, judged afresh from the logs, for the privacy owner."""
