"""Tests of the room that asks the lake."""
