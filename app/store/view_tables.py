"""The table of named views. Import it from app.store.tables, which knows all tables."""

from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base


class NamedView(Base):
    """An address of the list of runs that somebody gave a name."""

    __tablename__ = "named_views"

    name: Mapped[str] = mapped_column(primary_key=True)
    query: Mapped[str]
    """The part of the address after the question mark, in words that the list knows."""
    created_at: Mapped[str]
