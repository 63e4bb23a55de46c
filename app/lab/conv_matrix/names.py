"""What things are called and coloured on the page of conv-matrix: pixels, rows, weights, and other addresses.

A weight has one colour everywhere, from its place in the kernel.
"""

import json
from collections.abc import Mapping
from fractions import Fraction

from app.lab.base.calculator import Typed
from app.lab.conv_matrix.calculator import CONV_MATRIX
from app.lab.conv_matrix.views import ConvMatrixView, KernelView

LONGEST_SHORT = 5


def colour(kernel: KernelView, row: int, col: int) -> str:
    """CSS variables of a kernel cell: its row turns the hue, its column the lightness (one row: the hue)."""
    if kernel.height == 1:
        row, col, rows, cols = col, row, kernel.width, 1
    else:
        rows, cols = kernel.height, kernel.width
    return f"--hue:{40 + 360 * row // rows};--step:{col / max(1, cols - 1):.2g}"


def with_minus(number: str) -> str:
    """An exact number with a real minus sign."""
    return number.replace("-", "\N{MINUS SIGN}")


def short_number(number: str) -> str:
    """An exact number for a narrow place: rounded to three digits where it is long."""
    fits = len(number) <= LONGEST_SHORT
    return with_minus(number if fits else f"{float(Fraction(number)):.3g}")


def here(typed: Typed, **other: str) -> str:
    """The page's path with what was typed, and with `other` in its place."""
    return CONV_MATRIX.page({**typed, **other})


def backwards(view: ConvMatrixView, typed: Typed) -> Mapping[str, str]:
    """What to type for A transposed: the other kind of convolution, from the output's size, same kernel."""
    settings, output = view.settings, view.output
    turned = {
        "channels": str(output.channels),
        "height": str(output.height),
        "width": str(output.width),
        "out_channels": str(view.input.channels),
        "padding": pads_text(settings.pads),
        "transposed": "" if settings.transposed else "true",
        "output_padding": pair_text((0, 0) if settings.transposed else view.transpose.output_padding),
    }
    return {**typed, **turned, "image": "", "row": "0", "answer": ""}


def pads_text(pads: tuple[tuple[int, int], tuple[int, int]]) -> str:
    """Pads as they are typed: a number, a pair, or all four."""
    (top, bottom), (left, right) = pads
    if top == bottom and left == right:
        return pair_text((top, left))
    return json.dumps(pads)


def pair_text(pair: tuple[int, int]) -> str:
    """One number where both are the same."""
    return str(pair[0]) if pair[0] == pair[1] else f"{pair[0]}, {pair[1]}"
