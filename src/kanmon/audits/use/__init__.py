"""Whether a client uses scores in its decisions: the use audit on a draw."""
