"""What people do to sweeps, for API and pages alike: launch, extend, rename, cancel the rest, retry.

Cells and runs are made before the write lock is taken, and stored in bulk: while it is held, no
worker renews its claims.
"""

from collections.abc import Sequence

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.errors import ConflictError
from app.lifecycle import ACTIVE, TO_RETRY, State
from app.runs import queue
from app.runs.actions import body_hash, checked_key
from app.runs.studies import ask
from app.runs.sweep_cells import add_cells, cell_of, prepared_cells, runs_for, sources_of
from app.runs.sweep_checks import check_looks, checked_cells, checked_sources
from app.runs.sweep_extensions import checked_extension, sweep_of_runs
from app.schemas import ExtendBody, Looks, SweepBody, SweepPatchBody
from app.settings import Settings
from app.store import sweeps as store
from app.store.clock import now
from app.store.engine import Database
from app.store.tables import Sweep, SweepCell
from trainer.config_meaning import short_word


def launch_sweep(
    database: Database, settings: Settings, body: SweepBody, key: str | None = None
) -> tuple[int, bool]:
    """Queue a sweep; returns its id and whether it is new (not so for a repeated idempotency key).

    A cell whose configuration and images equal those of a run that is completed, running, queued or paused
    points at it (unless body.reuse is false); the others are new runs, every setting's first seed before any
    second one.
    Raises InvalidError naming axis, baseline or base field, and ConflictError for a key of another launch.
    """
    (cells, sources), digest = checked_cells(body, settings), body_hash(body)
    sweep = _as_asked(body, key, digest)
    prepared = prepared_cells(cells, sources, sweep)
    with database.write() as session:
        known = store.idempotent_sweep(session, checked_key(key), digest) if key else None
        if known is not None:
            return known, False
        session.add(sweep)
        session.flush()
        runs, reused = runs_for(session, sweep, prepared)
        add_cells(session, sweep.id, prepared, runs)
        check_looks(session, body, reused)
        if len(reused) == len(prepared):
            ask(session, sweep)
        return sweep.id, True


def extend_sweep(database: Database, settings: Settings, sweep_id: int, body: ExtendBody) -> int:
    """Let values, baselines and settings join the sweep, and queue the cells that it lacked.

    Returns how many runs were queued. Cells keep their numbers, new ones come behind them; whether they may
    point at equal runs is as the sweep was launched. Raises NotFoundError, and as `checked_extension` does.
    """
    while (queued := _extend_once(database, settings, sweep_id, body)) is None:
        pass
    return queued


def _extend_once(database: Database, settings: Settings, sweep_id: int, body: ExtendBody) -> int | None:
    """How many runs were queued; None, with nothing done, where the sweep changed since it was read."""
    with database.read() as session:
        sweep, known = store.get_sweep(session, sweep_id), store.cells_of(session, sweep_id)
        found, sources = checked_extension(sweep, known, body, settings)
    grid = {cell.config_hash: cell for cell in found.grid}
    moved = [
        {"sweep_id": sweep_id, "cell": row.cell, "places": dict(cell.values), "baseline": cell.baseline}
        for row, _ in known
        if (cell := grid.get(row.config_hash)) is not None
    ]
    first = max((row.cell for row, _ in known), default=-1) + 1
    prepared = prepared_cells(found.new, sources, sweep)
    with database.write() as session:
        now_there = store.get_sweep(session, sweep_id)
        if store.numbers_of(session, sweep_id) != [row.cell for row, _ in known]:
            return None
        now_there.axes, now_there.baselines = found.axes, found.baselines
        if moved:
            session.execute(update(SweepCell), moved)
        runs, earlier = runs_for(session, now_there, prepared)
        add_cells(session, sweep_id, prepared, runs, first)
    return len(prepared) - len(earlier)


def extend_runs(
    database: Database, settings: Settings, run_ids: Sequence[int], body: ExtendBody
) -> tuple[int, int]:
    """Launch a sweep of the settings of these runs, or of those in `body`, over its seeds.

    Returns its id, and how many runs were queued: none the second time, as the same twice launches once.
    Raises as `sweep_of_runs` and `launch_sweep` do.
    """
    with database.read() as session:
        asked = sweep_of_runs(session, run_ids, body)
    sweep_id, is_new = launch_sweep(database, settings, asked, f"extend-{body_hash(asked)}")
    with database.read() as session:
        own = [run for _, run in store.cells_of(session, sweep_id) if run and run.sweep_id == sweep_id]
    return sweep_id, len(own) if is_new else 0


def change_sweep(session: Session, sweep_id: int, body: SweepPatchBody) -> None:
    """Set the fields that the body names.

    Raises NotFoundError, and ConflictError for a margin or looks once a run of the sweep has started: chosen
    with figures in sight, they would not hold the errors that they promise.
    """
    sweep = store.get_sweep(session, sweep_id)
    planned = sorted(body.model_fields_set & {"margin", "looks"})
    begun = planned and store.begun_runs(session, store.runs_of(session, sweep_id))
    if begun:
        raise ConflictError(
            f"The {' and '.join(planned)} of sweep {sweep_id} cannot change: run {begun[0]} has started, and "
            "a plan that is made with figures in sight does not hold the error that it promises.",
            "Plan it when you launch a sweep, over seeds that were not trained yet.",
        )
    for field in body.model_fields_set:
        value = getattr(body, field)
        setattr(sweep, field, value.model_dump(mode="json") if isinstance(value, Looks) else value)


def cancel_sweep(session: Session, sweep_id: int) -> None:
    """Cancel the sweep's own queued and running runs; earlier runs that its cells point at go on.

    Raises NotFoundError, and ConflictError where nothing is left to cancel.
    """
    runs = [run for _, run in store.cells_of(session, sweep_id) if run and run.sweep_id == sweep_id]
    active = [run for run in runs if run.state in ACTIVE]
    if not active:
        raise ConflictError(f"Sweep {sweep_id} has no queued or running cell of its own.")
    for run in active:
        if run.state in ACTIVE:  # what waits for a first stage is canceled with that
            queue.request_stop(session, run, State.CANCELED)


def retry_sweep(database: Database, settings: Settings, sweep_id: int) -> None:
    """Launch missing cells, on the images of the other cells, and queue failed, crashed and canceled ones.

    Raises NotFoundError, InvalidError where the data of a missing cell is gone or another one now, and
    ConflictError where there is nothing to retry.
    """
    with database.read() as session:
        sweep, cells = store.get_sweep(session, sweep_id), store.cells_of(session, sweep_id)
    missing = [cell for cell, run in cells if run is None]
    ended = [run.id for _, run in cells if run and run.state in TO_RETRY]
    if not missing and not ended:
        raise ConflictError(f"Sweep {sweep_id} has no missing, failed, crashed or canceled cell.")
    asked = {cell.cell: cell_of(cell) for cell in missing}
    sources = checked_sources([cell.config for cell in asked.values()], settings, sources_of(cells))
    prepared = dict(zip(asked, prepared_cells(list(asked.values()), sources, sweep), strict=True))
    with database.write() as session:
        lacking = store.numbers_of(session, sweep_id, without_run=True)
        still = [number for number in lacking if number in prepared]
        runs, _ = runs_for(
            session, store.get_sweep(session, sweep_id), [prepared[number] for number in still]
        )
        placed = [(number, runs[prepared[number].config_hash]) for number in still]
        found = [{"sweep_id": sweep_id, "cell": number, "run_id": run_id} for number, run_id in placed]
        if found:
            session.execute(update(SweepCell), found)
        for run in store.runs_in(session, ended, TO_RETRY):
            if run.state in TO_RETRY:  # one may have come back along with another
                queue.requeue(session, run)


_KEPT = ("notes", "tags", "base", "axes", "baselines", "reuse", "margin", "tuned", "priority", "max_attempts",
         "time_limit_minutes")  # fmt: skip


def _as_asked(body: SweepBody, key: str | None, digest: str) -> Sweep:
    return Sweep(
        name=body.name or " x ".join(map(short_word, body.axes)) or "one setting",
        requirements=body.requirements.model_dump(),
        looks=body.looks.model_dump(mode="json") if body.looks else None,
        **{field: getattr(body, field) for field in _KEPT},
        created_at=now(),
        idempotency_key=key or None,
        body_hash=digest,
    )
