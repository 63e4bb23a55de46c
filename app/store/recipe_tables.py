"""The table of saved presets. Import it from app.store.tables, which knows all tables."""

from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Json


class Recipe(Base):
    """A preset that somebody saved: fields of a configuration under a name."""

    __tablename__ = "recipes"

    name: Mapped[str] = mapped_column(primary_key=True)
    config: Mapped[Json]
    """Nested overrides of the defaults; fields without effect are left out."""
    created_at: Mapped[str]
