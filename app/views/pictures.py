"""The view of what a run's network says to pictures that somebody shows it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any, Literal

from app.views.base import View


class PictureView(View):
    """One picture: a class and its probability for each of the view's `classes`, or why there are none.

    width, height, mode: of the file's own picture. turned: brought upright, as its EXIF block says. frames: of
    several pictures in the file, the first was taken. seen: what the network got, as a PNG in base64, where
    that was asked for.
    """

    name: str
    error: str | None
    predicted: str | None
    probability: float | None
    probabilities: tuple[float, ...]
    width: int | None
    height: int | None
    mode: str | None
    turned: bool
    frames: bool
    seen: str | None


class PicturesView(View):
    """What the network of a run said, after `epoch`, to pictures of image_size x image_size pixels.

    Probabilities are the softmax of its logits, as of its kept predictions; they are not calibrated.
    """

    run_id: int
    at: Literal["last", "best"]
    epoch: int
    classes: tuple[str, ...]
    image_size: int
    items: tuple[PictureView, ...]


def picture_view(answer: Any, classes: Sequence[str]) -> PictureView:
    """An answer of the trainer (PictureAnswer, or the same as JSON) with the names of its classes."""
    told: Mapping[str, Any] = (
        asdict(answer) if is_dataclass(answer) and not isinstance(answer, type) else answer
    )
    at, shares = told["predicted"], told["probabilities"]
    named = {
        "predicted": None if at is None else classes[at],
        "probability": None if at is None else shares[at],
    }
    return PictureView.model_validate({**told, **named})


def ranked(view: PicturesView, picture: PictureView, most: int) -> Iterable[tuple[str, float]]:
    """The `most` probable classes of a picture, the most probable one first."""
    pairs = sorted(zip(view.classes, picture.probabilities, strict=True), key=lambda pair: -pair[1])
    return pairs[:most]
