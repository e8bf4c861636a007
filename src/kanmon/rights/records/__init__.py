"""The record of each consent, and its exports."""
