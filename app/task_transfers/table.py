"""All transfers of a job as a file of comma-separated values."""

import csv
import io
from collections.abc import Iterable

from app.task_transfers.view import Share, Transfer
from app.task_transfers.words import level_of
from trainer.transfer.tasks import TASKS

_SHARES = ("gain", "quality", "wins")
COLUMNS = (
    "sources", "target", "source_levels", "target_level", "way", "images",
    *(name + end for name in _SHARES for end in ("", "_low", "_high")),
    "affinity", "measure", "measure_mean", "measure_sd", "unit",
)  # fmt: skip


def as_csv(transfers: Iterable[Transfer]) -> str:
    """A line each; a figure that is not there is empty."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(COLUMNS)
    lines.writerows(map(_line, transfers))
    return text.getvalue()


def _line(one: Transfer) -> list[object]:
    measure = TASKS[one.target].measure
    shares = [figure for name in _SHARES for figure in _figures(getattr(one, name))]
    levels = "+".join(level_of(name) or "control" for name in one.sources)
    figures = (one.affinity, measure.name, one.measure.mean, one.measure.sd, measure.unit)
    told = ("+".join(one.sources), one.target, levels, level_of(one.target), one.way, one.images)
    return ["" if value is None else value for value in (*told, *shares, *figures)]


def _figures(share: Share) -> tuple[float | None, ...]:
    return share.mean, share.low, share.high
