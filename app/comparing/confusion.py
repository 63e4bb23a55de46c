"""Fills the difference of two settings' confusion matrices: where the mistakes of one went in the other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy.orm import Session

from app.comparing.parts import Spread
from app.comparing.view import SettingRow
from app.formats import gather
from app.store import runs as run_store
from app.store import series
from app.views.base import View
from app.views.series.fill import ratio
from trainer.metrics.fields import Figure


class ConfusionDifference(View):
    """Row-normalised confusion of A minus that of B (means over their runs), and both sides' leakage.

    matrix[true][predicted] is a difference of fractions; leakage is the share of tail images taken for head
    classes.
    """

    a: str
    b: str
    names: tuple[str, ...]
    train_counts: tuple[int, ...]
    matrix: tuple[tuple[Figure, ...], ...]
    leakage_a: Figure
    leakage_b: Figure


Shares = dict[tuple[str, str], float]


class _Mean(NamedTuple):
    """Means over a row's runs: row-normalised confusion by (true, predicted) name, and leakage."""

    names: tuple[str, ...]
    train_counts: tuple[int, ...]
    shares: Shares
    leakage: float | None


Matrices = Mapping[int, Sequence[Sequence[int]]]
"""By run id, counts [true][predicted]."""


def confusion_difference(
    session: Session, a: SettingRow, b: SettingRow, adjusted: Mapping[str, Matrices] | None = None
) -> ConfusionDifference:
    """A minus B, over the runs and epochs whose figures the rows show; classes are A's, matched by name.

    adjusted: by label, the matrices of rows that do not show what their runs measured.

    A cell is null where either side has no such class or no test image of it. No matrix without figures.
    """
    ours, theirs = (_mean(session, one, (adjusted or {}).get(one.label)) for one in (a, b))
    names = ours.names or theirs.names
    gaps = {at: share - theirs.shares[at] for at, share in ours.shares.items() if at in theirs.shares}
    matrix = tuple(tuple(gaps.get((true, predicted)) for predicted in names) for true in names)
    return ConfusionDifference(
        a=a.label,
        b=b.label,
        names=names,
        train_counts=ours.train_counts or theirs.train_counts,
        matrix=matrix if ours.shares and theirs.shares else (),
        leakage_a=ours.leakage,
        leakage_b=theirs.leakage,
    )


def _mean(session: Session, row: SettingRow, known: Matrices | None) -> _Mean:
    wanted = [(run_id, epoch) for run_id, epoch in zip(row.run_ids, row.epochs, strict=True) if epoch]
    matrices = series.confusions_at(session, wanted) if known is None else known
    started = {run.id: run.started or {} for run in run_store.get_runs(session, list(matrices))}
    pairs = [(started[run_id], matrix) for run_id, matrix in matrices.items()]
    by_cell = gather(cell for first, matrix in pairs for cell in _shares(first["class_names"], matrix))
    leakages = [leakage(first["train_counts"], matrix) for first, matrix in pairs]
    first = next(iter(started.values()), {})
    return _Mean(
        tuple(first.get("class_names", ())),
        tuple(first.get("train_counts", ())),
        {cell: sum(shares) / len(shares) for cell, shares in by_cell.items()},
        Spread.of(leakages).mean,
    )


def _shares(names: Sequence[str], matrix: Sequence[Sequence[int]]) -> Iterator[tuple[tuple[str, str], float]]:
    """By cell, each row divided by its sum; rows without test images are left out."""
    for true, row in enumerate(matrix):
        if total := sum(row):
            yield from (((names[true], names[at]), cell / total) for at, cell in enumerate(row))


def leakage(train_counts: Sequence[int], matrix: Sequence[Sequence[int]]) -> float | None:
    """Share of the tail classes' test images that were taken for a head class; None without any."""
    from trainer.metrics.groups import rank_groups  # brings numpy, which the web process starts without

    head, _, tail = (group.tolist() for group in rank_groups(train_counts))
    return ratio(sum(matrix[true][it] for true in tail for it in head), sum(sum(matrix[it]) for it in tail))
