"""Puts understood runs on the board: each once, and again only what has changed since."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from app.imports.mapping import FIGURES, Understood
from app.imports.records import SourceRun
from app.store import imported as store
from app.store.engine import Database
from app.store.imported import Kept

_SEED = re.compile(r"(?:.*[/_.])?seed", re.IGNORECASE)
_AT_ONCE = 50
"""Runs that are stored under one write lock."""


@dataclass(frozen=True)
class Brought:
    """A run of an import: what came of it, and under which number; None where nothing was stored."""

    run: Understood
    kept: Kept
    id: int | None


def plan(database: Database, runs: Sequence[Understood], place: str) -> list[Brought]:
    """What `bring` would do, without doing it."""
    rows = [_row(run, place) for run in runs]
    with database.read() as s:
        known = store.known(s, rows[0]["tool"], [row["key"] for row in rows]) if rows else {}
    return [_planned(run, row, known.get(row["key"])) for run, row in zip(runs, rows, strict=True)]


def bring(database: Database, runs: Sequence[Understood], place: str) -> list[Brought]:
    """Store each run once, by the key that its tool has for it. Raises ConflictError for too many."""
    found: list[Brought] = []
    for start in range(0, len(runs), _AT_ONCE):
        part = [(run, _row(run, place), _metrics(run.run)) for run in runs[start : start + _AT_ONCE]]
        with database.write() as s:
            for run, row, metrics in part:
                run_id, kept = store.keep(s, row, metrics)
                found.append(Brought(run, kept, run_id))
    return found


def seed_of(params: dict[str, Any]) -> str | None:
    """The seed that the parameters name; None where they name none."""
    found = [str(value) for name, value in sorted(params.items()) if _SEED.fullmatch(name)]
    return ", ".join(found) or None


def _planned(run: Understood, row: dict[str, Any], known: tuple[int, str] | None) -> Brought:
    if known is None:
        return Brought(run, "new", None)
    return Brought(run, "same" if known[1] == row["content_hash"] else "changed", known[0])


def _row(found: Understood, place: str) -> dict[str, Any]:
    run = found.run
    figures = {
        figure: {"metric": found.figures[figure], "value": found.final(figure)}
        for figure in FIGURES
        if figure in found.figures
    }
    told = {
        "tool": run.tool,
        "key": run.key,
        "place": place,
        "experiment": run.experiment,
        "name": run.name,
        "notes": run.notes,
        "state": run.state,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "params": run.params,
        "tags": run.tags,
        "setting": _setting(run),
        "figures": figures,
        "classes": [[name, recall, found.classes[name]] for name, recall in found.recall().items()],
        "percent": sorted(found.percent),
    }
    read = {name: value for name, value in told.items() if name != "place"}
    content = json.dumps([read, asdict(run)["metrics"]], sort_keys=True)
    return told | {"content_hash": hashlib.sha256(content.encode()).hexdigest()}


def _setting(run: SourceRun) -> str:
    """Runs of an experiment with equal parameters but for seeds share it; one without any stands alone."""
    params = {name: text for name, text in run.params.items() if not _SEED.fullmatch(name)}
    apart = [run.tool, run.experiment, params if run.params else run.key]
    return hashlib.sha256(json.dumps(apart, sort_keys=True).encode()).hexdigest()


def _metrics(run: SourceRun) -> store.Metrics:
    return {name: (list(series), list(series.values())) for name, series in run.metrics.items()}
