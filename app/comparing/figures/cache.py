"""Figures as JSON, drawn once for all who look and kept by what they are drawn from.

What a figure of runs' own epochs shows changes with their last finished epochs, with a new attempt, with
their end and with a name, never with a step; what one of differences shows also with the predictions that
they keep and the way they are compared. An ETag of the same words spares a browser what it has already.
"""

import hashlib
import secrets
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic_core import to_json
from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.comparing.curves import Curve, Curves
from app.store.runs import no_run
from app.store.tables import Epoch, Run
from app.views.recent import Recent
from app.views.series.histories import Histories

if TYPE_CHECKING:
    from app.comparing.figures.registry import Figure
    from app.comparing.figures.source import Source
    from app.comparing.view import Changes

MOST_BYTES = 24_000_000
MOST_POINTS = 50_000
"""Of curves: about 8 MB."""
MOST_DELTAS = 8_000
"""Differences of settings: about 20 MB, seven comparisons of 50 settings."""


@dataclass(frozen=True)
class CachedFigure:
    """A figure as JSON that Plotly takes (null where a number is not finite), its label and its note."""

    body: bytes
    label: str
    note: str


class FigureCache(Recent[CachedFigure]):
    """Figures by key, in bounded bytes; and what those are drawn from that one look has in common with the
    next: the classes of runs that are watched, the curves of settings, what settings gain.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        super().__init__(most_bytes, lambda kept: len(kept.body))
        self.histories = Histories()
        self.curves: Recent[Curves] = Recent(MOST_POINTS, lambda view: sum(map(_points, view.curves)))
        self.changes: Recent[Changes] = Recent(MOST_DELTAS, _deltas)
        self._process = secrets.token_hex(4)
        """Another process may draw otherwise: its tags are others."""

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


def key_of(figure: "Figure", source: "Source") -> Hashable:
    """Under which the figure of this source is kept."""
    request = source.request
    words = (figure.name, request.theme.name, request.order, request.metric)
    if figure.drawn_from == "versions":
        return source.versions, *words, request.look, request.options.baseline
    return source.key_of_changes, *words, request.a, request.b, request.of_field, request.by_field


def cached_figure(figure: "Figure", source: "Source") -> CachedFigure:
    """The figure, from the cache where it is there."""
    key = key_of(figure, source)
    if (kept := source.cache.get(key)) is None:
        drawn = figure.drawn(source)
        kept = CachedFigure(to_json(drawn.figure, inf_nan_mode="null"), drawn.label, drawn.note)
        source.cache.put(key, kept)
    return kept


def _deltas(view: "Changes") -> int:
    return sum(len(row.deltas) + len(row.class_deltas) for row in view.rows)


def _points(curve: Curve) -> int:
    return len(curve.points)
