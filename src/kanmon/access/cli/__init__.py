"""Access: commands."""
