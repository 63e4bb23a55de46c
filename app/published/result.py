"""A published result, and whether it agrees with itself: on a balanced test set the accuracy is the mean.

A row that does not is flagged with a reason and shown as it was published, never corrected.
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.views.base import View
from trainer.metrics.fields import Figure

BEST_TEST_EPOCH = "The best test epoch counts."
"""How a recipe says so, which goes with the row to every table and file."""

Fraction = Annotated[float, Field(ge=0, le=1)]


class Result(BaseModel):
    """Accuracies are fractions 0..1; `classes` is () where only the overall figure was published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    group: str
    label: str
    dataset: str = ""
    """Its name in a configuration, such as cifar10; "" where it is not known."""
    imbalance_ratio: float | None = None
    """Largest training class / smallest."""
    accuracy: Fraction | None
    """Overall, on test."""
    classes: tuple[Fraction | None, ...] = ()
    class_names: tuple[str, ...] = ()
    source: str
    recipe: str = ""
    note: str = ""
    own: bool = False
    """Added by a user."""
    best_test_epoch: bool = False
    """The source counts the epoch that is best on the test set; `recipe` says so, too."""
    imported: bool = False
    """Of runs that another tool has recorded."""


class PublishedRow(View):
    """A published result. Accuracies are fractions; `inconsistent` says why the row contradicts itself."""

    id: str
    group: str
    """The table it belongs to, such as "write-up" or "CIFAR-10-LT ResNet-32"."""
    label: str
    dataset: str
    imbalance_ratio: Figure
    accuracy: Figure
    classes: tuple[Figure, ...]
    """Recall by class in the data set's own order; () where only the overall figure was published."""
    class_names: tuple[str, ...]
    source: str
    recipe: str
    note: str
    inconsistent: str
    own: bool
    """Added by a user."""
    best_test_epoch: bool
    """The source counts the epoch that is best on the test set, which flatters; false where not known."""
    imported: bool = False
    """Of runs that another tool has recorded and `betaboard import` has read."""


class PublishedList(View):
    """All rows, group by group."""

    items: tuple[PublishedRow, ...]


TOLERANCE = 0.0006
"""Cells rounded to 0.1 points move a mean by at most 0.05; the overall figure's rounding adds 0.005."""
BALANCED_TESTS = frozenset({"shapes10", "shapes10-v1", "cifar10", "cifar100", "fashion_mnist"})
"""Data sets with as many test images of one class as of another."""


def inconsistency(result: Result) -> str:
    """Why the row contradicts itself, as a sentence in percent; "" where it does not or cannot be checked."""
    cells = [cell for cell in result.classes if cell is not None]
    if result.accuracy is None or len(cells) < max(1, len(result.classes)):
        return ""
    if result.dataset in BALANCED_TESTS:
        return _not_the_mean(cells, result.accuracy, result.class_names)
    return _out_of_range(cells, result.accuracy)


def _not_the_mean(cells: Sequence[float], accuracy: float, names: Sequence[str]) -> str:
    mean = sum(cells) / len(cells)
    if abs(mean - accuracy) <= TOLERANCE:
        return ""
    wrong = f"The mean of the {len(cells)} classes is {_percent(mean)}, not the stated {_percent(accuracy)}"
    return f"{wrong}, though the test set is balanced{_shifted(cells, names)}."


def _shifted(cells: Sequence[float], names: Sequence[str]) -> str:
    """The diagnosis of a row written one column too far right, its own mean in the first cell."""
    first, rest = cells[0], cells[1:]
    mean = sum(rest) / len(cells)
    if len(cells) < 3 or abs(mean - first) > TOLERANCE:
        return ""
    last = f" for {names[-1]}" if names else " at the end"
    return (
        ". The row looks shifted by one column: without its first cell, the rest read one class earlier "
        f"with 0.0{last}, the mean is {_percent(mean)}, which is the first cell itself"
    )


def _out_of_range(cells: Sequence[float], accuracy: float) -> str:
    """Whatever the shares of the classes, the overall accuracy lies between the worst and the best."""
    if min(cells) - TOLERANCE <= accuracy <= max(cells) + TOLERANCE:
        return ""
    span = f"{_percent(min(cells))} to {_percent(max(cells))}"
    return f"The stated {_percent(accuracy)} lies outside the classes' own range, {span}."


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f}"
