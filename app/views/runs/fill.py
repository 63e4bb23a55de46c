"""Fills the views of runs from the store: lines of the list, and one run whole."""

import math
import operator
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.lifecycle import MOVES, State
from app.runs.continuing import why_not
from app.runs.waiting import pauses
from app.store import runs as store
from app.store.attempts import attempts_of
from app.store.engine import Row
from app.store.series import accuracy_curves, time_spent
from app.store.stages import second_stages
from app.store.tables import Run
from app.views.base import same_named
from app.views.rates import shares_of
from app.views.recent import Recent
from app.views.runs.configured import Configured, chips_of
from app.views.runs.progress import progress_of
from app.views.runs.view import (
    BestEpoch,
    ContinuedFrom,
    Figures,
    RunAttempt,
    RunClass,
    RunDetail,
    RunError,
    RunList,
    RunSummary,
    Stage,
    Timing,
)
from app.views.runs.waits import waits
from app.views.runs.warnings import headline, warnings_of
from trainer.config import parse_config
from trainer.errors import ConfigError
from trainer.stages import height_of

SPARKLINE_POINTS = 40

_TOLD = ("fingerprint", "achieved_ratio", "images_per_epoch", "steps_per_epoch", "parameters")
Curve = Sequence[tuple[int, float | None]]


def summaries(
    session: Session, runs: Sequence[Run], tags: Mapping[int, tuple[str, ...]]
) -> tuple[RunSummary, ...]:
    """The lines of these runs with these tags, in their order; few queries, however many there are."""
    ids = [run.id for run in runs]
    curves = accuracy_curves(session, ids, SPARKLINE_POINTS)
    waiting, spent = waits(session, runs), time_spent(session, ids)
    return tuple(
        RunSummary(
            **_line(run, tags[run.id], curves[run.id], waiting.get(run.id)),
            timing=_timing(run.epoch, *spent[run.id]) if run.id in spent else None,
        )
        for run in runs
    )


def summary(session: Session, run_id: int) -> RunSummary:
    """The line of one run. Raises NotFoundError."""
    return _summary(session, store.get_run(session, run_id))


def run_detail(session: Session, run_id: int) -> RunDetail:
    """One run, whole. Raises NotFoundError."""
    run = store.get_run(session, run_id)
    line = _summary(session, run)
    started = _from_started(run.started or {})
    mean = _mean_weight(run.started or {}, run.config)
    computed = {
        "moves": moves(run),
        "mean_weight": mean,
        "effective_rate": None if mean is None else _height(run.config) * mean,
        "headline": headline(run.started or {}),
        "warnings": (*started["warnings"], *warnings_of(session, run)),
        **_stages(session, run),
        "attempts": [RunAttempt(**same_named(RunAttempt, one)) for one in attempts_of(session, run_id)],
    }
    return RunDetail.model_validate(dict(line) | started | computed)


def _stages(session: Session, run: Run) -> dict[str, Any]:
    found = session.get(Run, run.first_stage_id) if run.first_stage_id is not None else None
    upon, goes_on = Stage(**same_named(Stage, found)) if found else None, run.continued_after is not None
    under = [(one.continued_after, Stage(**same_named(Stage, one))) for one in second_stages(session, run.id)]
    return {
        "first_stage": None if goes_on else upon,
        "second_stages": [stage for after, stage in under if after is None],
        "origin": upon if goes_on else None,
        "continued_by": [stage for after, stage in under if after is not None],
        "not_continued": why_not(run),
    }


def _summary(session: Session, run: Run) -> RunSummary:
    return summaries(session, [run], store.tags_of(session, [run.id]))[0]


def moves(run: Run) -> tuple[str, ...]:
    """The actions that this run allows now, in the order in which a page shows them."""
    return legal_moves(run.state, run.archived_at is not None, pauses(run.state, run.not_before))


def legal_moves(state: str, is_archived: bool, is_pausing: bool = False) -> tuple[str, ...]:
    """The same of any run in this state; is_pausing: it is queued for its next attempt, not due yet."""
    now = State(state)
    allowed = {
        "cancel": State.CANCELED in MOVES[now],
        "pause": State.PAUSED in MOVES[now],
        "resume": now is State.PAUSED,
        "retry": is_pausing or (State.QUEUED in MOVES[now] and now is not State.PAUSED),
        "archive": not is_archived and now not in (State.QUEUED, State.RUNNING),
        "restore": is_archived,
        "delete": now is not State.RUNNING,
    }
    return tuple(action for action, legal in allowed.items() if legal)


def _line(run: Run, tags: tuple[str, ...], curve: Curve, waits_for: str | None) -> dict[str, Any]:
    return same_named(RunSummary, run) | {
        **_upon(run.first_stage_id, run.continued_after),
        "waits_for": waits_for,
        "chips": chips_of(Configured(run.config_hash, run.config)),
        "progress": progress_of(run),
        "last": Figures.model_validate(run.last) if run.last else None,
        "best": BestEpoch.model_validate(run.best) if run.best else None,
        "sparkline": tuple(accuracy for _, accuracy in curve),
        "tags": tags,
        "error": RunError.model_validate(run.error) if run.error else None,
    }


def _upon(run_id: int | None, after: int | None) -> dict[str, Any]:
    """Of the run that one trains upon: whether it is a first stage, or what that one goes on from."""
    if run_id is None or after is None:
        return {"first_stage_id": run_id, "continued_from": None}
    return {"first_stage_id": None, "continued_from": ContinuedFrom(id=run_id, epoch=after)}


def _timing(epochs: int, seconds: float, training: float, images: int) -> Timing:
    pace = images / training if training else None
    return Timing(epochs=epochs, seconds=seconds, training_seconds=training, images_per_second=pace)


def _from_started(started: Mapping[str, Any]) -> dict[str, Any]:
    """What the `started` event told; nothing of it before the run has started."""
    return {
        "classes": tuple(_classes(started)) if started else (),
        **{name: started.get(name) for name in _TOLD},
        "resumed_after_epoch": started.get("resumed_after_epoch", 0),
        "resumed_after_steps": started.get("resumed_after_steps", 0),
        "warnings": (*started.get("data_warnings", ()), *started.get("warnings", ())),
        "provenance": started.get("provenance", {}),
    }


def _mean_weight(started: Mapping[str, Any], config: Mapping[str, Any]) -> float | None:
    """As trainer.weighting.mean_weight, from the weights that the run was trained with."""
    if not started:
        return None
    if started["weights"] is None or config["loss"]["reduction"] != "batch_mean":
        return 1.0
    drawn = shares_of(config, started["train_counts"]) or started["train_counts"]
    return math.fsum(map(operator.mul, started["weights"], drawn)) / math.fsum(drawn)


def _height(config: Mapping[str, Any]) -> float:
    """Of the learning rate; where the configuration chooses what is not known here, of its first stage."""
    try:
        return height_of(parse_config(config))
    except ConfigError:
        return float(config["optim"]["learning_rate"])


def _classes(started: Mapping[str, Any]) -> list[RunClass]:
    names = started["class_names"]
    counts = (started[f"{split}_counts"] for split in ("train", "validation", "test"))
    weights = started["weights"] or [None] * len(names)
    rows = zip(range(len(names)), names, *counts, weights, strict=True)
    return [RunClass(**dict(zip(RunClass.model_fields, row, strict=True))) for row in rows]


MOST_LINES = 1000
"""About 8 MB."""

_Stands = tuple[Row, tuple[str, ...]]
"""What a line is made from: the run's row, which every entry of its journal changes, and its tags."""


class Lines:
    """The lines that were asked for last, in bounded number; safe to share between threads."""

    def __init__(self, most: int = MOST_LINES) -> None:
        self._known: Recent[tuple[_Stands, RunSummary]] = Recent(most)

    def page(
        self,
        session: Session,
        wanted: store.RunFilter,
        sort: str = "-id",
        limit: int = 50,
        cursor: str | None = None,
    ) -> RunList:
        """One page of runs. Raises InvalidError for an unknown sort key or a cursor that is none."""
        page = store.find_runs(session, wanted, sort=sort, limit=limit, cursor=cursor)
        items = self._lines(session, page.rows)
        return RunList(items=items, next_cursor=page.next_cursor, total=page.total)

    def _lines(self, session: Session, rows: Sequence[Row]) -> tuple[RunSummary, ...]:
        tags = store.tags_of(session, [row[0] for row in rows])
        stands: dict[int, _Stands] = {row[0]: (row, tags[row[0]]) for row in rows}
        asked = {run_id: self._known.get(run_id) for run_id in stands}
        found = {at: known[1] for at, known in asked.items() if known and known[0] == stands[at]}
        if missing := [run_id for run_id in stands if run_id not in found]:
            for line in summaries(session, store.listed_runs(session, missing), tags):
                found[line.id] = line
                if line.state != State.QUEUED:  # which waits for others
                    self._known.put(line.id, (stands[line.id], line))
        return tuple(found[run_id] for run_id in stands)
