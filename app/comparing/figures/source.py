"""What a figure is asked for, and what it is drawn from: runs, theme, and the reader's choices."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy.orm import Session

from app.comparing import curves as compare_curves
from app.comparing.confusion import ConfusionDifference, Matrices, confusion_difference
from app.comparing.curves import Curves
from app.comparing.effects.view import Effects
from app.comparing.figures.cache import FigureCache, Version, versions
from app.comparing.figures.curves import CurveOptions
from app.comparing.fill import ComparisonViews, comparison_views
from app.comparing.next_steps.fill import NextSteps, steps_of
from app.comparing.options import CompareOptions
from app.comparing.samples import At, kept_predictions
from app.comparing.view import Changes, Compared, Comparison, SettingRow
from app.figures.class_axis import ClassOrder
from app.figures.theme import Theme
from app.settings import Settings
from app.views.runs.fill import run_detail
from app.views.runs.view import RunDetail
from app.views.series import fill as series_views
from app.views.series.view import ClassTable, EpochLine
from app.views.usage.fill import run_usage
from app.views.usage.view import RunUsage
from trainer.metrics.table import NAMES


@dataclass(frozen=True)
class FigureRequest:
    """Which runs, in which theme, with classes in which order; the rest is for figures of several runs.

    `a` and `b` are labels of settings, `of_field` and `by_field` paths of fields that differ; "" takes what
    serves best. `options` says how runs are compared.
    """

    run_ids: tuple[int, ...]
    theme: Theme
    order: ClassOrder = "count"
    epoch: At = "last"
    metric: str = "accuracy"
    look: CurveOptions = field(default_factory=CurveOptions)
    a: str = ""
    b: str = ""
    options: CompareOptions = field(default_factory=CompareOptions)
    sweep: int | None = None
    of_field: str = ""
    by_field: str = ""


@dataclass(frozen=True)
class Source:
    """The views that figures of one `ask` share, each filled once and only when a figure needs it."""

    session: Session
    request: FigureRequest
    settings: Settings | None = None
    """Where predictions are kept; None leaves them out."""
    cache: FigureCache = field(default_factory=FigureCache)
    """What the process was asked for before."""

    @property
    def theme(self) -> Theme:
        """In which they are drawn."""
        return self.request.theme

    @property
    def order(self) -> ClassOrder:
        """Of the classes."""
        return self.request.order

    @property
    def run_id(self) -> int:
        """The one run of a figure about a run."""
        (run_id,) = self.request.run_ids
        return run_id

    @cached_property
    def run(self) -> RunDetail:
        """The one run. Raises NotFoundError."""
        return run_detail(self.session, self.run_id)

    @cached_property
    def epochs(self) -> list[EpochLine]:
        """Its finished epochs."""
        return series_views.epoch_lines(self.session, self.run_id)

    @cached_property
    def classes(self) -> ClassTable:
        """Its classes after the last of them."""
        return series_views.class_table(self.session, self.run_id)

    @cached_property
    def usage(self) -> RunUsage:
        """What the machine did for it."""
        return run_usage(self.session, self.run_id)

    @cached_property
    def versions(self) -> tuple[Version, ...]:
        """The runs as they stand. Raises NotFoundError."""
        return versions(self.session, self.request.run_ids)

    @cached_property
    def runs(self) -> ComparisonViews:
        """The runs by setting. Raises NotFoundError, InvalidError."""
        request, session = self.request, self.session

        def steps(rows: Sequence[SettingRow]) -> NextSteps:
            return steps_of(session, request.sweep, request.run_ids, rows)

        kept = kept_predictions(self.settings)
        return comparison_views(session, request.run_ids, request.options, kept, steps, self._kept)

    @property
    def compared(self) -> Compared:
        """These settings, without what each gains."""
        return self.runs.compared

    @property
    def changes(self) -> Changes:
        """What each of these settings gains on the baseline."""
        return self._kept(lambda: self.runs.made_changes)

    def _kept(self, make: Callable[[], Changes]) -> Changes:
        """From the cache where it is there, by the runs, what they kept and how they are compared."""
        if (view := self.cache.changes.get(self.key_of_changes)) is None:
            view = make()
            self.cache.changes.put(self.key_of_changes, view)
        return view

    @cached_property
    def key_of_changes(self) -> Hashable:
        """The runs as they stand, what they kept, how they are compared: what differences are made from."""
        options, ids = self.request.options, self.request.run_ids
        return self.versions, repr(options), kept_predictions(self.settings).stand(ids, options.at)

    @property
    def comparison(self) -> Comparison:
        """All that a page or a report says of the runs; a figure takes the view of `runs` that it draws."""
        return self.runs.comparison

    @cached_property
    def curves(self) -> Curves:
        """The chosen metric over training. Raises InvalidError for a metric that there is not."""
        key = self.versions, self.request.metric, self._baseline_of_curves
        if (view := self.cache.curves.get(key)) is None:
            view = compare_curves.curves(self.session, self.request.run_ids, *key[1:])
            self.cache.curves.put(key, view)
        return view

    def _adjusted_matrices(self) -> dict[str, Matrices]:
        """By label of a row of adjusted logits, its runs' confusion."""
        rows = {one.label: one.adjusted for one in self.runs.chosen}
        return {label: by.matrices() for label, by in rows.items() if by is not None}

    @property
    def _baseline_of_curves(self) -> str | None:
        """The baseline that was asked for; the usual one in place of adjusted logits, which have no curve."""
        asked = self.request.options.baseline
        has_adjusted = asked and self.request.options.adjusted
        adjusted = [one.label for one in self.runs.chosen if one.adjusted] if has_adjusted else []
        return None if asked in adjusted else asked

    @property
    def row_metric(self) -> str:
        """The chosen metric where a row has it, else accuracy: some figures are of an epoch alone."""
        metric = self.request.metric.removeprefix("test_")
        return metric if metric in NAMES else "accuracy"

    @cached_property
    def effects(self) -> Effects:
        """What the fields in which the settings differ do to the chosen metric. Raises InvalidError."""
        from app.comparing.effects.fill import effects_of  # brings numpy, which the web starts without

        return effects_of(self.runs, self.row_metric, self.request.of_field, self.request.by_field)

    @cached_property
    def sides(self) -> tuple[SettingRow, SettingRow]:
        """A and B of a difference: as asked for, else the most accurate setting minus the baseline.

        A comparison has at least one setting: it is of at least one run.
        """
        view = self.compared
        rows = [row for row in view.rows if row.kind == "setting"]
        by_label = {row.label: row for row in rows}
        b = by_label.get(self.request.b) or by_label.get(view.baseline or "") or rows[0]
        others = [row for row in rows if row is not b and not _is_flattered(row)]
        return by_label.get(self.request.a) or max(others, key=_accuracy, default=b), b

    @cached_property
    def confusion(self) -> ConfusionDifference:
        """A minus B."""
        return confusion_difference(self.session, *self.sides, self._adjusted_matrices())


def _is_flattered(row: SettingRow) -> bool:
    """Whether it was adjusted by what the test set chose: not offered where nobody asked for it."""
    return row.adjusted is not None and row.adjusted.chosen_on == "test"


def _accuracy(row: SettingRow) -> float:
    mean = row.metrics["accuracy"].mean
    return -1.0 if mean is None else mean
