"""Rights erasure: files, formats and programs outside."""
