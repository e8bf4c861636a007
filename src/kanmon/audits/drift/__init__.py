"""Alarms about a model in use: its scores have shifted, or outcomes contradict it."""
