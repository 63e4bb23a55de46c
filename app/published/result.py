"""A published result: one accuracy of one method on one data set, perhaps with its recall by class."""

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


class PublishedList(View):
    """All rows, group by group."""

    items: tuple[PublishedRow, ...]
