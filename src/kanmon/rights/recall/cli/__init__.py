"""Rights recall: commands."""
