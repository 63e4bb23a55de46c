"""The reply of the layers calculator: shapes, cost and receptive field of each layer of a stack."""

from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer

from app.lab.base.formula.derivation import Line
from app.lab.layers.formula.stack import Totals
from app.views.base import View

Pair = tuple[int, int]
_BOTH = BeforeValidator(lambda value: (value, value) if isinstance(value, int) else value)
_SHORT = PlainSerializer(lambda pair: pair[0] if pair[0] == pair[1] else pair, int | Pair, when_used="json")
NumberOrPair = Annotated[Pair, _BOTH, _SHORT]
"""(height, width); in JSON, as in requests, one number where both are equal."""


class WindowView(View):
    """The sliding window of a convolution or pooling: (height, width) pairs; padding by side."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    dilation: tuple[int, int]
    groups: int


class LayerRowView(View):
    """One layer, for one image.

    text: as it is typed. input and output: (channels, height, width) or (features,). activations: numbers in
    the output; activation_bytes: the same in float32. receptive_field: pixels of the input that one
    output sees, padding included; jump: pixels between neighbours; both null behind a layer that sees all.
    unused_border: rows at the bottom and columns at the right of this layer's input that no window reads;
    unread: pixels of a channel that none reads, gaps between windows included. note: a sentence where there
    are any, else "".
    """

    text: str
    kind: str
    input: tuple[int, ...]
    output: tuple[int, ...]
    window: WindowView | None
    parameters: int
    multiply_adds: int
    activations: int
    activation_bytes: int
    receptive_field: NumberOrPair | None
    jump: NumberOrPair | None
    unused_border: NumberOrPair
    unread: int
    note: str
    derivation: tuple[Line, ...]


class LayersView(View):
    """The reply. output: the shape behind the last layer; notes: those of the rows, each with its layer."""

    input: tuple[int, ...]
    output: tuple[int, ...]
    rows: tuple[LayerRowView, ...]
    totals: Totals
    notes: tuple[str, ...]
