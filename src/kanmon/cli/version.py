"""The version of Kanmon, as `pyproject.toml` has it; to ask the installed package takes longer than all of `--help`."""

VERSION = "0.1.0"
