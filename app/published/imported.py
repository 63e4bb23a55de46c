"""Imported runs as results to compare with: a row a setting, the mean of its runs, with all that is unknown.

They stand beside the settings that were run here, as published results do: nothing is tested against them.
Which images they were tested on, whether two of them saw the same, and what their recipe was, only those
know who ran them.
"""

from collections.abc import Sequence
from statistics import fmean, stdev

from sqlalchemy.orm import Session

from app.formats import percent
from app.imports.keep import seed_of
from app.imports.records import TITLES
from app.published.result import Result
from app.store import imported as store
from app.store.tables import ImportedRun
from app.views.imported import source_in_words

_ID = "imported-"
"""Ids of these rows are this and the number of their first run."""
_COUNT = ("completed", "unknown")
"""Runs that failed, were stopped, or still ran when they were read count for nothing."""
_ON_TEST = "test_accuracy"
UNKNOWN = (
    "Recorded elsewhere and not run here: its test images, its recipe and how its epoch was chosen are "
    "unknown to this board."
)


def imported_results(session: Session) -> tuple[Result, ...]:
    """A row for each setting of imported runs that says how accurate it is on test, newest first."""
    by_setting: dict[str, list[ImportedRun]] = {}
    for run in store.all_runs(session):
        if run.state in _COUNT and (run.figures.get(_ON_TEST) or {}).get("value") is not None:
            by_setting.setdefault(run.setting, []).append(run)
    return tuple(_result(runs[::-1]) for runs in by_setting.values())


def imported_id(run_id: int) -> str:
    """The id of the row whose first run has this number."""
    return f"{_ID}{run_id}"


def _result(runs: Sequence[ImportedRun]) -> Result:
    first = runs[0]
    accuracies = [run.figures[_ON_TEST]["value"] for run in runs]
    names = [name for name, _, _ in first.classes]
    recalls = [{name: recall for name, recall, _ in run.classes} for run in runs]
    classes = [_mean([recall.get(name) for recall in recalls]) for name in names]
    title = TITLES[first.tool]  # type: ignore[index]
    return Result(
        id=imported_id(first.id),
        group=f"Imported from {source_in_words(first)}",
        label=f"{first.name}, imported from {title}",
        accuracy=fmean(accuracies),
        classes=tuple(classes),
        class_names=tuple(names),
        source=f"imported from {source_in_words(first)}, metric {first.figures[_ON_TEST]['metric']}",
        recipe=", ".join(f"{name} {value}" for name, value in first.params.items())[:400],
        note=f"{_runs(runs, accuracies)} {UNKNOWN}",
        imported=True,
    )


def _mean(values: Sequence[float | None]) -> float | None:
    """Of values that every run has."""
    known = [value for value in values if value is not None]
    return fmean(known) if len(known) == len(values) else None


def _runs(runs: Sequence[ImportedRun], accuracies: Sequence[float]) -> str:
    """How many runs the mean is of, how they spread, and whether their seeds are known."""
    if len(runs) == 1:
        return "One run, after its last step."
    seeds = [seed_of(run.params) for run in runs]
    known = "of unknown seeds" if None in seeds else f"of seeds {'; '.join(map(str, seeds))}"
    spread = f"SD {percent(stdev(accuracies))} points"
    return f"The mean of {len(runs)} runs {known} after their last steps, {spread}."
