"""Access: SQL."""
