"""What the tables have in common: their metadata, and columns that recur."""

from datetime import date

from sqlalchemy import Column, Date, DateTime, MetaData, Text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

AT = DateTime(timezone=True)
JSON = JSONB(none_as_null=True)


def text(name: str, nullable: bool = False) -> Column[str]:
    """A column of text."""
    return Column(name, Text, nullable=nullable)


def personal() -> list[Column[str] | Column[date]]:
    """The personal data that members and applicants are compared by."""
    names = ("family_name", "given_name", "family_kana", "given_kana", "birth_date", "email", "university")
    return [Column(name, Date) if name == "birth_date" else text(name, nullable=True) for name in names]
