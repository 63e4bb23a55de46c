"""Fills the difference of two settings' confusion matrices: where the mistakes of one went in the other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.comparing.parts import mean_sd
from app.comparing.view import SettingRow
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


@dataclass(frozen=True)
class _Mean:
    """Means over a row's runs: row-normalised confusion by (true, predicted) name, and leakage."""

    names: tuple[str, ...]
    train_counts: tuple[int, ...]
    shares: Shares
    leakage: float | None


def confusion_difference(session: Session, a: SettingRow, b: SettingRow) -> ConfusionDifference:
    """A minus B, over the runs and epochs whose figures the rows show; classes are A's, matched by name.

    A cell is null where either side has no such class or no test image of it. No matrix without figures.
    """
    ours, theirs = _mean(session, a), _mean(session, b)
    names = ours.names or theirs.names
    return ConfusionDifference(
        a=a.label,
        b=b.label,
        names=names,
        train_counts=ours.train_counts or theirs.train_counts,
        matrix=_difference(names, ours.shares, theirs.shares) if ours.shares and theirs.shares else (),
        leakage_a=ours.leakage,
        leakage_b=theirs.leakage,
    )


def _difference(
    names: Sequence[str], ours: Mapping[tuple[str, str], float], theirs: Mapping[tuple[str, str], float]
) -> tuple[tuple[float | None, ...], ...]:
    def cell(place: tuple[str, str]) -> float | None:
        return ours[place] - theirs[place] if place in ours and place in theirs else None

    return tuple(tuple(cell((true, predicted)) for predicted in names) for true in names)


def _mean(session: Session, row: SettingRow) -> _Mean:
    wanted = [(run_id, epoch) for run_id, epoch in zip(row.run_ids, row.epochs, strict=True) if epoch]
    matrices = series.confusions_at(session, wanted)
    started = {run.id: run.started or {} for run in run_store.get_runs(session, list(matrices))}
    gathered: dict[tuple[str, str], list[float]] = {}
    leakages = []
    for run_id, matrix in matrices.items():
        for place, share in _shares(started[run_id]["class_names"], matrix).items():
            gathered.setdefault(place, []).append(share)
        leakages.append(leakage(started[run_id]["train_counts"], matrix))
    first = next(iter(started.values()), {})
    return _Mean(
        names=tuple(first.get("class_names", ())),
        train_counts=tuple(first.get("train_counts", ())),
        shares={place: sum(values) / len(values) for place, values in gathered.items()},
        leakage=mean_sd([value for value in leakages if value is not None])[0],
    )


def _shares(names: Sequence[str], matrix: Sequence[Sequence[int]]) -> Shares:
    """Each row divided by its sum; rows without test images are left out."""
    return {
        (names[true], names[predicted]): cell / total
        for true, row in enumerate(matrix)
        if (total := sum(row))
        for predicted, cell in enumerate(row)
    }


def leakage(train_counts: Sequence[int], matrix: Sequence[Sequence[int]]) -> float | None:
    """Share of the tail classes' test images that were taken for a head class; None without any."""
    from trainer.metrics.groups import rank_groups  # brings numpy, which the web process starts without

    head, _, tail = (group.tolist() for group in rank_groups(train_counts))
    return ratio(sum(matrix[true][it] for true in tail for it in head), sum(sum(matrix[it]) for it in tail))
