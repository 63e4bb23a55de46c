"""shapes10: ten classes of procedural 32x32 RGB images, drawn here from a fixed seed. numpy only.

Each frequent class has a rare double: of the same middle hue, and alike in shape for the first three (disc
and ring, square and frame, cross and tee). A loss that ignores the imbalance gives the rare one away; a
weighted one can tell them apart. Position, size, turn, stretch, colours, clutter and noise are random; the
shapes themselves lie in `shapes`. A version, once out, is drawn the same for ever: what a run was trained on
is known by its source, and each look is a version of its own.
"""

import dataclasses
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from trainer.data.cache import DatasetArrays, DatasetInfo, Images, Labels, write_arrays
from trainer.data.drawing import SIZE, Look, draw
from trainer.data.shapes import SHAPES, Shape

TRAIN_PER_CLASS = 1000
TEST_PER_CLASS = 200

_V2_INFO = DatasetInfo(
    name="shapes10",
    title="Shapes (10 classes, made here)",
    class_names=tuple(SHAPES),
    train_counts=(TRAIN_PER_CLASS,) * len(SHAPES),
    test_counts=(TEST_PER_CLASS,) * len(SHAPES),
    image_size=SIZE,
    source="shapes10/v2",
    ready=False,
    mean=None,
    std=None,
    note="Procedural images, drawn in a few seconds without a network.",
)
_V1_INFO = dataclasses.replace(
    _V2_INFO,
    name="shapes10-v1",
    title="Shapes, version 1 (hue alone goes far)",
    source="shapes10/v1",
    note="What shapes10 was at first: hue alone tells half of the classes. For repeating earlier runs.",
)

V1 = Look(
    _V1_INFO, seed=20_260, radius=(0.40, 0.75), shift=0.30, turn=0.8, hue_step=0.03, hue_spread=0.03,
    strokes_below=3, strokes_above=1, noise=(0.02, 0.10),
)  # fmt: skip
V2 = Look(
    _V2_INFO, seed=20_270, radius=(0.55, 0.80), shift=0.15, turn=0.4, hue_step=0.0, hue_spread=0.08,
    strokes_below=1, strokes_above=0, noise=(0.02, 0.06),
)  # fmt: skip
"""The hues of neighbouring pairs overlap and a double has its class's own: shape must be looked at
(tests/benchmarks/shapes_hue.py). Less clutter than in version 1 makes up for what hue no longer tells."""


def builder(look: Look) -> Callable[[Path, Path, Callable[[str], None]], None]:
    """What draws this version and writes it to a folder; it needs no other place."""
    return partial(_build, look)


def _build(look: Look, folder: Path, _: Path, say: Callable[[str], None]) -> None:
    say(f"Drawing {look.info.name}")
    write_arrays(folder, make_shapes10(TRAIN_PER_CLASS, TEST_PER_CLASS, look))


def make_shapes10(train_per_class: int, test_per_class: int, look: Look = V2) -> DatasetArrays:
    """The data set with these many images of each class; the same numbers always give the same images."""
    train = _render_split(look, train_per_class, look.seed)
    test = _render_split(look, test_per_class, look.seed + 1)
    return DatasetArrays(look.info, *train, *test)


def render(look: Look, shape: Shape, hue: float, count: int, random: np.random.RandomState) -> Images:
    """`count` images of one shape in about this hue (0..1): uint8 [count, 32, 32, 3]."""
    return draw(look, shape, hue, count, random).images


def _render_split(look: Look, per_class: int, seed: int) -> tuple[Images, Labels]:
    images = [
        render(look, shape, middle_hue(look, label), per_class, np.random.RandomState([seed, label]))
        for label, shape in enumerate(SHAPES.values())
    ]
    return np.concatenate(images), np.repeat(np.arange(len(SHAPES)), per_class).astype(np.int64)


def middle_hue(look: Look, label: int) -> float:
    """The middle hue of a class; the last class is the first one's double, and so on inwards."""
    double = label >= len(SHAPES) // 2
    pair = len(SHAPES) - 1 - label if double else label
    return pair / (len(SHAPES) / 2) + (look.hue_step if double else -look.hue_step)
