"""Tests of the room that lets people in."""
