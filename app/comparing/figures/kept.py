"""Figures as JSON, drawn once for all who look and kept by what they are drawn from.

What a figure of runs' own epochs shows changes with their last finished epochs, with a new attempt, with
their end and with a name, never with a step. An ETag of the same words spares a browser what it has already.
"""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from pydantic_core import to_json
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.store.runs import no_run
from app.store.tables import Epoch, Run
from app.views.series.histories import Histories

if TYPE_CHECKING:
    from app.comparing.figures.ask import Source
    from app.comparing.figures.registry import Figure

MOST_BYTES = 24_000_000


@dataclass(frozen=True)
class Kept:
    """A figure as JSON that Plotly takes (null where a number is not finite), its label and its note."""

    body: bytes
    label: str
    note: str


class FigureCache:
    """Figures by key, in bounded bytes: the longest unused let go; safe to share between threads.

    `histories` is what those of the classes of a run are drawn from.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._bytes = most_bytes, 0
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._lock = Lock()
        self.histories = Histories()
        self._process = secrets.token_hex(4)
        """Another process may draw otherwise: its tags are others."""

    def get(self, key: Hashable) -> Kept | None:
        """What was put under the key, where it is still kept."""
        with self._lock:
            if (kept := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
            return kept

    def put(self, key: Hashable, kept: Kept) -> None:
        """Keep it, and as much of the rest as there is room for."""
        with self._lock:
            if (before := self._kept.pop(key, None)) is not None:
                self._bytes -= len(before.body)
            self._kept[key] = kept
            self._bytes += len(kept.body)
            while self._bytes > self._most:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= len(oldest.body)

    def tag(self, key: Hashable) -> str:
        """The ETag of what stands under the key."""
        return f'"{self._process}-{hashlib.sha256(repr(key).encode()).hexdigest()[:24]}"'


@dataclass(frozen=True)
class Version:
    """What figures of a run are drawn from, so that equal versions have equal figures."""

    run_id: int
    name: str
    state: str
    finished_at: str | None
    """Of the runs of an equal experiment that counts which was completed first."""
    attempt: int
    resumed: int | None
    """Epoch after which the attempt went on; None before it has started."""
    epoch: int
    time: str | None
    """Of the last finished epoch: one that is trained again has another."""


def versions(session: Session, run_ids: Sequence[int]) -> tuple[Version, ...]:
    """The runs as they stand, in this order. Raises NotFoundError."""
    resumed = Run.started["resumed_after_epoch"].as_integer()
    last = and_(Epoch.run_id == Run.id, Epoch.epoch == Run.epoch)
    columns = (Run.id, Run.name, Run.state, Run.finished_at, Run.attempt, resumed, Run.epoch, Epoch.time)
    query = select(*columns).outerjoin(Epoch, last).where(Run.id.in_(run_ids))
    found = {row.id: Version(*row) for row in session.execute(query)}
    for run_id in run_ids:
        if run_id not in found:
            raise no_run(run_id)
    return tuple(found[run_id] for run_id in run_ids)


def key_of(figure: "Figure", at: tuple[Version, ...], source: "Source") -> Hashable:
    """Under which the figure of this source is kept."""
    ask = source.ask
    return at, figure.name, ask.theme.name, ask.order, ask.metric, ask.look, ask.asked.baseline


def drawn_once(figure: "Figure", source: "Source", at: tuple[Version, ...], cache: FigureCache) -> Kept:
    """The figure, from the cache where it is there."""
    key = key_of(figure, at, source)
    if (kept := cache.get(key)) is None:
        drawn = figure.draw(source)
        kept = Kept(to_json(drawn.figure, inf_nan_mode="null"), drawn.label, drawn.note)
        cache.put(key, kept)
    return kept
