"""What people do to sweeps, for API and pages alike: launch, extend, rename, cancel the rest, retry."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy.orm import Session

from app import queue
from app.actions import body_hash, checked_key
from app.errors import ConflictError
from app.lifecycle import State
from app.schemas import ExtendBody, Looks, SweepBody, SweepPatchBody
from app.settings import Settings
from app.store import sweeps as store
from app.store.clock import now
from app.store.engine import Database
from app.store.tables import Run, Sweep, SweepCell
from app.views.chips import default_name, field_word
from app.views.sweep_extensions import checked_extension, sources_of, sweep_of_runs
from app.views.sweep_previews import check_looks, checked_cells, checked_sources
from app.views.sweep_views import ACTIVE, TO_RETRY
from trainer.config import as_json, parse_config, setting_hash
from trainer.sweep import Cell


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
    with database.write() as session:
        known = store.idempotent_sweep(session, checked_key(key), digest) if key else None
        if known is not None:
            return known, False
        sweep = _as_asked(body, key, digest)
        session.add(sweep)
        session.flush()
        rows = _rows(session, sweep, cells)
        check_looks(session, body, _fill(session, sweep, rows, sources))
        return sweep.id, True


def extend_sweep(database: Database, settings: Settings, sweep_id: int, body: ExtendBody) -> int:
    """Let values, baselines and settings join the sweep, and queue the cells that it lacked.

    Returns how many runs were queued. Cells keep their numbers, new ones come behind them; whether they may
    point at equal runs is as the sweep was launched. Raises NotFoundError, and as `checked_extension` does.
    """
    with database.write() as session:
        sweep, known = store.get_sweep(session, sweep_id), store.cells_of(session, sweep_id)
        found, sources = checked_extension(sweep, known, body, settings)
        sweep.axes, sweep.baselines = found.axes, found.baselines
        grid = {cell.config_hash: cell for cell in found.grid}
        for row, _ in known:
            if (cell := grid.get(row.config_hash)) is not None:
                row.places, row.baseline = dict(cell.values), cell.baseline
        first = max((row.cell for row, _ in known), default=-1) + 1
        equal = _fill(session, sweep, _rows(session, sweep, found.new, first), sources)
        return len(found.new) - len(equal)


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
        queue.request_stop(session, run, State.CANCELED)


def retry_sweep(database: Database, settings: Settings, sweep_id: int) -> None:
    """Launch missing cells, on the images of the other cells, and queue failed, crashed and canceled ones.

    Raises NotFoundError, InvalidError where the data of a missing cell is gone or another one now, and
    ConflictError where there is nothing to retry.
    """
    with database.write() as session:
        cells = store.cells_of(session, sweep_id)
        missing = [cell for cell, run in cells if run is None]
        ended = [run for _, run in cells if run and run.state in TO_RETRY]
        if not missing and not ended:
            raise ConflictError(f"Sweep {sweep_id} has no missing, failed, crashed or canceled cell.")
        meant = sources_of(cells)
        sources = checked_sources([parse_config(cell.config) for cell in missing], settings, meant)
        _fill(session, store.get_sweep(session, sweep_id), missing, sources)
        for run in ended:
            queue.requeue(session, run)


def _as_asked(body: SweepBody, key: str | None, digest: str) -> Sweep:
    return Sweep(
        name=body.name or _default_name(body),
        notes=body.notes,
        tags=body.tags,
        base=body.base,
        axes=body.axes,
        baselines=body.baselines,
        reuse=body.reuse,
        margin=body.margin,
        looks=body.looks.model_dump(mode="json") if body.looks else None,
        tuned=body.tuned,
        created_at=now(),
        idempotency_key=key,
        body_hash=digest,
    )


def _default_name(body: SweepBody) -> str:
    """What varies, such as "beta x seed"."""
    return " x ".join(map(field_word, body.axes)) or "one setting"


def _rows(session: Session, sweep: Sweep, cells: Sequence[Cell], first: int = 0) -> list[SweepCell]:
    """The cells, stored under numbers from `first`, without runs so far."""
    rows = [
        SweepCell(
            sweep_id=sweep.id,
            cell=index,
            baseline=cell.baseline,
            places=dict(cell.values),
            config=as_json(cell.config),
            config_hash=cell.config_hash,
            setting_hash=setting_hash(cell.config),
        )
        for index, cell in enumerate(cells, start=first)
    ]
    session.add_all(rows)
    return rows


def _fill(
    session: Session, sweep: Sweep, cells: Sequence[SweepCell], sources: Mapping[str, str]
) -> list[int]:
    """Give each of these cells a run: an equal one from before, where the sweep allows it, or a new one.

    sources: data set -> the source of its images. Returns the earlier runs that cells point at.
    """
    meant = {cell.config_hash: sources[cell.config["data"]["dataset"]] for cell in cells}
    equal = store.reusable_runs(session, meant) if sweep.reuse else {}
    for cell in _by_seed(cells):
        cell.run_id = equal.get(cell.config_hash) or _enqueue(session, sweep, cell, meant).id
    return list(equal.values())


def _enqueue(session: Session, sweep: Sweep, cell: SweepCell, sources: Mapping[str, str]) -> Run:
    config, source = parse_config(cell.config), sources[cell.config_hash]
    name = default_name(as_json(config))
    return queue.enqueue(session, config, name, sweep.tags, sweep_id=sweep.id, source=source)


def _by_seed(cells: Iterable[SweepCell]) -> list[SweepCell]:
    """Every setting's first cell before any setting's second, so that settings can be compared early."""
    seen: Counter[str] = Counter()
    ranked = []
    for cell in cells:
        ranked.append((seen[cell.setting_hash], cell))
        seen[cell.setting_hash] += 1
    return [cell for _, cell in sorted(ranked, key=lambda ranked_cell: ranked_cell[0])]
