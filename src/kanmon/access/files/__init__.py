"""Access: files, formats and programs outside."""
