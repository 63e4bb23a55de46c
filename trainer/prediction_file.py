"""The file that keeps a network's predictions on one split: its arrays, written and read. Imports no torch.

A .npz without compression, so that one array is read without the others: `version`, `epoch`, `logits`
float16 [N, C] (clipped to what float16 holds; NaN stays), `predicted` and `labels` [N] in the smallest
unsigned type, `last_bias` and `weight_norms` float32 [C], `fingerprint` and `source` of the data. `predicted`
is the argmax of the logits before they were rounded: rounded ones may tie. Images are in the split's order.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.arrays import read_npz
from trainer.errors import PredictionsError

VERSION = 1
_FORMS = {
    "version": (0, "i"), "epoch": (0, "i"), "fingerprint": (0, "U"), "source": (0, "U"),
    "labels": (1, "u"), "predicted": (1, "u"), "logits": (2, "f"), "last_bias": (1, "f"),
    "weight_norms": (1, "f"),
}  # fmt: skip
"""Dimensions and kind of each array."""
_BY_IMAGE = {"labels", "predicted", "logits"}
_HINT = "Retry or clone the run to have them again."
_LARGEST = float(np.finfo(np.float16).max)


@dataclass(frozen=True)
class Answers:
    """What a network says to each image of a split: logits float32 [N, C], predicted and labels int64 [N]."""

    logits: NDArray[np.float32]
    predicted: NDArray[np.int64]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class LastLayer:
    """Of the layer that makes the logits: its bias and the L2 norm of each class's weights, float32 [C]."""

    bias: NDArray[np.float32]
    weight_norms: NDArray[np.float32]


def encode(answers: Answers, layer: LastLayer, epoch: int, fingerprint: str, source: str) -> bytes:
    """The file's content."""
    kind = np.min_scalar_type(answers.logits.shape[1])
    content = io.BytesIO()
    np.savez(
        content,
        version=np.int64(VERSION),
        epoch=np.int64(epoch),
        logits=answers.logits.clip(-_LARGEST, _LARGEST).astype(np.float16),
        predicted=answers.predicted.astype(kind),
        labels=answers.labels.astype(kind),
        last_bias=layer.bias,
        weight_norms=layer.weight_norms,
        fingerprint=np.str_(fingerprint),
        source=np.str_(source),
    )
    return content.getvalue()


def read_members(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """These arrays of the file, and no others, by name.

    Raises PredictionsError for a file that is damaged, foreign or of another version.
    """
    try:
        wanted = ("version", *names)
        stored = read_npz(path, wanted.__contains__)
        found = {name: np.asarray(stored[name]) for name in wanted}
    except Exception as error:  # zipfile and numpy raise a dozen unrelated types for a damaged file
        said = f"{path.name} cannot be read as predictions ({type(error).__name__})."
        raise PredictionsError(said, _HINT) from error
    if not _well_formed(found) or found["version"] != VERSION:
        raise PredictionsError(f"{path.name} does not hold predictions of version {VERSION}.", _HINT)
    return found


def _well_formed(found: dict[str, NDArray[Any]]) -> bool:
    """Whether each array has its dimensions and kind, and those by image are equally long."""
    forms = all((found[name].ndim, found[name].dtype.kind) == _FORMS[name] for name in found)
    return forms and len({len(found[name]) for name in _BY_IMAGE & found.keys()}) <= 1
