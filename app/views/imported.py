"""Views of runs that were recorded elsewhere, and what fills them. None of it was measured here."""

from collections.abc import Sequence
from typing import Literal

from sqlalchemy.orm import Session

from app.imports.keep import seed_of
from app.imports.records import TITLES
from app.store import imported as store
from app.store.tables import ImportedMetric, ImportedRun
from app.views.base import View, same_named
from trainer.metrics.fields import Figure


class ImportedFigure(View):
    """A figure that the board knows, which metric of the run it is, and its value at the last step."""

    metric: str
    value: Figure


class ImportedSummary(View):
    """A run that another tool has recorded; accuracies are fractions.

    place: where it was read. setting: equal for runs of equal parameters but for their seed.
    """

    id: int
    tool: Literal["mlflow", "tensorboard", "csv"]
    source: str
    """In words: "MLflow, experiment long-tail"."""
    place: str
    name: str
    state: str
    started_at: str | None
    finished_at: str | None
    imported_at: str
    seed: str | None
    setting: str
    params: dict[str, str]
    tags: dict[str, str]
    figures: dict[str, ImportedFigure]


class ImportedClass(View):
    """Recall of a class at the last step, and which metric of the run that is."""

    name: str
    recall: Figure
    metric: str


class MetricSeries(View):
    """Values of a metric by step, as they were recorded; percent: they are percents, not fractions."""

    name: str
    percent: bool
    steps: tuple[int, ...]
    values: tuple[Figure, ...]


class ImportedDetail(ImportedSummary):
    """One run whole."""

    notes: str
    classes: tuple[ImportedClass, ...]
    metrics: tuple[MetricSeries, ...]
    alike: tuple[int, ...]
    """Imported runs of the same setting, this one among them, oldest first."""


class ImportedList(View):
    """All imported runs, newest first."""

    items: tuple[ImportedSummary, ...]


def imported_list(session: Session) -> ImportedList:
    """Every one."""
    return ImportedList(items=tuple(ImportedSummary(**_summary(run)) for run in store.all_runs(session)))


def imported_detail(session: Session, run_id: int) -> ImportedDetail:
    """One, whole. Raises NotFoundError."""
    run = store.one(session, run_id)
    return ImportedDetail(
        **_summary(run),
        notes=run.notes,
        classes=tuple(
            ImportedClass(name=name, recall=recall, metric=metric) for name, recall, metric in run.classes
        ),
        metrics=tuple(_series(metric, run.percent) for metric in store.metrics_of(session, run_id)),
        alike=tuple(one.id for one in store.of_setting(session, run.setting)),
    )


def source_in_words(run: ImportedRun) -> str:
    """The tool, and the experiment where it has such."""
    title = TITLES[run.tool]  # type: ignore[index]
    return f"{title}, experiment {run.experiment}" if run.experiment else title


def _summary(run: ImportedRun) -> dict[str, object]:
    own = same_named(ImportedSummary, run)
    return own | {"source": source_in_words(run), "seed": seed_of(run.params)}


def _series(metric: ImportedMetric, percent: Sequence[str]) -> MetricSeries:
    return MetricSeries(
        name=metric.name,
        percent=metric.name in percent,
        steps=tuple(metric.steps),
        values=tuple(metric.values),
    )
