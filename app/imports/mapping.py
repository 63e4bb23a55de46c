"""Which of a run's metrics are figures that the board knows: by their usual names, or as somebody says.

A figure on validation is never taken for one on test: who means that says so. Accuracies stand as fractions
or as percent; a metric that exceeds 1 in any of the runs is in percent, and so are all recalls
by class that have the same name but for the class.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.errors import InvalidError
from app.imports.csv_history import Columns
from app.imports.records import Series, SourceRun
from trainer.errors import FieldProblem

Unit = Literal["auto", "fraction", "percent"]
_SPLITS = {
    "test": ("test", "testing"),
    "validation": ("validation", "val", "valid", "eval", "dev"),
    "train": ("train", "training"),
}
_MEASURES = {
    "accuracy": ("accuracy", "acc", "acc1", "acc_1", "top1", "top_1", "top1_accuracy", "accuracy_top1"),
    "balanced_accuracy": ("balanced_accuracy", "balanced_acc", "bacc", "mean_recall", "macro_recall"),
    "loss": ("loss",),
}
FIGURES = tuple(f"{split}_{measure}" for split in _SPLITS for measure in _MEASURES)
"""What the board knows of a run: test_accuracy, ..., train_loss."""
_CLASSES = re.compile(r"(?:test[/_.])?(?:class_|per_class_)?(?:recall|accuracy|acc)[/](?P<name>[^/]+)")
_CLASS_WORDS = re.compile(r"class_|per_class_|recall")
_ALL = "*"


@dataclass(frozen=True)
class MetricMap:
    """What `--map` says: figure -> the metric that is it; `classes`: a metric's name with * for the class."""

    figures: Mapping[str, str] = field(default_factory=dict)
    classes: str | None = None
    columns: Columns = field(default_factory=Columns)

    @classmethod
    def parse(cls, words: Sequence[str]) -> "MetricMap":
        """WHAT=NAME each: a figure, class, run, step or param. Raises InvalidError naming the word."""
        given = [word.partition("=") for word in words]
        problems = [
            FieldProblem(
                f"--map {what}{equals}{name}", f"WHAT is one of {', '.join(_WHATS)}, NAME what it is called"
            )
            for what, equals, name in given
            if what not in _WHATS or not equals or not name
        ]
        pairs = [(what, name) for what, _, name in given]
        classes = [name for what, name in pairs if what == "class"]
        if any(name.count(_ALL) != 1 for name in classes):
            problems.append(FieldProblem(f"--map class={classes[0]}", "has one * where the class stands"))
        if problems:
            raise InvalidError("The mapping was refused.", fields=problems)
        last = dict(pairs)
        params = tuple(name for what, name in pairs if what == "param")
        figures = {what: name for what, name in pairs if what in FIGURES}
        return cls(figures, last.get("class"), Columns(last.get("run"), last.get("step"), params))


_WHATS = (*FIGURES, "class", "run", "step", "param")


@dataclass(frozen=True)
class Understood:
    """A run with its figures. figures: name -> the metric that is it. classes: class -> metric.

    percent: those of its metrics that are in percent.
    """

    run: SourceRun
    figures: Mapping[str, str]
    classes: Mapping[str, str]
    percent: frozenset[str]

    def final(self, figure: str) -> float | None:
        """The value of a figure at its last step, accuracies as fractions; None where there is none."""
        key = self.figures.get(figure)
        return None if key is None else self._last(key)

    def recall(self) -> dict[str, float | None]:
        """By class, at the last step."""
        return {name: self._last(key) for name, key in self.classes.items()}

    def _last(self, key: str) -> float | None:
        series = self.run.metrics[key]
        value = series[max(series)] if series else None
        return value / 100 if value is not None and key in self.percent else value


def understand(runs: Iterable[SourceRun], told: MetricMap, unit: Unit = "auto") -> list[Understood]:
    """Each run with its figures.

    Raises InvalidError where a mapped metric is in none of them, or what is to be an accuracy is none.
    """
    listed = list(runs)
    names = {key for run in listed for key in run.metrics}
    unknown = [f"{what}={key}" for what, key in told.figures.items() if key not in names]
    if unknown and listed:
        known = ", ".join(sorted(names)[:30])
        problems = [
            FieldProblem(f"--map {word}", f"is no metric of these runs; there are {known}")
            for word in unknown
        ]
        raise InvalidError("The mapping was refused.", fields=problems)
    percent = _in_percent(listed, told, unit)
    return [
        Understood(run, _figures(run, told), _class_metrics(run, told), percent & run.metrics.keys())
        for run in listed
    ]


def _figures(run: SourceRun, told: MetricMap) -> dict[str, str]:
    found = {figure: key for figure, key in told.figures.items() if key in run.metrics}
    for key in run.metrics:
        figure = usual_figure(key)
        if figure and figure not in told.figures and key not in told.figures.values():
            found.setdefault(figure, key)
    return {figure: found[figure] for figure in FIGURES if figure in found}


def usual_figure(key: str) -> str | None:
    """What a metric of this name is, such as val_acc or test/loss; None where the name does not say."""
    plain = re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_")
    for split, splits in _SPLITS.items():
        for measure, measures in _MEASURES.items():
            names = {f"{a}_{b}" for a in splits for b in measures} | {
                f"{b}_{a}" for a in splits for b in measures
            }
            if plain in names:
                return f"{split}_{measure}"
    return None


def _class_metrics(run: SourceRun, told: MetricMap) -> dict[str, str]:
    """Class -> metric: as --map says, else by names such as test/class_recall/cat."""
    if told.classes is not None:
        before, _, after = told.classes.partition(_ALL)
        size = len(before) + len(after)
        fits = [
            key for key in run.metrics if key.startswith(before) and key.endswith(after) and len(key) > size
        ]
        return {key[len(before) : len(key) - len(after)]: key for key in fits}
    found = {}
    for key in run.metrics:
        match = _CLASSES.fullmatch(key)
        if match and _CLASS_WORDS.search(key) and usual_figure(key) is None:
            found[match["name"]] = key
    return found


def _in_percent(runs: Sequence[SourceRun], told: MetricMap, unit: Unit) -> frozenset[str]:
    """The metrics that are accuracies and stand in percent. Raises InvalidError for one that is neither."""
    shares: dict[str, list[float]] = {}
    alike: dict[str, str] = {}
    for run in runs:
        figures, of_classes = _figures(run, told), _class_metrics(run, told)
        alike |= {key: told.classes or key.removesuffix(name) for name, key in of_classes.items()}
        keys = [key for figure, key in figures.items() if not figure.endswith("_loss")]
        for key in (*keys, *of_classes.values()):
            shares.setdefault(key, []).extend(_values(run.metrics[key]))
    largest = {key: max(values, default=0.0) for key, values in shares.items()}
    most = 1.0 if unit == "fraction" else 100.0
    for key, values in shares.items():
        if values and (min(values) < 0 or largest[key] > most * (1 + 1e-9)):
            wrong = min(values) if min(values) < 0 else largest[key]
            said = f"{key} is {wrong:g} somewhere, which is no accuracy in {unit.replace('auto', 'percent')}"
            raise InvalidError(f"{said}.", "Map another metric with --map, or say --unit percent.")
    above = {alike.get(key, key) for key in shares if largest[key] > 1}
    return frozenset(
        key for key in shares if unit == "percent" or (unit == "auto" and alike.get(key, key) in above)
    )


def _values(series: Series) -> list[float]:
    return [value for value in series.values() if value is not None]
