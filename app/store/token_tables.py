"""The tables of who may come in. Import them from app.store.tables, which knows all tables."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base
from app.store.dialects import NEVER_REUSE_IDS


class Token(Base):
    """A named token, until it is withdrawn. What callers show is not here, only its digest."""

    __tablename__ = "tokens"
    __table_args__ = (NEVER_REUSE_IDS,)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    scope: Mapped[str]
    prefix: Mapped[str]
    """How it begins, so that a person who finds one knows which it is."""
    digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[str]
    last_used_at: Mapped[str | None]
    """To the minute."""
    expires_at: Mapped[str | None]


class SignIn(Base):
    """A browser that is signed in, under a digest of what its cookie holds. It ends with its token."""

    __tablename__ = "sign_ins"

    digest: Mapped[str] = mapped_column(primary_key=True)
    token_id: Mapped[int | None] = mapped_column(ForeignKey("tokens.id", ondelete="CASCADE"), index=True)
    """NULL for the server's own token."""
    created_at: Mapped[str]
    expires_at: Mapped[str]
