"""What a network says to pictures, picture by picture: one that cannot be read is an answer, too."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from trainer.data.decode import Decoded
from trainer.errors import DataError
from trainer.predicting import BATCH, Predictor
from trainer.system_errors import trouble

Picture = tuple[str, Callable[[], bytes]]
"""What a picture is called, and what reads its file."""
_DIVERGED = "the network says no finite number to it: it diverged in training"


@dataclass(frozen=True)
class PictureAnswer:
    """One picture. error: why there are no probabilities; then nothing else is known but the name.

    predicted: number of the most probable class. width, height, mode: of the file's own picture. turned:
    brought upright, as its EXIF block says. frames: of several pictures in the file, the first was taken.
    seen: what the network got, as a PNG in base64, where that was asked for.
    """

    name: str
    error: str | None = None
    predicted: int | None = None
    probabilities: tuple[float, ...] = ()
    width: int | None = None
    height: int | None = None
    mode: str | None = None
    turned: bool = False
    frames: bool = False
    seen: str | None = None


def answers(predictor: Predictor, pictures: Iterable[Picture], seen: bool = False) -> Iterator[PictureAnswer]:
    """An answer to each picture, in order; no more than a batch of them is held at once."""
    left = iter(pictures)
    while batch := list(islice(left, BATCH)):
        yield from _of_batch(predictor, batch, seen)


def _of_batch(predictor: Predictor, batch: Sequence[Picture], seen: bool) -> Iterator[PictureAnswer]:
    looked = [(name, _look(predictor, read)) for name, read in batch]
    decoded = [found for _, found in looked if isinstance(found, Decoded)]
    pixels = np.array([found.pixels for found in decoded], np.uint8)
    shares = iter(predictor.probabilities(pixels) if decoded else ())
    for name, found in looked:
        if isinstance(found, str):
            yield PictureAnswer(name, error=found)
        else:
            yield _answer(name, found, next(shares), seen)


def _look(predictor: Predictor, read: Callable[[], bytes]) -> Decoded | str:
    """The picture, or why it cannot be read."""
    try:
        return predictor.see(read())
    except DataError as error:
        return error.message
    except OSError as error:
        found = trouble(error)
        return found.message if found else str(error.strerror or error)


def _answer(name: str, found: Decoded, shares: NDArray[np.float64], seen: bool) -> PictureAnswer:
    if not np.isfinite(shares).all():
        return PictureAnswer(name, error=_DIVERGED)
    width, height = found.shape
    return PictureAnswer(
        name,
        predicted=int(shares.argmax()),
        probabilities=tuple(shares.tolist()),
        width=width,
        height=height,
        mode=found.mode,
        turned=found.turned,
        frames=found.frames,
        seen=_png(found.pixels) if seen else None,
    )


def _png(pixels: NDArray[np.uint8]) -> str:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return b64encode(file.getvalue()).decode()
