"""Which control plane this is, and what keys and the lake, which lie outside of it, are known again by."""

from sqlalchemy import Boolean, Column, Table

from kanmon.db.tables.base import AT, metadata, text

control_plane = Table(
    "control_plane",
    metadata,
    Column("is_here", Boolean, primary_key=True),
    text("identity"),
    Column("made_at", AT, nullable=False),
)
kept_key = Table(
    "kept_key",
    metadata,
    text("kind"),
    text("fingerprint"),
    Column("noted_at", AT, nullable=False),
)
lake_manifest = Table(
    "lake_manifest",
    metadata,
    Column("is_here", Boolean, primary_key=True),
    text("current_sha256", nullable=True),
    text("coming_sha256", nullable=True),
    Column("noted_at", AT, nullable=False),
)
