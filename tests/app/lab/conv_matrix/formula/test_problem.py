"""What a convolution's description means, and what is refused with the field's name and the reason."""

from fractions import Fraction
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from app.lab.conv_matrix.formula.derivation import convention, derivation, notes, transposition, unread
from app.lab.conv_matrix.formula.geometry import Problem
from app.lab.conv_matrix.formula.matrix import conv_matrix
from app.lab.conv_matrix.formula.problem import LARGEST
from app.lab.conv_matrix.formula.values import image_values, kernel_values, times_image
from tests.app.lab.conv_matrix.problems import problems, small
from tests.examples import at_most
from trainer.errors import TheoryError


def output_of(problem: Problem, kernel: object, image: object) -> list[Fraction]:
    sparse = conv_matrix(problem)
    return times_image(sparse, kernel_values(problem, kernel), image_values(problem, image)).fractions()


def refused(**changes: Any) -> tuple[str, str, str]:
    with pytest.raises(TheoryError) as caught:
        small(**changes)
    (field,) = caught.value.fields
    return field.path, field.message, caught.value.hint


@pytest.mark.parametrize(
    ("changes", "path", "said"),
    [
        ({"height": 0}, "input.height", "between 1 and"),
        ({"width": 10**6}, "input.width", f"between 1 and {LARGEST}"),
        ({"channels": 1.5}, "input.channels", "whole number"),
        ({"channels": True}, "input.channels", "whole number"),
        ({"out_channels": 0}, "out_channels", "between 1 and"),
        ({"groups": 2}, "groups", "does not divide the 1 input channels"),
        ({"groups": 2, "channels": 2}, "groups", "does not divide the 1 output channels"),
        ({"stride": 0}, "stride", "between 1 and"),
        ({"stride": (1, 2, 3)}, "stride", "a pair"),
        ({"dilation": (1, 0)}, "dilation", "between 1 and"),
        ({"padding": -1}, "padding", "between 0 and"),
        ({"padding": "full"}, "padding", '"same" or "valid"'),
        ({"padding": [[1, 1], [1]]}, "padding", "[[top, bottom], [left, right]]"),
        ({"padding": [[1, 1], 1]}, "padding", "[[top, bottom], [left, right]]"),
        ({"padding": "same", "transposed": True}, "padding", "convolution only"),
        ({"kernel_height": 4}, "kernel.height", "a window covers 4 pixels, but the padded input has 3"),
        ({"dilation": 2, "kernel_width": 2, "kernel_height": 3}, "kernel.height", "with dilation 2"),
        ({"output_padding": 1}, "output_padding", "transposed convolution only"),
        ({"transposed": True, "padding": 3}, "padding", "nothing is left"),
        ({"height": 1000, "width": 1000}, "input", "holds 1,000,000 values"),
        ({"out_channels": 500, "height": 9, "width": 9, "padding": 1}, "input", "output of 40,500 values"),
        ({"kernel_height": 301, "kernel_width": 301, "padding": 150}, "kernel", "has 90,601 weights in all"),
        ({"channels": 30, "out_channels": 30, "height": 9, "width": 9}, "input", "non-zeros"),
        (
            {"height": 1, "width": 1, "kernel_height": 40, "kernel_width": 40, "padding": 39},
            "kernel",
            "multipl",
        ),
    ],
)
def test_what_has_no_answer_is_refused_by_name(changes: dict[str, Any], path: str, said: str) -> None:
    found, message, _ = refused(**changes)
    assert found == path
    assert said in message


def test_refusals_say_what_to_do() -> None:
    assert "more padding" in refused(kernel_height=4)[2]
    assert "divisor" in refused(groups=2)[2]
    assert "larger stride" in refused(transposed=True, output_padding=1)[2]


@pytest.mark.parametrize(
    ("padding", "pads"),
    [
        (1, ((1, 1), (1, 1))),
        ((1, 2), ((1, 1), (2, 2))),
        ([[0, 1], [2, 3]], ((0, 1), (2, 3))),
        ("valid", ((0, 0), (0, 0))),
    ],
)
def test_padding_in_all_its_forms(padding: Any, pads: tuple[tuple[int, int], tuple[int, int]]) -> None:
    problem = small(padding=padding)
    down, across = problem.vertical, problem.horizontal
    assert ((down.before, down.after), (across.before, across.after)) == pads
    assert problem.notes == ()


@settings(max_examples=at_most(60), deadline=None)
@given(size=st.integers(1, 9), kernel=st.integers(1, 6), dilation=st.integers(1, 3))
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
def test_same_at_stride_one_is_torchs(size: int, kernel: int, dilation: int) -> None:
    sides = {"height": size, "width": size, "kernel_height": kernel, "kernel_width": kernel}
    problem = small(**sides, dilation=dilation, padding="same")
    image = torch.arange(float(size * size)).reshape(size, size)
    weight = torch.arange(float(kernel * kernel)).reshape(kernel, kernel)
    expected = torch.nn.functional.conv2d(
        image[None, None].double(), weight[None, None].double(), padding="same", dilation=dilation
    )
    assert output_of(problem, weight.tolist(), image.tolist()) == expected.flatten().tolist()


@pytest.mark.parametrize(("size", "pads"), [(9, (2, 2)), (10, (1, 2))])
def test_same_with_a_stride_gives_the_pads_and_says_that_pytorch_refuses_it(
    size: int, pads: tuple[int, int]
) -> None:
    problem = small(height=size, width=size, kernel_height=5, kernel_width=5, stride=2, padding="same")
    for axis in (problem.vertical, problem.horizontal):
        assert (axis.before, axis.after) == pads
        assert axis.out == 5
    (note,) = problem.notes
    assert "PyTorch refuses" in note
    assert f"top {pads[0]}, bottom {pads[1]}, left {pads[0]}, right {pads[1]}" in note
    assert "the extra one is at the bottom or right" in note
    assert note in notes(problem)


@pytest.mark.parametrize(("extra", "size"), [(0, 7), (1, 8)])
def test_output_padding_chooses_among_sizes_that_one_convolution_maps_alike(extra: int, size: int) -> None:
    problem = small(height=4, width=4, stride=2, padding=1, transposed=True, output_padding=extra)
    assert (problem.output.height, problem.output.width) == (size, size)
    assert small(height=size, width=size, stride=2, padding=1).output.height == 4
    assert any("maps 7 and 8 pixels both to 4" in said for said in notes(problem)) == bool(extra)


@pytest.mark.parametrize(
    ("sides", "empty"),
    [
        ({"kernel_height": 1, "kernel_width": 1}, True),
        ({"kernel_height": 1, "kernel_width": 2}, True),
        ({"kernel_height": 2, "kernel_width": 2}, True),
        ({"kernel_height": 2, "kernel_width": 2, "padding": 1}, False),
        ({"kernel_height": 1, "kernel_width": 1, "stride": 3, "padding": 1, "output_padding": (0, 1)}, True),
        ({"kernel_height": 3, "kernel_width": 3}, True),
        ({"kernel_height": 1, "kernel_width": 3, "output_padding": (0, 1)}, True),
    ],
)
def test_output_padding_that_nothing_reaches_is_said_to_be_zero(sides: dict[str, Any], empty: bool) -> None:
    problem = small(**{"height": 2, "width": 2, "stride": 2, "output_padding": 1, **sides}, transposed=True)
    weight = [[1] * problem.horizontal.kernel] * problem.vertical.kernel
    out = output_of(problem, weight, [[1, 1], [1, 1]])
    rows = [out[at : at + problem.output.width] for at in range(0, len(out), problem.output.width)]
    down, across = (axis.output_padding for axis in (problem.vertical, problem.horizontal))
    added = [*rows[len(rows) - down :], *(row[len(row) - across :] for row in rows)]
    assert any(value == 0 for line in added for value in line) == empty
    (said,) = [note for note in notes(problem) if "output_padding" in note]
    assert ("zero where nothing reaches it" in said) == empty
    assert ("not filled with zeros" in said) != empty


def test_rows_from_output_padding_are_computed_not_zero() -> None:
    kernel = [[5 * row + column + 1 for column in range(5)] for row in range(5)]
    sides = {"height": 1, "width": 1, "kernel_height": 5, "kernel_width": 5}
    problem = small(**sides, stride=2, padding=2, transposed=True, output_padding=1)
    assert output_of(problem, kernel, [[1]]) == [13, 14, 18, 19]
    assert any("not filled with zeros" in said for said in notes(problem))
    path, message, _ = refused(**sides, stride=1, padding=2, transposed=True, output_padding=1)
    assert path == "output_padding"
    assert "must be smaller than the stride (1) or the dilation (1)" in message


@pytest.mark.parametrize(
    ("stride", "dilation", "extra"), [(1, 1, 1), (1, 3, 2), (2, 1, 1), (2, 1, 2), (1, 3, 3)]
)
def test_output_padding_is_refused_where_torch_refuses_it(stride: int, dilation: int, extra: int) -> None:
    fields = {"stride": stride, "dilation": dilation, "output_padding": extra}
    image = torch.ones(1, 1, 3, 3)
    try:
        torch.nn.functional.conv_transpose2d(
            image, image, stride=stride, dilation=dilation, output_padding=extra
        )
    except RuntimeError:
        assert refused(transposed=True, **fields)[0] == "output_padding"
    else:
        assert small(transposed=True, **fields).vertical.output_padding == extra


@pytest.mark.parametrize(("flip", "expected"), [(False, [37, 47, 67, 77]), (True, [23, 33, 53, 63])])
def test_a_layer_does_not_flip_and_is_not_the_full_convolution(flip: bool, expected: list[int]) -> None:
    problem = small(kernel_height=2, kernel_width=2, flip=flip)
    sparse = conv_matrix(problem)
    assert sparse.shape == (4, 9)
    assert output_of(problem, [[1, 2], [3, 4]], [[1, 2, 3], [4, 5, 6], [7, 8, 9]]) == expected
    if not flip:
        assert sparse.label_rows()[0] == ["w(0,0)", "w(0,1)", "0", "w(1,0)", "w(1,1)", "0", "0", "0", "0"]
        assert convention(problem).startswith("The kernel is not flipped")
    assert "has 4 x 4 outputs; a layer with these pads has 2 x 2" in notes(problem)[0]


def test_unread_pixels_are_named() -> None:
    said = unread(small(stride=4, padding=2))
    assert said == "No window reads row 1 of the input. No window reads column 1 of the input."
    left = unread(small(height=4, kernel_width=2, kernel_height=2, stride=(3, 1)))
    assert (
        left == "No window reads rows 2, 3 of the input. The floor leaves out rows 2, 3 of the padded input."
    )
    assert "columns 1, 3 of the output: zero" in unread(small(kernel_width=1, stride=2, transposed=True))
    assert unread(small()) == ""
    wide = small(height=30, width=30, kernel_height=1, kernel_width=1, stride=2)
    assert "No window reads rows 1, 3, 5, 7, 9, 11, 13, 15, ... of the input." in unread(wide)
    assert "output_padding (1, 1)" in transposition(wide)


@settings(max_examples=at_most(100), deadline=None)
@given(problem=problems())
def test_every_line_ends_in_the_right_number(problem: Problem) -> None:
    lines = derivation(problem)
    ends = [
        int(line.numbers.rpartition("= ")[2])
        for line in lines
        if "= " in line.numbers and "sum" not in line.formula
    ]
    down, across = problem.vertical, problem.horizontal
    rows, columns = conv_matrix(problem).shape
    assert ends == [down.reach, down.out, across.reach, across.out, rows, columns]
    assert lines[-1].numbers.endswith(f"= {len(conv_matrix(problem).row)}")
    assert all(line.text.endswith(".") and line.formula for line in lines)


def test_the_write_ups_problem_line_by_line() -> None:
    lines = derivation(small(stride=4, padding=2))
    assert lines[1].numbers == r"\left\lfloor \frac{3 + 2 + 2 - 3}{4} \right\rfloor + 1 = 2"
    assert lines[-2].numbers == r"1 + 0 + 1 = 2,\quad 1 + 0 + 1 = 2"
    assert lines[-1].text == "A is 4 x 9: 4 outputs from 9 inputs; 4 of 36 entries are not zero."
