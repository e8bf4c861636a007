"""Requests to recipients to erase what they got, reminders, and what follows when nobody answers."""
