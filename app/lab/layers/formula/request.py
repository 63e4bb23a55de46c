"""Reads a stack of layers from a request: mappings with `kind` and the fields of that kind.

torch's own names for a field (kernel_size, out_features, p of a dropout) are taken as well, and those of the
trainer's specifications (channels of a convolution, size of a pool).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.lab.base.formula.exact import is_list, number, refuse
from app.lab.layers.formula.kinds import (
    ACTIVATIONS,
    LARGEST_SIDE,
    LARGEST_WINDOW,
    MOST_CHANNELS,
    MOST_FEATURES,
    MOST_LAYERS,
    SAME,
    Activation,
    BatchNorm,
    Conv,
    Dropout,
    Flatten,
    GlobalPool,
    Layer,
    Linear,
    Pads,
    Pair,
    Pool,
    Shape,
    Window,
)

_OTHER_NAMES = {
    "conv": {"channels": "out_channels", "kernel_size": "kernel"},
    "pool": {"size": "kernel", "kernel_size": "kernel"},
    "linear": {"out_features": "features"},
    "dropout": {"p": "rate"},
}
_FIELDS: dict[str, tuple[str, ...]] = {
    "conv": ("out_channels", "kernel", "stride", "padding", "dilation", "groups", "bias"),
    "pool": ("kernel", "stride", "padding", "mode"),
    "global_pool": (),
    "batch_norm": (),
    "activation": ("name",),
    "flatten": (),
    "dropout": ("rate",),
    "linear": ("features", "bias"),
}


def read_input(values: object) -> Shape:
    """[C, H, W] or [features]. Raises TheoryError naming input or input[1]."""
    if not is_list(values) or len(values) not in (1, 3):
        raise refuse("input", "must be [channels, height, width], or [features]")
    most = (MOST_FEATURES,) if len(values) == 1 else (MOST_CHANNELS, LARGEST_SIDE, LARGEST_SIDE)
    return tuple(_whole(value, f"input[{at}]", 1, most[at]) for at, value in enumerate(values))


def read_layers(values: object) -> tuple[Layer, ...]:
    """1 to MOST_LAYERS layers. Raises TheoryError naming the field: layers[2].kernel."""
    if not is_list(values) or not values:
        raise refuse("layers", "must be a list of at least one layer")
    if len(values) > MOST_LAYERS:
        raise refuse("layers", f"has {len(values)} layers; at most {MOST_LAYERS} are allowed")
    return tuple(_layer(value, f"layers[{at}]") for at, value in enumerate(values))


def _layer(value: object, path: str) -> Layer:
    kind = value.get("kind") if isinstance(value, Mapping) else value
    if not isinstance(value, Mapping) or not isinstance(kind, str) or kind not in _FIELDS:
        raise refuse(f"{path}.kind", f"must be one of {', '.join(_FIELDS)}, got {str(kind)[:40]!r}")
    return _READERS[kind](_Given(_named(value, path), path))


def _named(value: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The fields by our names; unknown and doubled ones are refused."""
    kind, named = value["kind"], {}
    for name, entry in value.items():
        ours = _OTHER_NAMES.get(kind, {}).get(name, name)
        if ours != "kind" and ours not in _FIELDS[kind]:
            known = ", ".join(_FIELDS[kind]) or "no field"
            raise refuse(f"{path}.{str(name)[:40]}", f"is unknown for {kind}, which takes {known}")
        if ours in named:
            raise refuse(f"{path}.{name}", f"gives {ours} twice")
        named[ours] = entry
    return named


@dataclass(frozen=True)
class _Given:
    """Reads one layer's fields, naming each by its path."""

    fields: Mapping[str, Any]
    path: str

    def _of(self, name: str, default: object) -> object:
        value = self.fields.get(name)
        if value is None and default is None:
            raise refuse(f"{self.path}.{name}", f"is needed for {self.fields['kind']}")
        return default if value is None else value

    def whole(self, name: str, most: int, default: int | None = None) -> int:
        return _whole(self._of(name, default), f"{self.path}.{name}", 1, most)

    def pair(self, name: str, default: int | Pair | None = None) -> Pair:
        return _pair(self._of(name, default), f"{self.path}.{name}", 1, LARGEST_WINDOW)

    def flag(self, name: str) -> bool:
        value = self._of(name, True)
        if not isinstance(value, bool):
            raise refuse(f"{self.path}.{name}", f"must be true or false, got {str(value)[:40]}")
        return value

    def word(self, name: str, words: Sequence[str]) -> str:
        value = self._of(name, words[0])
        if value not in words:
            raise refuse(f"{self.path}.{name}", f"must be one of {', '.join(words)}, got {str(value)[:40]!r}")
        return str(value)

    def pads(self) -> Pads | Literal["same"]:
        value, path = self._of("padding", 0), f"{self.path}.padding"
        if value in (SAME, "valid"):
            return SAME if value == SAME else ((0, 0), (0, 0))
        if isinstance(value, Sequence) and len(value) == 2 and not isinstance(value[0], (int, float, str)):
            top, left = (_pair(side, f"{path}[{at}]", 0, LARGEST_SIDE) for at, side in enumerate(value))
            return top, left
        vertical, horizontal = _pair(value, path, 0, LARGEST_SIDE)
        return (vertical, vertical), (horizontal, horizontal)

    def rate(self) -> float:
        value = number(self._of("rate", 0.5), f"{self.path}.rate")
        if not 0 <= value < 1:
            raise refuse(f"{self.path}.rate", f"must be at least 0 and below 1, got {self.fields['rate']}")
        return float(value)


def _conv(given: _Given) -> Conv:
    window = Window(given.pair("kernel"), given.pair("stride", 1), given.pads(), given.pair("dilation", 1))
    channels, groups = given.whole("out_channels", MOST_CHANNELS), given.whole("groups", MOST_CHANNELS, 1)
    return Conv(channels, window, groups, given.flag("bias"))


def _pool(given: _Given) -> Pool:
    kernel = given.pair("kernel")
    window = Window(kernel, given.pair("stride", kernel), given.pads())
    if window.padding != SAME:
        for sides, size in zip(window.padding, kernel, strict=True):
            if 2 * max(sides) > size:
                most = f"at most half the kernel of {size}: a window must not lie on padding alone"
                raise refuse(f"{given.path}.padding", f"is {max(sides)}, but may be {most}")
    return Pool("avg" if given.word("mode", ("max", "avg")) == "avg" else "max", window)


_READERS: dict[str, Callable[[_Given], Layer]] = {
    "conv": _conv,
    "pool": _pool,
    "global_pool": lambda _given: GlobalPool(),
    "batch_norm": lambda _given: BatchNorm(),
    "activation": lambda given: Activation(given.word("name", ACTIVATIONS)),
    "flatten": lambda _given: Flatten(),
    "dropout": lambda given: Dropout(given.rate()),
    "linear": lambda given: Linear(given.whole("features", MOST_FEATURES), given.flag("bias")),
}


def _pair(value: object, path: str, least: int, most: int) -> Pair:
    if is_list(value):
        if len(value) != 2:
            raise refuse(path, f"must be a number or a pair (height, width), got {len(value)} numbers")
        first, second = (_whole(entry, f"{path}[{at}]", least, most) for at, entry in enumerate(value))
        return first, second
    both = _whole(value, path, least, most)
    return both, both


def _whole(value: object, path: str, least: int, most: int) -> int:
    exact = number(value, path)
    if exact.denominator != 1 or not least <= exact <= most:
        raise refuse(path, f"must be a whole number from {least} to {most}, got {str(value)[:40]}")
    return int(exact)
