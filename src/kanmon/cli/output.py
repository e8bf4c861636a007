"""A sentence for people, or one JSON object for programs, on standard output."""

import json
import sys


def say(message: str, **values: object) -> None:
    """Print one sentence, with its values filled in."""
    sys.stdout.write((message % values if values else message) + "\n")


def print_json(value: object) -> None:
    """Print one JSON object and nothing else."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
