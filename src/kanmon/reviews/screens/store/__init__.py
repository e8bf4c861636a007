"""Reviews screens: SQL."""
