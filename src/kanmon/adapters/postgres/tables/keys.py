"""Which control plane this is, and the fingerprints of keys that lie outside of it."""

from sqlalchemy import Boolean, Column, Table

from kanmon.adapters.postgres.tables.base import AT, metadata, text

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
