"""The images behind a run's figures, with what the network said to each."""

from typing import Literal

from app.views.base import View
from app.views.images.view import SheetView
from trainer.metrics.fields import Figure


class GalleryImage(View):
    """An image of the split, by its number there, and the network's answer to it.

    dataset_index: its number in the data set's own split; null where its picture cannot be shown.
    confidence, truth: softmax probability of the answered and of the true class. margin: confidence less the
    largest of the others. loss: cross-entropy. All are null where the network diverged.
    """

    index: int
    dataset_index: int | None
    true: str
    predicted: str
    right: bool
    confidence: Figure
    truth: Figure
    margin: Figure
    loss: Figure


class Probability(View):
    """What the network gives one class."""

    name: str
    train_count: int
    probability: Figure


class OpenImage(View):
    """One image whole: `picture` is its address below the root; probabilities are in tail order.

    place: in what is asked for, from 0; null where it is not among that. before, after: its neighbours there.
    """

    image: GalleryImage
    picture: str | None
    probabilities: tuple[Probability, ...]
    place: int | None
    before: int | None
    after: int | None


class ClassChoice(View):
    """A class, its training images, and images asked for that are, or were taken for, this class."""

    name: str
    train_count: int
    group: str
    true: int
    predicted: int


class TypicalRow(View):
    """Images of a class to which the network gives a middling probability of it, nearest the median first."""

    name: str
    train_count: int
    median: Figure
    images: tuple[GalleryImage, ...]


class Gallery(View):
    """Images of a run's split after `epoch`.

    images: of the split; found: of them, those asked for; items: a page of these, with a sheet of their
    pictures in the same order. No sheet where pictures cannot be shown: `unshown` says why. classes: most
    training images first; their counts leave out what is asked of the same side.
    """

    run_id: int
    name: str
    split: Literal["test", "validation"]
    epoch: int
    images: int
    found: int
    classes: tuple[ClassChoice, ...]
    items: tuple[GalleryImage, ...]
    typical: tuple[TypicalRow, ...]
    sheet: SheetView | None
    unshown: str
    next_from: int | None
    opened: OpenImage | None
