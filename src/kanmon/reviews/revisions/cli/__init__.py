"""Reviews revisions: commands."""
