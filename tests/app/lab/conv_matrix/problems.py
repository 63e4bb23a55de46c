"""Random convolution problems and their torch counterparts, for the tests of the convolution calculator."""

import os
from typing import Any

import torch
import torch.nn.functional as F
from hypothesis import assume
from hypothesis import strategies as st

from app.lab.conv_matrix.formula.geometry import Problem
from app.lab.conv_matrix.formula.problem import conv_problem
from trainer.errors import TheoryError

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "1")))


def small(**changes: Any) -> Problem:
    """One channel, 3x3 kernel on a 3x3 input, with changes."""
    fields: dict[str, Any] = {"channels": 1, "height": 3, "width": 3, "kernel_height": 3, "kernel_width": 3}
    return conv_problem(**{**fields, **changes})


@st.composite
def problems(
    draw: st.DrawFn,
    transposed: bool | None = None,
    largest: int = 6,
    most_groups: int = 2,
    most_channels: int = 2,
) -> Problem:
    """Any small problem that has an output: groups, channels of a group, uneven sides, strides and pads."""

    def pair(low: int, high: int) -> tuple[int, int]:
        return draw(st.integers(low, high)), draw(st.integers(low, high))

    groups = draw(st.integers(1, most_groups))
    turned = draw(st.booleans()) if transposed is None else transposed
    height, width = pair(1, largest)
    kernel_height, kernel_width = pair(1, 4)
    try:
        return conv_problem(
            channels=groups * draw(st.integers(1, most_channels)),
            out_channels=groups * draw(st.integers(1, most_channels)),
            groups=groups,
            height=height,
            width=width,
            kernel_height=kernel_height,
            kernel_width=kernel_width,
            stride=pair(1, 3),
            dilation=pair(1, 3),
            padding=(pair(0, 3), pair(0, 3)),
            flip=draw(st.booleans()),
            transposed=turned,
            output_padding=pair(0, 2) if turned else 0,
        )
    except TheoryError:
        assume(False)
        raise


def torch_output(problem: Problem, weight: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
    """What torch computes for `problem`, [out_channels, height, width]; uneven pads by F.pad or slicing."""
    down, across = problem.vertical, problem.horizontal
    stride, dilation = (down.stride, across.stride), (down.dilation, across.dilation)
    weight = weight.flip(2, 3) if problem.flip else weight
    if not problem.transposed:
        padded = F.pad(image, (across.before, across.after, down.before, down.after))
        return F.conv2d(padded[None], weight, stride=stride, dilation=dilation, groups=problem.groups)[0]
    even = (min(down.before, down.after), min(across.before, across.after))
    longer = F.conv_transpose2d(
        image[None],
        weight,
        stride=stride,
        padding=even,
        dilation=dilation,
        groups=problem.groups,
        output_padding=(down.output_padding, across.output_padding),
    )[0]
    top, left = down.before - even[0], across.before - even[1]
    return longer[:, top : top + problem.output.height, left : left + problem.output.width]
