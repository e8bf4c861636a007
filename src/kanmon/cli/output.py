"""A sentence for people, or one JSON object for programs, on standard output."""

import json
import sys


def say(message: str, **values: object) -> None:
    """Print one sentence, with its values filled in."""
    sys.stdout.write((message % values if values else message) + "\n")


def print_object(value: object, *, as_json: bool) -> None:
    """Print one JSON object: on one line for programs, else indented for people."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str, indent=None if as_json else 2) + "\n")


def print_json(value: object) -> None:
    """Print one JSON object and nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
