"""shapes10: ten classes of procedural 32x32 RGB images, drawn here from a fixed seed. numpy only.

Each frequent class has a rare double: of the same middle hue, and alike in shape for the first three (disc
and ring, square and frame, cross and tee). A loss that ignores the imbalance gives the rare one away; a
weighted one can tell them apart. Position, size, turn, stretch, colours, clutter and noise are random; the
shapes themselves lie in `shapes`. A version, once out, is drawn the same for ever: what a run was trained on
is known by its source, and each look is a version of its own.
"""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from trainer.data.cache import DatasetArrays, DatasetInfo, Images, Labels, write_arrays
from trainer.data.shapes import SHAPES, Floats, Shape, length

SIZE = 32
TRAIN_PER_CLASS = 1000
TEST_PER_CLASS = 200

_STRETCH = 0.20
_SATURATION, _VALUE = (0.5, 0.9), (0.5, 1.0)

Range = tuple[float, float]


@dataclass(frozen=True)
class Look:
    """What tells one version from another; lengths are shares of the image's half-width."""

    info: DatasetInfo
    seed: int
    """Of the training images; the next one draws the test images."""
    radius: Range
    """Half-width of a shape."""
    shift: float
    turn: float
    """In radians, to either side."""
    hue_step: float
    """A class and its double stand this far (of 1) from the hue between them."""
    hue_spread: float
    """Standard deviation of the hue within a class, of 1."""
    strokes_below: int
    strokes_above: int
    noise: Range


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
    low, high = _gradient_ends(count, random)
    image = low + (high - low) * _ramp(count, random)[..., None]
    image = _scribble(image, look.strokes_below, random)
    image = _paint(image, _place(look, shape, count, random), _ink(hue, look.hue_spread, count, random))
    image = _scribble(image, look.strokes_above, random)
    noise = random.standard_normal(image.shape).astype(np.float32)
    image += noise * _uniform(random, *look.noise, (count, 1, 1, 1))
    return (np.clip(image, 0, 1) * 255).round().astype(np.uint8)


def _place(look: Look, shape: Shape, count: int, random: np.random.RandomState) -> Floats:
    """Distances from the shape's edge, moved, turned and stretched: [count, 32, 32], in half-widths."""
    (x, y), each = _grid(), (count, 1, 1)
    x = x - _uniform(random, -look.shift, look.shift, each)
    y = y - _uniform(random, -look.shift, look.shift, each)
    radius = _uniform(random, *look.radius, each)
    turn = _uniform(random, -look.turn, look.turn, each)
    stretch = np.exp(_uniform(random, -_STRETCH, _STRETCH, each))
    u = (x * np.cos(turn) + y * np.sin(turn)) / (radius * stretch)
    v = (y * np.cos(turn) - x * np.sin(turn)) * stretch / radius
    distance: Floats = shape(u, v) * radius
    return distance


def _uniform(random: np.random.RandomState, low: float, high: float, shape: tuple[int, ...]) -> Floats:
    return random.uniform(low, high, shape).astype(np.float32)


def _render_split(look: Look, per_class: int, seed: int) -> tuple[Images, Labels]:
    images = [
        render(look, shape, _hue(look, label), per_class, np.random.RandomState([seed, label]))
        for label, shape in enumerate(SHAPES.values())
    ]
    return np.concatenate(images), np.repeat(np.arange(len(SHAPES)), per_class).astype(np.int64)


def _grid() -> tuple[Floats, Floats]:
    """x ([1, 32]) and y ([32, 1]) of the pixel centres, -1 to 1."""
    axis = ((2 * np.arange(SIZE) + 1) / SIZE - 1).astype(np.float32)
    return axis[None, :], axis[:, None]


def _ramp(count: int, random: np.random.RandomState) -> Floats:
    """A linear ramp from 0 to 1 in a random direction: [count, 32, 32]."""
    (x, y), angle = _grid(), _uniform(random, 0, 2 * np.pi, (count, 1, 1))
    ramp: Floats = (x * np.cos(angle) + y * np.sin(angle)) / np.float32(2 * np.sqrt(2)) + np.float32(0.5)
    return ramp


def _gradient_ends(count: int, random: np.random.RandomState) -> tuple[Floats, Floats]:
    """The background's two colours, nearly gray: [count, 1, 1, 3] each."""
    tint = _uniform(random, -0.1, 0.1, (count, 1, 1, 3))
    middle = _uniform(random, 0.2, 0.7, (count, 1, 1, 1)) + tint
    change = _uniform(random, -0.15, 0.15, (count, 1, 1, 1))
    return middle - change, middle + change


def _hue(look: Look, label: int) -> float:
    """The middle hue of a class; the last class is the first one's double, and so on inwards."""
    double = label >= len(SHAPES) // 2
    pair = len(SHAPES) - 1 - label if double else label
    return pair / (len(SHAPES) / 2) + (look.hue_step if double else -look.hue_step)


def _ink(hue: float, spread: float, count: int, random: np.random.RandomState) -> Floats:
    """Colours around `hue`, from hue, saturation and value to RGB: [count, 1, 1, 3]."""
    each = (count, 1, 1, 1)
    hues = hue + spread * random.standard_normal(each)
    saturation, value = _uniform(random, *_SATURATION, each), _uniform(random, *_VALUE, each)
    sextant = (np.array([5, 3, 1]) + 6 * hues) % 6
    missing = saturation * np.clip(np.minimum(sextant, 4 - sextant), 0, 1)
    ink: Floats = (value * (1 - missing)).astype(np.float32)
    return ink


def _paint(image: Floats, distance: Floats, ink: Floats) -> Floats:
    """Lay `ink` over `image` where `distance` (in half-widths) is negative, with a soft edge of one pixel."""
    cover = np.clip(np.float32(0.5) - distance * np.float32(SIZE / 2), 0, 1)[..., None]
    painted: Floats = image + (ink - image) * cover
    return painted


def _scribble(image: Floats, strokes: int, random: np.random.RandomState) -> Floats:
    """Draw short thick lines in random colours over [count, 32, 32, 3]."""
    each = (len(image), 1, 1)
    for _ in range(strokes):
        (x, y), angle = _grid(), _uniform(random, 0, np.pi, each)
        x, y = x - _uniform(random, -1, 1, each), y - _uniform(random, -1, 1, each)
        half = _uniform(random, 0.1, 0.35, each)
        along = x * np.cos(angle) + y * np.sin(angle)
        across = y * np.cos(angle) - x * np.sin(angle)
        distance = length(along - np.clip(along, -half, half), across) - np.float32(0.07)
        image = _paint(image, distance, _uniform(random, 0, 1, (*each, 3)))
    return image
