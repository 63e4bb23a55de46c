"""Tables of files on their way between data folders that are not shared; see app.store.tables."""

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base
from app.store.dialects import NEVER_REUSE_IDS


class Folder(Base):
    """A data folder at which a process of this board works, or once did."""

    __tablename__ = "folders"

    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    served_at: Mapped[str | None]
    """When a web process last said that it reads runs from it."""
    worked_at: Mapped[str | None]
    """When a worker last said that it trains in it."""


class RunFile(Base):
    """The newest version of a file of a run's folder that was sent; a newer version has a greater id."""

    __tablename__ = "run_files"
    __table_args__ = (UniqueConstraint("run_id", "name"), NEVER_REUSE_IDS)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    name: Mapped[str]
    """Below the run's folder, such as checkpoints/last.pt."""
    folder_id: Mapped[str]
    """Where it comes from."""
    content: Mapped[str]
    """Whose chunks in `run_file_chunks` are it."""
    bytes: Mapped[int]
    sha256: Mapped[str]


class RunFileChunk(Base):
    """A part of a file; without a row in `run_files` it is still on its way, or was left there."""

    __tablename__ = "run_file_chunks"
    __table_args__ = (Index("ix_run_file_chunks_run_id", "run_id"),)

    content: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    name: Mapped[str]
    data: Mapped[bytes] = mapped_column(LargeBinary)
