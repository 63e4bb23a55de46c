"""Views of the images behind two settings A and B."""

from app.comparing.view import Delta
from app.views.base import View
from app.views.images.view import SheetView
from trainer.metrics.fields import Figure


class SideView(View):
    """A setting's networks whose mean softmax answers for it; as many as the other side has.

    accuracy: mean of these networks; ensemble_accuracy: of their mean softmax.
    """

    label: str
    run_ids: tuple[int, ...]
    accuracy: Figure
    ensemble_accuracy: Figure


class Split(View):
    """Images by who is right, and McNemar's exact two-sided p of the two numbers that differ.

    It asks whether these networks differ on such images; another seed is another network. `adjusted` is p by
    Holm over the classes of the page. Both are null where A and B are never right alone.
    """

    images: int
    both: int
    only_a: int
    only_b: int
    neither: int
    p: Figure
    adjusted: Figure = None


class ClassSplit(View):
    """The same of a class. recall_a, recall_b: means over the networks.

    delta: A minus B over seeds, as the comparison judges it; null where it does not.
    """

    name: str
    train_count: int
    split: Split
    recall_a: Figure
    recall_b: Figure
    delta: Delta | None


class SideAnswer(View):
    """What a side says to an image; `runs_right` of its networks are right."""

    predicted: str
    right: bool
    confidence: Figure
    truth: Figure
    runs_right: int


class ComparedImage(View):
    """A test image with both answers. dataset_index is null where pictures cannot be shown."""

    index: int
    dataset_index: int | None
    true: str
    a: SideAnswer
    b: SideAnswer


class SharedProbability(View):
    """What both sides give one class."""

    name: str
    train_count: int
    a: Figure
    b: Figure


class OpenCompared(View):
    """One image whole; place, before and after as in the gallery of a run."""

    image: ComparedImage
    picture: str | None
    probabilities: tuple[SharedProbability, ...]
    place: int | None
    before: int | None
    after: int | None


class HardImage(View):
    """An image that every network gets wrong; `said_by` of them say `said`, the class that most say."""

    index: int
    dataset_index: int | None
    true: str
    said: str
    said_by: int


class Agreement(View):
    """How far the networks of a setting agree.

    churn: share of images that two of them answer differently, mean over all pairs. unanimous: share that
    all answer alike. Both are null for one network. ensemble_accuracy: of their mean softmax.
    """

    label: str
    run_ids: tuple[int, ...]
    accuracy: Figure
    ensemble_accuracy: Figure
    churn: Figure
    unanimous: Figure


class SideChoice(View):
    """A class, and the images asked for that are, or were taken for, this class."""

    name: str
    train_count: int
    true: int
    predicted: int


class Taken(View):
    """Of the images of the asked-for true class: those that a side takes for the asked-for answer, and of
    them those that the other side gets right.
    """

    by_a: int
    by_a_right_in_b: int
    by_b: int
    by_b_right_in_a: int


class ComparedImages(View):
    """Test images of A and B. found: of them, those asked for; items: a page of these.

    every_run: networks of all compared settings on these images. hard: those that all of them get wrong;
    agreement: by setting; both only where they are asked for. taken: where a true and an predicted class are
    asked for. left_out: what was compared but not counted here, and why.
    """

    a: SideView
    b: SideView
    images: int
    split: Split
    classes: tuple[ClassSplit, ...]
    choices: tuple[SideChoice, ...]
    taken: Taken | None
    found: int
    items: tuple[ComparedImage, ...]
    every_run: int
    hard: tuple[HardImage, ...]
    agreement: tuple[Agreement, ...]
    sheet: SheetView | None
    unshown: str
    left_out: tuple[str, ...]
    next_from: int | None
    opened: OpenCompared | None
