"""Fills the views of sweeps from the store: the list, and one sweep as a grid of settings by seeds."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.lifecycle import ACTIVE, TO_RETRY, State
from app.runs import queue
from app.store import sweeps as store
from app.store import workers
from app.store.tables import Run, Sweep
from app.store.tables import SweepCell as CellRow
from app.views.base import same_named
from app.views.other_images import mixed_sentence, set_apart
from app.views.setting_labels import setting_labels
from app.views.sweeps.view import (
    SweepCell,
    SweepCounts,
    SweepDetail,
    SweepList,
    SweepLooks,
    SweepRow,
    SweepSummary,
)
from trainer.stages import stored_stage

MISSING = "missing"

Seeds = tuple[int, int]
"""A column of the grid: seed and subset seed."""


def sweep_list(session: Session, limit: int = 50, cursor: str | None = None) -> SweepList:
    """One page of sweeps, newest first. Raises InvalidError for a cursor that is none."""
    page = store.find_sweeps(session, limit, cursor)
    return SweepList(items=_summaries(session, page.sweeps), next_cursor=page.next_cursor, total=page.total)


def sweep_summaries(session: Session, sweep_ids: Iterable[int]) -> dict[int, SweepSummary]:
    """The lines of those of these sweeps that exist, by id."""
    known = [sweep for one in set(sweep_ids) if (sweep := session.get(Sweep, one))]
    return {line.id: line for line in _summaries(session, known)}


def sweep_detail(session: Session, sweep_id: int) -> SweepDetail:
    """One sweep, whole. Raises NotFoundError."""
    sweep = store.get_sweep(session, sweep_id)
    [summary] = _summaries(session, [sweep])
    stored = store.cells_of(session, sweep_id)
    cells = _cells(stored, sweep_id)
    columns = list(dict.fromkeys(seeds for seeds, _, _ in cells))
    saw = {run.id: run.source for _, run in stored if run}
    meant = {row.config_hash: run.source for row, run in stored if run and run.source}
    rows = _rows(cells, columns, saw)
    mixed = [(row.label, _run_ids(row.cells)) for row in rows if row.mixed]
    apart = set_apart(session, meant, sweep.created_at) if sweep.reuse else ()
    subsets = {subset for _, subset in columns}
    return SweepDetail(
        **dict(summary),
        notes=sweep.notes,
        base=sweep.base,
        margin=sweep.margin,
        looks=SweepLooks.model_validate(sweep.looks) if sweep.looks else None,
        seeds=tuple(f"seed {a}" + (f", subset {b}" if len(subsets) > 1 else "") for a, b in columns),
        rows=rows,
        warnings=(*(mixed_sentence(label, [(one, saw[one]) for one in ids]) for label, ids in mixed), *apart),
        moves=_moves([cell for _, _, cell in cells]),
    )


def _summaries(session: Session, sweeps: Sequence[Sweep]) -> tuple[SweepSummary, ...]:
    found: dict[int, list[Row[Any]]] = {sweep.id: [] for sweep in sweeps}
    for standing in store.standings(session, list(found)):
        found[standing.sweep_id].append(standing)
    slots = workers.slots_alive(session, queue.LEASE_SECONDS)
    return tuple(
        SweepSummary(
            **same_named(SweepSummary, sweep),
            counts=_counts({one.state or MISSING: one.cells for one in found[sweep.id]}),
            fraction=_fraction(found[sweep.id]),
            eta_seconds=_eta(found[sweep.id], slots),
        )
        for sweep in sweeps
    )


def _counts(cells: Mapping[str, int]) -> SweepCounts:
    by = Counter(cells)
    return SweepCounts(
        total=by.total(),
        queued=by[State.QUEUED],
        running=by[State.RUNNING],
        completed=by[State.COMPLETED],
        failed=by[State.FAILED] + by[State.CRASHED],
        canceled=by[State.CANCELED] + by[State.PAUSED],
        missing=by[MISSING],
    )


def _fraction(standings: Sequence[Row[Any]]) -> float:
    asked = sum(one.epochs for one in standings)
    return sum(one.epoch for one in standings) / asked if asked else 0.0


def _eta(standings: Sequence[Row[Any]], slots: int) -> float | None:
    """Seconds until queued and running cells are done: epochs left at the sweep's mean pace, on all slots.

    None where nothing waits or runs, no epoch was measured yet, or no worker is alive.
    """
    active = [one for one in standings if one.state in ACTIVE]
    timed = sum(one.timed for one in standings)
    if not (active and timed and slots):
        return None
    pace = sum(one.seconds for one in standings) / timed
    left = sum(one.epochs - one.epoch for one in active)
    return float(pace * left / min(slots, sum(one.cells for one in active)))


def _cells(
    rows: Sequence[tuple[CellRow, Run | None]], sweep_id: int
) -> list[tuple[Seeds, dict[str, Any], SweepCell]]:
    """(its column, its configuration, its view) of each cell."""
    labels = setting_labels([row.config for row, _ in rows])
    return [
        (_seeds(row), row.config, _cell(row, run, label, sweep_id))
        for (row, run), label in zip(rows, labels, strict=True)
    ]


def _cell(row: CellRow, run: Run | None, label: str, sweep_id: int) -> SweepCell:
    return SweepCell(
        index=row.cell,
        baseline=row.baseline,
        values=row.places,
        label=label,
        setting_hash=row.setting_hash,
        config_hash=row.config_hash,
        run_id=run.id if run else None,
        state=run.state if run else MISSING,
        epoch=run.epoch if run else 0,
        epochs=run.epochs if run else stored_stage(row.config)["optim"]["epochs"],
        accuracy=run.test_accuracy if run else None,
        diverged=run is not None and run.diverged,
        reused=run is not None and run.sweep_id != sweep_id,
    )


def _seeds(row: CellRow) -> Seeds:
    """Where nothing is drawn, a subset seed counts as asked for on the axis, else as 0."""
    subset = row.places.get("data.subset_seed", row.config["data"]["subset_seed"])
    return row.config["seed"], subset or 0


def _rows(
    cells: Sequence[tuple[Seeds, dict[str, Any], SweepCell]],
    columns: Sequence[Seeds],
    saw: Mapping[int, str | None],
) -> tuple[SweepRow, ...]:
    grid: dict[str, dict[Seeds, SweepCell]] = {}
    configs: dict[str, dict[str, Any]] = {}
    for seeds, config, cell in cells:
        grid.setdefault(cell.setting_hash, {})[seeds] = cell
        configs.setdefault(cell.setting_hash, config)
    rows = [(setting, next(iter(by_seeds.values())), by_seeds) for setting, by_seeds in grid.items()]
    return tuple(
        SweepRow(
            label=first.label,
            setting_hash=setting,
            config=configs[setting],
            baseline=first.baseline,
            cells=tuple(by_seeds.get(seeds) for seeds in columns),
            mixed=len({saw[one] for one in _run_ids(by_seeds.values())}) > 1,
        )
        for setting, first, by_seeds in rows
    )


def _run_ids(cells: Iterable[SweepCell | None]) -> list[int]:
    return [cell.run_id for cell in cells if cell is not None and cell.run_id is not None]


def _moves(cells: Sequence[SweepCell]) -> tuple[str, ...]:
    allowed = {
        "cancel": any(cell.state in ACTIVE and not cell.reused for cell in cells),
        "retry": any(cell.state in (MISSING, *TO_RETRY) for cell in cells),
    }
    return tuple(action for action, legal in allowed.items() if legal)
