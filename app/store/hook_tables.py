"""The tables of webhooks: how far each was told, and what is owed to it. Import from app.store.tables."""

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base, Json
from app.store.dialects import NEVER_REUSE_IDS


class HookPlace(Base):
    """Up to which event a webhook has been told; its address stands in the settings only."""

    __tablename__ = "hook_places"

    hook: Mapped[str] = mapped_column(primary_key=True)
    upto: Mapped[int]


class Delivery(Base):
    """Something that a webhook is to be told once; kept for a while after that."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("hook", "key"),
        Index("ix_deliveries_hook_settled_at", "hook", "settled_at"),
        NEVER_REUSE_IDS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    hook: Mapped[str]
    key: Mapped[str]
    """By which the receiver knows one that comes again."""
    payload: Mapped[Json]
    created_at: Mapped[str]
    due_at: Mapped[str]
    """When it may be tried, again."""
    attempts: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    claimed_until: Mapped[str | None]
    """While a process sends it."""
    settled_at: Mapped[str | None]
    """When it arrived, or was given up."""
    error: Mapped[str | None]
    """Why the last attempt failed; NULL where it arrived."""
