"""The cells of a sweep and the runs in them, made before the write lock is taken, stored in bulk."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.runs import queue
from app.runs.drafts import Draft, Limits, drafted
from app.runs.naming import default_name
from app.store import sweeps as store
from app.store.tables import Run, Sweep, SweepCell
from trainer.config import as_json, parse_config
from trainer.sweep import Cell

StoredCells = Sequence[tuple[SweepCell, Run | None]]


@dataclass(frozen=True)
class Prepared:
    """A cell, and the run that it may need, ready to be stored."""

    row: dict[str, Any]
    draft: Draft

    @property
    def config_hash(self) -> str:
        """Of its configuration, which no other cell of the sweep has."""
        return str(self.row["config_hash"])


def prepared_cells(cells: Sequence[Cell], sources: Mapping[str, str], sweep: Sweep) -> list[Prepared]:
    """The cells of the sweep, ready to be stored; sources: data set -> the source of its images."""
    prepared = []
    for cell in cells:
        source = sources[cell.config.data.dataset]
        draft = drafted(
            cell.config,
            default_name(as_json(cell.config)),
            sweep.tags,
            priority=sweep.priority,
            source=source,
            limits=Limits.of(sweep),
            required=sweep.requirements,
        )
        shared = {name: draft.row[name] for name in ("config", "config_hash", "setting_hash")}
        prepared.append(Prepared({**shared, "baseline": cell.baseline, "places": dict(cell.values)}, draft))
    return prepared


def cell_of(row: SweepCell) -> Cell:
    """The cell that a row holds."""
    return Cell(parse_config(row.config), tuple(row.places.items()), row.baseline)


def sources_of(cells: StoredCells) -> dict[str, str]:
    """Data set -> the source of its images, as far as the sweep's runs know."""
    return {run.dataset: run.source for _, run in cells if run and run.source}


def add_cells(
    session: Session, sweep_id: int, prepared: Sequence[Prepared], runs: Mapping[str, int], first: int = 0
) -> None:
    """Store the cells under numbers from `first`; runs: config_hash -> the run in it."""
    rows = [
        {**cell.row, "sweep_id": sweep_id, "cell": number, "run_id": runs[cell.config_hash]}
        for number, cell in enumerate(prepared, start=first)
    ]
    if rows:
        session.execute(insert(SweepCell), rows)


def runs_for(
    session: Session, sweep: Sweep, prepared: Sequence[Prepared]
) -> tuple[dict[str, int], Sequence[int]]:
    """config_hash -> its run: an equal one from before, where the sweep allows it, or one that is queued now.

    Also the earlier runs among them.
    """
    meant = {cell.config_hash: str(cell.draft.row["source"]) for cell in prepared}
    equal = store.reusable_runs(session, meant) if sweep.reuse else {}
    new = _by_seed([cell for cell in prepared if cell.config_hash not in equal])
    drafts = [cell.draft for cell in new]
    ids = queue.enqueue_all(session, drafts, sweep.id, _first_stages(session, sweep, drafts))
    queued = {cell.config_hash: run_id for cell, run_id in zip(new, ids, strict=True)}
    return {**queued, **equal}, list(equal.values())


def _first_stages(session: Session, sweep: Sweep, drafts: Iterable[Draft]) -> dict[str, int]:
    """config_hash -> the run of a first stage that these train upon: the sweep's own, else an earlier one."""
    needed = {below.config_hash: str(below.row["source"]) for one in drafts for below in one.below}
    if not needed:
        return {}
    earlier = store.reusable_runs(session, needed) if sweep.reuse else {}
    return {**earlier, **store.runs_with(session, sweep.id, needed)}


def _by_seed(cells: Iterable[Prepared]) -> list[Prepared]:
    """Every setting's first cell before any setting's second, so that settings can be compared early.

    Of each, those first that others train upon.
    """
    seen: Counter[str] = Counter()
    ranked = []
    for cell in cells:
        setting = str(cell.row["setting_hash"])
        ranked.append(((seen[setting], cell.draft.first_stage is not None), cell))
        seen[setting] += 1
    return [cell for _, cell in sorted(ranked, key=lambda ranked_cell: ranked_cell[0])]
