"""A sweep in words: its axes and baselines, and what a page says after a click has let it grow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from sqlalchemy.orm import Session

from app.formats import counted, setting
from app.views.sweeps.fill import sweep_summaries
from trainer.config_meaning import SEEDS, title_of
from trainer.sweep import MAX_CELLS

AddedQuery = Annotated[int | None, Query(ge=0, le=MAX_CELLS, description="Runs that a click has added.")]

_MOST_SHOWN = 8


@dataclass(frozen=True)
class Added:
    """Runs that joined a sweep, and what of the whole sweep is still to come, in words."""

    runs: str
    sweep_id: int
    standing: str


def with_added(path: str, runs: int) -> str:
    """The address of a page that says that so many runs were added."""
    before, mark, fragment = path.partition("#")
    return f"{before}{'&' if '?' in before else '?'}{urlencode({'added': runs})}{mark}{fragment}"


def added_to(session: Session, sweep_id: int | None, runs: int | None) -> Added | None:
    """What is said; None where nothing was clicked, or the sweep is gone."""
    line = sweep_summaries(session, [sweep_id]).get(sweep_id) if sweep_id is not None else None
    if runs is None or line is None:
        return None
    states = {"training": line.counts.running, "queued": line.counts.queued}
    open_ = " and ".join(f"{number} {word}" for word, number in states.items() if number)
    return Added(counted(runs, "run") if runs else "", line.id, open_)


@dataclass(frozen=True)
class Axis:
    """An axis in words: "Beta", "0.9, 0.99, 0.997", cut where it is long."""

    label: str
    values: str
    count: int
    is_seed: bool


def axes_in_words(axes: Mapping[str, Sequence[Any]]) -> tuple[Axis, ...]:
    """Each axis under its field's name, those of seeds last."""
    own = sorted(axes, key=lambda path: path in SEEDS)
    return tuple(Axis(title_of(path), _listed(axes[path]), len(axes[path]), path in SEEDS) for path in own)


def baseline_in_words(overrides: Mapping[str, Any]) -> str:
    """Such as "Loss cross_entropy, Class weights none"."""
    return ", ".join(f"{title_of(path)} {setting(value)}" for path, value in overrides.items())


def _listed(values: Sequence[Any]) -> str:
    """Runs of whole numbers as a range, a long list cut."""
    if len(values) > 2 and all(isinstance(value, int) for value in values) and _is_range(values):
        return f"{values[0]} … {values[-1]}"
    shown = [setting(value) for value in values[:_MOST_SHOWN]]
    return ", ".join(shown) + (f", … ({len(values)})" if len(values) > _MOST_SHOWN else "")


def _is_range(values: Sequence[int]) -> bool:
    return list(values) == list(range(values[0], values[0] + len(values)))
