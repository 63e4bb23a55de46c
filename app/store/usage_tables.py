"""The tables of what machines do: whole, and for one run. Import them from app.store.tables."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.store.base import Base


class Usage(Base):
    """What a run took of its machine over a span of its time; later rows follow where earlier ones end."""

    __tablename__ = "usage"

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    """Number of the event that ended the span; rows that were joined bear the last one's."""
    time: Mapped[str]
    seconds: Mapped[float]
    cpu_seconds: Mapped[float]
    memory_bytes: Mapped[int] = mapped_column(BigInteger)
    """The most that was seen."""
    gpu_memory_bytes: Mapped[int | None] = mapped_column(BigInteger)
    images_per_second: Mapped[float | None]


class MachineSample(Base):
    """What a host did over a span of time, all its processes together."""

    __tablename__ = "machine_samples"

    host: Mapped[str] = mapped_column(primary_key=True)
    time: Mapped[str] = mapped_column(primary_key=True)
    """When the span begins: a multiple of its length."""
    seconds: Mapped[int]
    """Its length."""
    cores: Mapped[int]
    cpu: Mapped[float]
    """Share of all cores that was busy, 0..1."""
    memory_bytes: Mapped[int] = mapped_column(BigInteger)
    """Used; of joined spans the most."""
    memory_total_bytes: Mapped[int] = mapped_column(BigInteger)
    gpus: Mapped[list[Any]]
    """Of each {name, utilisation (0..1), memory_bytes, memory_total_bytes, temperature (°C), power (W)}; null
    where it does not tell."""
