"""Reviews screens: files, formats and programs outside."""
