"""Letters about incidents: each person is written to once, in words that are kept."""
