"""The runs of a list in groups. Settings are lines of a comparison: figures over seeds, told by its rules.

The settings of a page, and the baseline, are one comparison of their runs: what it says is adjusted for them
together, as if they had been chosen on the compare page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.comparing.baselines import MOST_RUNS
from app.comparing.fill import ComparisonViews, comparison_views
from app.comparing.group_views import RunGroup, RunGroups, Standing
from app.comparing.options import CompareOptions
from app.comparing.samples import KeptPredictions
from app.comparing.view import CompareRow
from app.errors import InvalidError
from app.schema_types import By
from app.store.groups import Group, completed_in, find_groups, looked_among, members
from app.store.runs import RunFilter
from app.store.tables import Run, Sweep
from app.views.setting_labels import setting_labels
from trainer.errors import FieldProblem

MOST_SETTINGS = 25
"""Of a page, so that what is adjusted for all of them can still tell something, and is soon worked out."""
MOST_GROUPS = 100
SHOWN = ("accuracy", "balanced_accuracy", "head", "medium", "tail")
NO_SWEEP = "in no sweep"


@dataclass(frozen=True)
class Asked:
    """Which runs, grouped by what, and against which setting; baseline: its hash, None for the usual one."""

    wanted: RunFilter
    by: By
    baseline: str | None = None
    limit: int = MOST_GROUPS
    cursor: str | None = None


def run_groups(session: Session, asked: Asked, kept: KeptPredictions) -> RunGroups:
    """The page of groups. Raises InvalidError for a cursor that is none, and for a baseline without a run,
    or with more than can be compared.
    """
    limit = min(asked.limit, MOST_SETTINGS) if asked.by == "setting" else asked.limit
    page = find_groups(session, asked.wanted, asked.by, limit, asked.cursor)
    frame = {"by": asked.by, "next_cursor": page.next_cursor, "total": page.total}
    if asked.by != "setting":
        names = _names(session, asked.by, page.groups)
        return RunGroups(**frame, items=tuple(_plain(group, names) for group in page.groups))
    first = _baseline(session, asked)
    groups = [*first, *(group for group in page.groups if group.key != asked.baseline)]
    fitting = _fitting(groups)
    ids = members(session, asked.wanted, [str(group.key) for group in fitting], MOST_RUNS)
    if not ids:
        return RunGroups(**frame, items=_unjudged(session, groups))
    left_out = _left_out(session, asked.wanted, fitting)
    views = _against(comparison_views(session, ids, CompareOptions(), kept), asked.baseline)
    told = _told(views)
    left = _unjudged(session, [group for group in groups if group not in fitting])
    return RunGroups(
        **frame,
        items=(*(line for group in fitting for line in _lines(group, told, left_out)), *left),
        headline=views.changes.headline,
        baseline=views.base.runs[0].setting_hash if views.base else None,
        compared=tuple(ids),
    )


def _baseline(session: Session, asked: Asked) -> list[Group]:
    """The group that all pages are held against, where one was chosen."""
    if asked.baseline is None:
        return []
    found = find_groups(session, replace(asked.wanted, setting=asked.baseline), "setting", 1).groups
    if not found:
        problem = FieldProblem("baseline", f"{asked.baseline[:12]!r} is the setting of no run of this list")
        raise InvalidError("The list was refused.", "Choose the baseline anew.", [problem])
    if found[0].runs > MOST_RUNS:
        said = f"has {found[0].runs} runs here, and {MOST_RUNS} can be compared at once"
        hint = "Choose another baseline, or search for fewer of its runs."
        raise InvalidError("The list was refused.", hint, [FieldProblem("baseline", said)])
    return list(found)


def _fitting(groups: Sequence[Group]) -> list[Group]:
    """The first ones, as many as can be compared at once."""
    fitting, runs = [], 0
    for group in groups:
        if runs + group.runs <= MOST_RUNS:
            fitting.append(group)
            runs += group.runs
    return fitting


def _against(views: ComparisonViews, baseline: str | None) -> ComparisonViews:
    """The same, held against the setting of this hash."""
    if baseline is None:
        return views
    base = next(one for one in views.chosen if one.runs[0].setting_hash == baseline)
    return replace(views, base=base, options=replace(views.options, baseline=base.label))


def _told(views: ComparisonViews) -> Mapping[str, list[tuple[CompareRow, Standing]]]:
    """By setting, its rows: several where its runs were made on different images."""
    found: dict[str, list[tuple[CompareRow, Standing]]] = {}
    changes = views.changes
    for row in changes.rows:
        standing = Standing(
            setting_hash=row.setting_hash,
            config=row.config,
            n=row.n,
            run_ids=row.run_ids,
            progress=row.progress,
            diverged=row.diverged,
            metrics={name: row.metrics[name] for name in SHOWN},
            delta=row.deltas.get(changes.headline),
            why=row.why if views.base else "no baseline",
            is_baseline=row.label == changes.baseline,
        )
        found.setdefault(row.setting_hash, []).append((row, standing))
    return found


def _left_out(session: Session, wanted: RunFilter, groups: Sequence[Group]) -> dict[str, int]:
    keys = [str(group.key) for group in groups]
    seen = completed_in(session, wanted, keys)
    whole = completed_in(session, looked_among(session, wanted), keys)
    return {key: whole.get(key, 0) - seen.get(key, 0) for key in keys}


def _lines(
    group: Group,
    told: Mapping[str, Sequence[tuple[CompareRow, Standing]]],
    left_out: Mapping[str, int],
) -> list[RunGroup]:
    return [
        RunGroup(
            key=group.key,
            label=row.label,
            newest=max(row.run_ids),
            runs=len(row.run_ids),
            states=row.states,
            left_out=left_out[str(group.key)],
            standing=standing,
        )
        for row, standing in told[str(group.key)]
    ]


def _unjudged(session: Session, groups: Sequence[Group]) -> tuple[RunGroup, ...]:
    """Settings of more runs than can be compared at once."""
    query = select(Run.setting_hash, Run.config).where(Run.id.in_([group.newest for group in groups]))
    configs = dict(session.execute(query).all()) if groups else {}
    labels = dict(zip(configs, setting_labels(list(configs.values())), strict=True))
    return tuple(_plain(group, labels) for group in groups)


def _names(session: Session, by: By, groups: Sequence[Group]) -> dict[Any, str]:
    keys = [group.key for group in groups if group.key is not None]
    if by != "sweep":
        return {key: str(key) for key in keys}
    known: dict[Any, str] = dict(
        session.execute(select(Sweep.id, Sweep.name).where(Sweep.id.in_(keys))).all()
    )
    return {None: NO_SWEEP} | {key: known.get(key, f"sweep {key}, which is gone") for key in keys}


def _plain(group: Group, names: Mapping[Any, str]) -> RunGroup:
    return RunGroup(
        key=group.key,
        label=names[group.key],
        newest=group.newest,
        runs=group.runs,
        states=group.states,
    )
