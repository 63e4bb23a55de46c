"""The renderer of the procedural images: what a look says, what one drawing comes to. numpy only.

A drawing keeps what it drew, so that a task can ask for it. A look asks for its random numbers in one order
for ever: what is added to the renderer draws none, or draws them only for looks that ask for it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from trainer.data.cache import DatasetInfo, Images
from trainer.data.shapes import Floats, Shape, length

SIZE = 32

_STRETCH = 0.20
_SATURATION, _VALUE = (0.5, 0.9), (0.5, 1.0)

Range = tuple[float, float]
Booleans = NDArray[np.bool_]
Counts = NDArray[np.uint8]


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
    strokes_vary: bool = False
    """Each image has from none to all of the strokes, equally often; those below the shape come first."""


@dataclass(frozen=True)
class Placement:
    """Where shapes lie: float32 [N] each. Positions and lengths are shares of the image's half-width."""

    x: Floats
    """Of the centre, from the middle of the image to the right."""
    y: Floats
    """Of the centre, downwards."""
    radius: Floats
    turn: Floats
    """In radians, from right to down."""
    stretch: Floats
    """The shape is so many times as wide along its own horizontal, and as many times less tall."""


@dataclass(frozen=True)
class Drawing(Placement):
    """N images of one look, and what is on them; arrays are float32 [N] where nothing else is said."""

    images: Images
    """uint8 [N, 32, 32, 3]."""
    clean: Images
    """The same before the noise."""
    mask: Booleans
    """[N, 32, 32]: where the shape is, also below the strokes that were drawn after it."""
    hue: Floats
    """Of the shape's ink, from 0 to 1."""
    ramp_direction: Floats
    """Whither the background gets lighter, in radians from right to down, from 0 to 2 pi."""
    ramp_strength: Floats
    """By how much (0 is black, 1 white), over one width of the image in that direction."""
    noise: Floats
    """Standard deviation of the noise, in the same unit."""
    scribbles: Counts
    """uint8 [N]: strokes that were drawn."""
    scribbles_seen: Counts
    """uint8 [N]: those of which at least one pixel's worth shows in the end."""


def draw(look: Look, shape: Shape, hue: float, count: int, random: np.random.RandomState) -> Drawing:
    """`count` images of one shape in about this hue (0..1)."""
    low, high = _gradient_ends(count, random)
    angle = _uniform(random, 0, 2 * np.pi, (count, 1, 1))
    image = low + (high - low) * _ramp(angle)[..., None]
    scribbles, covers = _how_many(look, count, random), []
    for number in range(look.strokes_below):
        image, cover = _scribble(image, scribbles > number, random)
        covers.append(cover)
    placement = _place(look, count, random)
    distance = signed_distance(shape, placement)
    hues = hue + look.hue_spread * random.standard_normal((count, 1, 1, 1))
    image, cover = _paint(image, distance, _ink(hues, random))
    covers.append(cover)
    for number in range(look.strokes_below, look.strokes_below + look.strokes_above):
        image, cover = _scribble(image, scribbles > number, random)
        covers.append(cover)
    noise = random.standard_normal(image.shape).astype(np.float32)
    level = _uniform(random, *look.noise, (count, 1, 1, 1))
    shown = np.delete(_shown(covers), look.strokes_below, axis=0) >= 1
    slope = (high - low)[:, 0, 0, 0] / np.float32(np.sqrt(2))
    return Drawing(
        images=_levels(image + noise * level),
        clean=_levels(image),
        mask=distance < 0,
        **vars(placement),
        hue=_float32(hues.ravel() % 1),
        ramp_direction=_float32((angle.ravel() + np.pi * (slope < 0)) % (2 * np.pi)),
        ramp_strength=np.abs(slope),
        noise=level.ravel(),
        scribbles=scribbles.astype(np.uint8),
        scribbles_seen=shown.sum(0, dtype=np.uint8),
    )


def signed_distance(shape: Shape, placement: Placement, size: int = SIZE) -> Floats:
    """The shape's own value, in half-widths, at the centres of size x size pixels: float32 [N, size, size].

    It is negative inside and 0 on the outline, but away from it no Euclidean distance under a stretch.
    """
    turn, stretch, radius = (
        each[:, None, None] for each in (placement.turn, placement.stretch, placement.radius)
    )
    right, down = _grid(size)
    right, down = right - placement.x[:, None, None], down - placement.y[:, None, None]
    u = (right * np.cos(turn) + down * np.sin(turn)) / (radius * stretch)
    v = (down * np.cos(turn) - right * np.sin(turn)) * stretch / radius
    distance: Floats = shape(u, v) * radius
    return distance


def _place(look: Look, count: int, random: np.random.RandomState) -> Placement:
    return Placement(
        x=_uniform(random, -look.shift, look.shift, (count,)),
        y=_uniform(random, -look.shift, look.shift, (count,)),
        radius=_uniform(random, *look.radius, (count,)),
        turn=_uniform(random, -look.turn, look.turn, (count,)),
        stretch=np.exp(_uniform(random, -_STRETCH, _STRETCH, (count,))),
    )


def _how_many(look: Look, count: int, random: np.random.RandomState) -> NDArray[np.int64]:
    """Strokes of each image."""
    most = look.strokes_below + look.strokes_above
    if look.strokes_vary:
        return random.randint(0, most + 1, count)
    return np.full(count, most)


def _uniform(random: np.random.RandomState, low: float, high: float, shape: tuple[int, ...]) -> Floats:
    return random.uniform(low, high, shape).astype(np.float32)


def _float32(values: NDArray[np.floating]) -> Floats:
    return values.astype(np.float32)


def _levels(image: Floats) -> Images:
    return (np.clip(image, 0, 1) * 255).round().astype(np.uint8)


def _grid(size: int = SIZE) -> tuple[Floats, Floats]:
    """x ([1, size]) and y ([size, 1]) of the pixel centres, -1 to 1."""
    axis = ((2 * np.arange(size) + 1) / size - 1).astype(np.float32)
    return axis[None, :], axis[:, None]


def _ramp(angle: Floats) -> Floats:
    """A linear ramp from 0 to 1 in the direction of `angle` [N, 1, 1]: [N, 32, 32]."""
    x, y = _grid()
    ramp: Floats = (x * np.cos(angle) + y * np.sin(angle)) / np.float32(2 * np.sqrt(2)) + np.float32(0.5)
    return ramp


def _gradient_ends(count: int, random: np.random.RandomState) -> tuple[Floats, Floats]:
    """The background's two colours, nearly gray: [count, 1, 1, 3] each."""
    tint = _uniform(random, -0.1, 0.1, (count, 1, 1, 3))
    middle = _uniform(random, 0.2, 0.7, (count, 1, 1, 1)) + tint
    change = _uniform(random, -0.15, 0.15, (count, 1, 1, 1))
    return middle - change, middle + change


def _ink(hues: NDArray[np.float64], random: np.random.RandomState) -> Floats:
    """Colours of these hues [N, 1, 1, 1], from hue, saturation and value to RGB: [N, 1, 1, 3]."""
    saturation = _uniform(random, *_SATURATION, hues.shape)
    value = _uniform(random, *_VALUE, hues.shape)
    sextant = (np.array([5, 3, 1]) + 6 * hues) % 6
    missing = saturation * np.clip(np.minimum(sextant, 4 - sextant), 0, 1)
    return _float32(value * (1 - missing))


def _paint(image: Floats, distance: Floats, ink: Floats) -> tuple[Floats, Floats]:
    """`ink` over `image` where `distance` (in half-widths) is negative, with a soft edge of one pixel.

    Beside it what share of each pixel was covered: [N, 32, 32].
    """
    cover = np.clip(np.float32(0.5) - distance * np.float32(SIZE / 2), 0, 1)
    painted: Floats = image + (ink - image) * cover[..., None]
    return painted, cover


def _scribble(image: Floats, drawn: Booleans, random: np.random.RandomState) -> tuple[Floats, Floats]:
    """A short thick line in a random colour over those of [N, 32, 32, 3] that are `drawn` [N] upon.

    Beside it what share of each pixel was covered: [N, 32, 32].
    """
    each = (len(image), 1, 1)
    (x, y), angle = _grid(), _uniform(random, 0, np.pi, each)
    x, y = x - _uniform(random, -1, 1, each), y - _uniform(random, -1, 1, each)
    half = _uniform(random, 0.1, 0.35, each)
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    distance = length(along - np.clip(along, -half, half), across) - np.float32(0.07)
    distance = np.where(drawn[:, None, None], distance, np.float32(np.inf))
    return _paint(image, distance, _uniform(random, 0, 1, (*each, 3)))


def _shown(covers: list[Floats]) -> Floats:
    """Pixels' worth of each layer that shows in the end: [M, N], of M covers [N, 32, 32], lowest first."""
    left, shown = np.ones_like(covers[0]), []
    for cover in reversed(covers):
        shown.append((left * cover).sum((1, 2)))
        left = left * (1 - cover)
    return np.stack(shown[::-1])
