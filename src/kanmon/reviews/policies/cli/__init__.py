"""Reviews policies: commands."""
