"""shapes10: ten classes of procedural 32x32 RGB images, drawn here from a fixed seed. numpy only.

Each frequent class has a rare double: of nearly the same hue, and alike in shape for the first three (disc
and ring, square and frame, cross and tee). A loss that ignores the imbalance gives the rare one away; a
weighted one can tell them apart. Position, size, turn, stretch, colours, clutter and noise are random; the
shapes themselves lie in `shapes`.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from trainer.data.cache import DatasetArrays, DatasetInfo, Images, Labels, write_arrays
from trainer.data.shapes import SHAPES, Floats, Shape, length

SIZE = 32
TRAIN_PER_CLASS = 1000
TEST_PER_CLASS = 200

_SEED = 20_260
_RADIUS = (0.40, 0.75)
"""Half-width of a shape as a share of the image's half-width."""
_SHIFT = 0.30
_STRETCH = 0.20
_TURN = 0.8
"""In radians, to either side."""
_HUE_STEP, _HUE_SPREAD = 0.03, 0.03
"""A class and its double stand this far from the hue between them; the deviation of every hue (of 1)."""
_SATURATION, _VALUE = (0.5, 0.9), (0.5, 1.0)
_STROKES_BELOW, _STROKES_ABOVE = 3, 1
_NOISE = (0.02, 0.10)


INFO = DatasetInfo(
    name="shapes10",
    title="Shapes (10 classes, made here)",
    class_names=tuple(SHAPES),
    train_counts=(TRAIN_PER_CLASS,) * len(SHAPES),
    test_counts=(TEST_PER_CLASS,) * len(SHAPES),
    image_size=SIZE,
    source="shapes10/v1",
    ready=False,
    mean=None,
    std=None,
    note="Procedural images, drawn in a few seconds without a network.",
)


def build_shapes10(folder: Path, _: Path, say: Callable[[str], None]) -> None:
    """Draw the whole data set and write it to `folder`; it needs no other place."""
    say("Drawing shapes10")
    write_arrays(folder, make_shapes10(TRAIN_PER_CLASS, TEST_PER_CLASS))


def make_shapes10(train_per_class: int, test_per_class: int) -> DatasetArrays:
    """The data set with these many images of each class; the same numbers always give the same images."""
    train = _render_split(train_per_class, _SEED)
    test = _render_split(test_per_class, _SEED + 1)
    return DatasetArrays(INFO, *train, *test)


def render(shape: Shape, hue: float, count: int, random: np.random.RandomState) -> Images:
    """`count` images of one shape in about this hue (0..1): uint8 [count, 32, 32, 3]."""
    low, high = _gradient_ends(count, random)
    image = low + (high - low) * _ramp(count, random)[..., None]
    image = _scribble(image, _STROKES_BELOW, random)
    image = _paint(image, _place(shape, count, random), _ink(hue, count, random))
    image = _scribble(image, _STROKES_ABOVE, random)
    noise = random.standard_normal(image.shape).astype(np.float32)
    image += noise * _uniform(random, *_NOISE, (count, 1, 1, 1))
    return (np.clip(image, 0, 1) * 255).round().astype(np.uint8)


def _place(shape: Shape, count: int, random: np.random.RandomState) -> Floats:
    """Distances from the shape's edge, moved, turned and stretched: [count, 32, 32], in half-widths."""
    (x, y), each = _grid(), (count, 1, 1)
    x = x - _uniform(random, -_SHIFT, _SHIFT, each)
    y = y - _uniform(random, -_SHIFT, _SHIFT, each)
    radius = _uniform(random, *_RADIUS, each)
    turn = _uniform(random, -_TURN, _TURN, each)
    stretch = np.exp(_uniform(random, -_STRETCH, _STRETCH, each))
    u = (x * np.cos(turn) + y * np.sin(turn)) / (radius * stretch)
    v = (y * np.cos(turn) - x * np.sin(turn)) * stretch / radius
    distance: Floats = shape(u, v) * radius
    return distance


def _uniform(random: np.random.RandomState, low: float, high: float, shape: tuple[int, ...]) -> Floats:
    return random.uniform(low, high, shape).astype(np.float32)


def _render_split(per_class: int, seed: int) -> tuple[Images, Labels]:
    images = [
        render(shape, _hue(label), per_class, np.random.RandomState([seed, label]))
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


def _hue(label: int) -> float:
    """The middle hue of a class; the last class is the first one's double, and so on inwards."""
    double = label >= len(SHAPES) // 2
    pair = len(SHAPES) - 1 - label if double else label
    return pair / (len(SHAPES) / 2) + (_HUE_STEP if double else -_HUE_STEP)


def _ink(hue: float, count: int, random: np.random.RandomState) -> Floats:
    """Colours around `hue`, from hue, saturation and value to RGB: [count, 1, 1, 3]."""
    each = (count, 1, 1, 1)
    hues = hue + _HUE_SPREAD * random.standard_normal(each)
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
