"""scenes: images drawn as those of shapes10, together with what was drawn. numpy only.

Their look is that of shapes10 with a wider range of places, sizes and turns, so that there is something to
tell of each, and with none to three scribbles, the third of them over the shape. The ten shapes are equally
often there, and in turn: any first images of a split hold them as evenly as can be. A version, once out, is
drawn the same for ever.

They are no choice of a run: there are four splits in place of two, and what they are for is what they keep.
"""

import dataclasses
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from trainer.arrays import read_npz
from trainer.data.building import building, locked
from trainer.data.cache import Labels
from trainer.data.drawing import Drawing, Look, draw
from trainer.data.shapes import SHAPES
from trainer.data.synthetic import V2, middle_hue
from trainer.errors import DataError

Split = Literal["train", "readout", "validation", "test"]

PER_CLASS: Mapping[Split, int] = {"train": 600, "readout": 100, "validation": 100, "test": 200}
"""Images of each of the ten shapes."""

SOURCE = "scenes/v1"
"""Identity for fingerprints: equal sources hold equal images in equal order."""
FOLDER = SOURCE.replace("/", "-")

LOOK = dataclasses.replace(
    V2,
    info=dataclasses.replace(V2.info, name="scenes", title="Scenes", source=SOURCE),
    seed=20_280, radius=(0.45, 0.75), shift=0.25, turn=0.6,
    strokes_below=2, strokes_above=1, strokes_vary=True,
)  # fmt: skip


@dataclass(frozen=True)
class Scenes(Drawing):
    """N images with what is on them."""

    labels: Labels
    """int64 [N]: which of `SHAPES`."""

    def at(self, rows: NDArray[np.int64] | NDArray[np.bool_] | slice) -> Self:
        """These of the images."""
        return type(self)(**{name: values[rows] for name, values in vars(self).items()})


def draw_scenes(split: Split, per_class: int, look: Look = LOOK) -> Scenes:
    """So many images of each shape; the same numbers always give the same images."""
    seed = look.seed + list(PER_CLASS).index(split)
    drawings = [
        draw(look, shape, middle_hue(look, label), per_class, np.random.RandomState([seed, label]))
        for label, shape in enumerate(SHAPES.values())
    ]
    arrays = {name: _in_turn([vars(one)[name] for one in drawings]) for name in vars(drawings[0])}
    return Scenes(**arrays, labels=np.tile(np.arange(len(SHAPES), dtype=np.int64), per_class))


def load_scenes(split: Split, datasets_dir: Path, say: Callable[[str], None]) -> Scenes:
    """The images of a split. All splits are drawn where they are not on disk yet, which `say` is told.

    Two processes may ask at once. Raises DataError where the files are damaged or the place is not writable.
    """
    target = datasets_dir / FOLDER
    if not target.exists():
        with locked(target):
            _draw_all(target, say)
    try:
        return Scenes(**read_npz(target / f"{split}.npz"))
    except (OSError, ValueError, EOFError, TypeError, zipfile.BadZipFile) as error:
        raise DataError(
            f"The data set in {target} is damaged: {error}",
            "Delete that folder; the data set will be made again.",
        ) from error


def _draw_all(target: Path, say: Callable[[str], None]) -> None:
    """Fill `target`, where nobody has meanwhile."""
    if target.exists():
        return
    say(f"Drawing {LOOK.info.name}")
    with building(target) as draft:
        for split, per_class in PER_CLASS.items():
            np.savez(draft / f"{split}.npz", **vars(draw_scenes(split, per_class)))


def _in_turn(by_class: list[NDArray[Any]]) -> NDArray[Any]:
    """The first of each class, then the second of each."""
    stacked = np.stack(by_class, axis=1)
    return stacked.reshape(-1, *stacked.shape[2:])
