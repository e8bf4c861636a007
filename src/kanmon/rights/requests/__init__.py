"""Requests of people with their deadlines, objections and corrections."""
