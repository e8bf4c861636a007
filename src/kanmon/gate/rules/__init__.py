"""One rule of law or contract in one file, each with its citation. Rules don't know each other."""
