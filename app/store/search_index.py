"""Keeps the tables by which runs are searched: at launch, after epochs, and for runs of earlier versions."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

from app.store.engine import Database
from app.store.tables import FieldValue, Job, Run, RunField, RunFigures
from trainer.config_fields import as_text, flatten
from trainer.config_meaning import meanings

LONGEST = 300
"""Characters of a value; beyond them a hash stands for the rest, as a database indexes no long text."""
_BATCH = 500
"""As many as the largest sweep has: their values are asked for in one statement."""
_FIGURES = [column.name for column in RunFigures.__table__.columns if column.name != "run_id"]
_BEST = "best_"

Pair = tuple[str, str]
"""A field's path and its value as text."""


def value_text(value: object) -> str:
    """A value as it is stored, and searched for."""
    text = as_text(value)
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 16]}{hashlib.sha256(text.encode()).hexdigest()[:16]}"


def store_fields(s: Session, configs: Mapping[int, Mapping[str, Any]]) -> None:
    """Note what the configurations of these runs say, by the runs' numbers; what is noted stays."""
    told = {run_id: _pairs(config) for run_id, config in configs.items()}
    numbers = {pair: number for pairs in told.values() for pair, number in pairs.items()}
    ids = _value_ids(s, numbers)
    known = _links(s, list(told))
    links = [
        {"run_id": run_id, "value_id": ids[pair]}
        for run_id, pairs in told.items()
        for pair in pairs
        if (run_id, ids[pair]) not in known
    ]
    if links:
        s.execute(insert(_table(RunField)), links)


def store_figures(s: Session, run: Job) -> None:
    """Note what stands on the run's row of its last epoch and of its best one."""
    last, best = run.last or {}, run.best or {}
    values = {
        name: best.get(name.removeprefix(_BEST)) if name.startswith(_BEST) else last.get(name)
        for name in _FIGURES
    }
    table = _table(RunFigures)
    known = update(table).where(table.c.run_id == run.id).values(values).returning(table.c.run_id)
    if s.scalar(known) is None:
        s.execute(insert(table).values(run_id=run.id, **values))


def catch_up(db: Database, say: Callable[[str], None]) -> None:
    """Note runs of before there were these tables, and fields that came since with what they mean to them.

    Done once for each set of fields, beside what others do; anew from the start where it was broken off.
    """
    with db.read() as s:
        if s.scalar(select(FieldValue.text).where(FieldValue.path == "")) == _known_fields():
            return
        total = s.scalar(select(Run.id).order_by(Run.id.desc()).limit(1)) or 0
    if total:
        say(f"Noting what up to {total:,} runs can be searched by.")
    after = 0
    while (found := _note(db, after)) is not None:
        after = found
    with db.write() as s:
        s.execute(delete(FieldValue).where(FieldValue.path == ""))
        s.add(FieldValue(path="", text=_known_fields()))


def _note(db: Database, after: int) -> int | None:
    """Note the next runs with higher numbers; the last of them, None where there was none."""
    query = select(Run.id, Run.config).where(Run.id > after).order_by(Run.id).limit(_BATCH)
    with db.read() as s:
        configs = dict(s.execute(query).all())
    if not configs:
        return None
    with db.write() as s:
        here = list(s.scalars(select(Run).where(Run.id.in_(configs))))  # one may be gone by now
        store_fields(s, {run.id: configs[run.id] for run in here})
        for run in here:
            if run.last:
                store_figures(s, run)
    return max(configs)


def _known_fields() -> str:
    """Equal where the same fields came later, and mean the same to configurations of before."""
    later = {path: known.since.means for path, known in meanings().items() if known.since}
    return hashlib.sha256(json.dumps(later, sort_keys=True).encode()).hexdigest()


def _pairs(config: Mapping[str, Any]) -> dict[Pair, float | None]:
    """What has an effect in it, each with its number if it is one."""
    flat = flatten(config)
    return {(path, value_text(flat[path])): _number(flat[path]) for path in flat if flat[path] is not None}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _value_ids(s: Session, numbers: Mapping[Pair, float | None]) -> dict[Pair, int]:
    """The id of each of these values; new ones are added."""
    ids = _known_ids(s, numbers)
    new = [pair for pair in numbers if pair not in ids]
    if not new:
        return ids
    rows = [{"path": path, "text": text, "number": numbers[path, text]} for path, text in new]
    s.execute(
        insert(_table(FieldValue)), rows
    )  # in one go; to have each return its id takes a statement each
    return ids | _known_ids(s, new)


def _known_ids(s: Session, pairs: Collection[Pair]) -> dict[Pair, int]:
    paths, texts = {path for path, _ in pairs}, {text for _, text in pairs}
    query = select(FieldValue.path, FieldValue.text, FieldValue.id)
    known = s.execute(query.where(FieldValue.path.in_(paths), FieldValue.text.in_(texts)))
    return {(path, text): value_id for path, text, value_id in known}


def _links(s: Session, run_ids: Sequence[int]) -> set[tuple[int, int]]:
    query = select(RunField.run_id, RunField.value_id).where(RunField.run_id.in_(run_ids))
    return {(run_id, value_id) for run_id, value_id in s.execute(query)}


def _table(of: type[Any]) -> Table:
    table: Table = of.__table__
    return table
