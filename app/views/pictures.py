"""The view of what a run's network says to pictures that somebody shows it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from app.views.base import View


class PictureView(View):
    """One picture: a class and its probability for each of the view's `classes`, or why there are none.

    width, height, mode: of the file's own picture. turned: brought upright, as its EXIF block says. frames:
    of several pictures in the file, the first was taken. seen: what the network got, as a PNG in base64,
    where that was asked for.
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


def picture_view(told: Mapping[str, Any], classes: Sequence[str]) -> PictureView:
    """The fields of a trainer's PictureAnswer with the names of its classes."""
    at, shares = told["predicted"], told["probabilities"]
    known = {} if at is None else {"predicted": classes[at], "probability": shares[at]}
    return PictureView.model_validate({**told, "predicted": None, "probability": None, **known})


def ranked(view: PicturesView, picture: PictureView, most: int) -> Iterable[tuple[str, float]]:
    """The `most` probable classes of a picture, the most probable one first."""
    pairs = sorted(zip(view.classes, picture.probabilities, strict=True), key=lambda pair: -pair[1])
    return pairs[:most]
