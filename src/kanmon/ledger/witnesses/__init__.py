"""Witnesses outside: they are sent each new checkpoint, and what they answer is kept and told."""
