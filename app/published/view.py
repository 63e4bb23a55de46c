"""Views of published results: rows from papers and repositories, each with source, recipe and check."""

from app.views.base import View
from trainer.metrics.fields import Figure


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
