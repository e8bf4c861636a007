"""Lake: files, formats and programs outside."""
