"""The layers that a stack may hold, how large they may be, and each as a line of text, both ways.

Lines are "conv 32 k3 s2 p1 nobias", "pool k2", "relu", "linear 10". k, s, p, d, g: kernel, stride, padding,
dilation, groups; k3x5 is 3 high and 5 wide; p0:1x0:1 pads bottom and right only; psame pads as TensorFlow
does. Requests are read and checked in `request`; how layers meet an input is in `stack`.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal

from app.lab.base.formula.exact import refuse

Pair = tuple[int, int]
Pads = tuple[Pair, Pair]
"""((top, bottom), (left, right))."""
Shape = tuple[int, ...]

MOST_LAYERS, MOST_CHANNELS, MOST_FEATURES = 200, 100_000, 10_000_000
LARGEST_SIDE, LARGEST_WINDOW = 4096, 128
"""The latter is that of kernels, strides and dilations."""
ACTIVATIONS = ("relu", "leaky_relu", "gelu", "sigmoid", "tanh", "softmax")
SAME: Literal["same"] = "same"

KNOWN = "conv, pool, avgpool, global_pool, batch_norm, relu, flatten, dropout, linear"
_OWN_NAMES = ("conv", "pool", "global_pool", "batch_norm", "flatten", "dropout", "linear")
_OTHER_NAMES = {"maxpool": "pool", "bn": "batch_norm", "fc": "linear"}
_KINDS: dict[str, dict[str, Any]] = {name: {"kind": name} for name in _OWN_NAMES}
_KINDS |= {name: {"kind": own} for name, own in _OTHER_NAMES.items()}
_KINDS |= {name: {"kind": "activation", "name": name} for name in ACTIVATIONS}
_KINDS["avgpool"] = {"kind": "pool", "mode": "avg"}
_BARE = {"conv": "out_channels", "pool": "kernel", "linear": "features", "dropout": "rate"}
_LETTERS = {"k": "kernel", "s": "stride", "p": "padding", "d": "dilation", "g": "groups"}
_WORD = re.compile(r"([kspdg])=?(same|[0-9]+(?::[0-9]+)?(?:x[0-9]+(?::[0-9]+)?)?)")


@dataclass(frozen=True)
class Window:
    """What slides over the input, as (height, width). `padding` "same" depends on the input."""

    kernel: Pair
    stride: Pair
    padding: Pads | Literal["same"]
    dilation: Pair = (1, 1)


@dataclass(frozen=True)
class Conv:
    """Convolution of `groups` groups of channels."""

    out_channels: int
    window: Window
    groups: int
    bias: bool


@dataclass(frozen=True)
class Pool:
    """Largest or mean value of each window."""

    mode: Literal["max", "avg"]
    window: Window


@dataclass(frozen=True)
class GlobalPool:
    """Mean over all positions of a channel; (channels, 1, 1)."""


@dataclass(frozen=True)
class BatchNorm:
    """A scale and a shift per channel or feature; its running mean and variance are not trained."""


@dataclass(frozen=True)
class Activation:
    """An element-wise function without parameters."""

    name: str


@dataclass(frozen=True)
class Flatten:
    """All values in one row."""


@dataclass(frozen=True)
class Dropout:
    """Zeroes a share of the values while training."""

    rate: float


@dataclass(frozen=True)
class Linear:
    """Fully connected."""

    features: int
    bias: bool


Layer = Conv | Pool | GlobalPool | BatchNorm | Activation | Flatten | Dropout | Linear


def parse_line(line: str, path: str) -> dict[str, Any]:
    """One layer's request. Raises TheoryError, naming `path`, for a word that it does not know."""
    first, *words = line.lower().split()
    if first not in _KINDS:
        raise refuse(path, f"starts with {first[:40]!r}; a layer is one of {KNOWN}")
    layer = dict(_KINDS[first])
    for word in words:
        name, value = _read(word, layer["kind"], path)
        if name in layer:
            raise refuse(path, f"gives {name} twice, in {word[:40]!r}")
        layer[name] = value
    return layer


def as_line(layer: Layer) -> str:
    """The shortest line that makes this layer again."""
    match layer:
        case Conv(channels, window, groups, bias):
            words = [f"conv {channels}", *_window(window, (1, 1))]
            return " ".join(words + [f"g{groups}"] * (groups != 1) + ["nobias"] * (not bias))
        case Pool(mode, window):
            return " ".join(["pool" if mode == "max" else "avgpool", *_window(window, window.kernel)])
        case Linear(features, bias):
            return f"linear {features}" + " nobias" * (not bias)
        case Dropout(rate):
            return f"dropout {rate:g}"
        case Activation(name):
            return name
        case _:
            return kind_of(layer)


def kind_of(layer: object) -> str:
    """The name of a layer's kind in a request; those of the trainer's specifications are called alike."""
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", type(layer).__name__).lower()


def _read(word: str, kind: str, path: str) -> tuple[str, Any]:
    """Name and value of one word. Whether the kind takes it is checked with the request."""
    if word == "nobias":
        return "bias", False
    lettered = _WORD.fullmatch(word)
    if lettered:
        return _LETTERS[lettered[1]], _sides(lettered[2], pads=lettered[1] == "p", path=path)
    if kind in _BARE and re.fullmatch(r"[0-9.]+", word):
        return _BARE[kind], word
    raise refuse(path, f"holds {word[:40]!r}; words are such as 32, k3, k3x5, s2, p1, psame, d1, g1, nobias")


def _sides(text: str, pads: bool, path: str) -> Any:
    if text == SAME:
        return SAME
    sides: list[Any] = [[*map(int, side.split(":"))] for side in text.split("x")]
    if any(len(side) == 2 for side in sides):
        if not pads:
            raise refuse(path, f"holds {text[:40]}: only padding has two sides, as p0:1x0:1")
        both = [side * 2 if len(side) == 1 else side for side in sides]
        return both * 2 if len(both) == 1 else both
    return sides[0][0] if len(sides) == 1 else [side[0] for side in sides]


def _window(window: Window, usual_stride: Pair) -> list[str]:
    words = [f"k{_pair(window.kernel)}"]
    words += [f"s{_pair(window.stride)}"] * (window.stride != usual_stride)
    if window.padding == SAME:
        words.append("psame")
    elif window.padding != ((0, 0), (0, 0)):
        words.append(f"p{_pads(window)}")
    return words + [f"d{_pair(window.dilation)}"] * (window.dilation != (1, 1))


def _pair(pair: Pair) -> str:
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}x{pair[1]}"


def _pads(window: Window) -> str:
    assert window.padding != SAME, "has its own word"
    down, across = (str(side[0]) if side[0] == side[1] else f"{side[0]}:{side[1]}" for side in window.padding)
    return down if down == across else f"{down}x{across}"
