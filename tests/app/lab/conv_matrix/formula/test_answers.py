"""Answers to a convolution's matrix are marked cell by cell, and known mistakes are named."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.lab.base.formula.answers import MOST_CELLS, Marked
from app.lab.conv_matrix.formula.answers import mark_matrix
from app.lab.conv_matrix.formula.cells import BASE, MOST_ANSWER_CELLS
from app.lab.conv_matrix.formula.geometry import Problem, Size
from app.lab.conv_matrix.formula.matrix import conv_matrix
from app.lab.conv_matrix.formula.values import kernel_values
from tests.app.lab.cases import theory_cases
from tests.app.lab.conv_matrix.problems import problems, small
from tests.examples import at_most
from trainer.errors import TheoryError

LabelRows = list[list[str]]
MISTAKES = settings(
    max_examples=at_most(20), deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)
WRITE_UP = small(stride=4, padding=2)


def rows_of(problem: Problem) -> LabelRows:
    return conv_matrix(problem).label_rows()


def marked(problem: Problem, answer: Any, values: Any = None) -> Marked:
    kernel = None if values is None else kernel_values(problem, values)
    return mark_matrix(conv_matrix(problem), answer, kernel)


def codes(found: Marked) -> list[str]:
    return [each.code for each in found.diagnoses]


def sentence(found: Marked, code: str) -> str:
    (said,) = [each.message for each in found.diagnoses if each.code == code]
    return said


def assert_named(problem: Problem, answer: LabelRows, code: str) -> None:
    """The whole of a wrong answer is explained by one sentence of this kind."""
    assume(answer != rows_of(problem))
    assume(any(cell != "0" for row in answer for cell in row))
    assume(len(answer) * len(answer[0]) <= MOST_ANSWER_CELLS)  # more are refused, whatever they hold
    found = marked(problem, answer)
    assert not found.correct
    assert sentence(found, code).startswith("The answer is the matrix ")


def test_the_write_ups_answer_gets_its_verdict() -> None:
    (case,) = theory_cases()["conv_matrix_answers_to_check"]
    found = marked(WRITE_UP, case["given"])
    assert not found.correct
    assert found.wrong == 16
    assert {cell.row for cell in found.cells} == {0, 1, 2, 3}
    right = {(cell.row, cell.col): cell.expected for cell in found.cells if cell.expected != "0"}
    assert right == {(0, 0): "w(2,2)", (2, 6): "w(0,2)", (1, 2): "w(2,0)", (3, 8): "w(0,0)"}
    (said,) = found.diagnoses
    assert said.code == "wrong_stride_or_padding"
    assert said.message == (
        "Rows 0-2 are those of stride 2 with padding 1. Row 3 is wrong for that too: it would hold "
        "w(0,0) w(0,1) w(1,0) w(1,1) in columns 4 5 7 8."
    )


@settings(max_examples=at_most(25), deadline=None)
@given(problem=problems(largest=3), seed=st.integers(0, 2**31))
def test_a_right_answer_gets_no_diagnosis_in_labels_or_numbers(problem: Problem, seed: int) -> None:
    assert marked(problem, rows_of(problem)) == Marked(True, 0, (), ())
    values = np.random.default_rng(seed).integers(-3, 4, problem.weight_shape)
    dense = conv_matrix(problem).dense()
    numbers = np.append(0, values.ravel())[dense].tolist()
    assert marked(problem, numbers, values.tolist()) == Marked(True, 0, (), ())
    assert marked(problem, rows_of(problem), values.tolist()) == Marked(True, 0, (), ())


@pytest.mark.slow
@settings(max_examples=at_most(25), deadline=None)
@given(problem=problems(largest=3), data=st.data())
def test_one_wrong_entry_is_found_and_the_right_one_shown(problem: Problem, data: st.DataObject) -> None:
    answer = rows_of(problem)
    row = data.draw(st.integers(0, len(answer) - 1))
    col = data.draw(st.integers(0, len(answer[0]) - 1))
    expected, answer[row][col] = answer[row][col], "w(7,7,7,7)"
    found = marked(problem, answer)
    assert (found.correct, found.wrong) == (False, 1)
    assert [(cell.row, cell.col, cell.given, cell.expected) for cell in found.cells] == [
        (row, col, "w(7,7,7,7)", expected)
    ]


@pytest.mark.slow
@MISTAKES
@given(problem=problems(largest=3))
def test_a_flipped_kernel(problem: Problem) -> None:
    assert_named(problem, rows_of(replace(problem, flip=not problem.flip)), "kernel_flipped")


@pytest.mark.slow
@MISTAKES
@given(
    problem=problems(transposed=False, largest=3, most_groups=1),
    stride=st.integers(1, 3),
    pad=st.integers(0, 2),
)
def test_another_stride_or_padding(problem: Problem, stride: int, pad: int) -> None:
    down, across = (
        replace(axis, stride=stride, before=pad, after=pad) for axis in (problem.vertical, problem.horizontal)
    )
    other = replace(problem, vertical=down, horizontal=across)
    largest = max(down.kernel, across.kernel)
    assume(min(down.out, across.out) > 0 and stride <= largest + 1 and pad <= largest)
    full = stride == 1 and pad == down.reach - 1 == across.reach - 1
    assert_named(problem, rows_of(other), "full_convolution" if full else "wrong_stride_or_padding")


@pytest.mark.parametrize(
    ("asked", "answered", "said"),
    [
        ({"stride": (1, 2)}, {"stride": (2, 1)}, "of stride (2, 1) with padding 0."),
        ({"padding": [[0, 1], [0, 1]]}, {"padding": [[1, 0], [1, 0]]}, "padding [[1, 0], [1, 0]]."),
        ({"padding": (1, 0)}, {"padding": (1, 2)}, "with padding (1, 2)."),
        ({"transposed": True, "stride": 2}, {"transposed": True, "stride": 3}, "of stride 3 with padding 0."),
    ],
)
def test_strides_and_pads_of_one_axis(asked: dict[str, Any], answered: dict[str, Any], said: str) -> None:
    sides = {"height": 5, "width": 4, "kernel_height": 2, "kernel_width": 2}
    found = marked(small(**sides, **asked), rows_of(small(**sides, **answered)))
    (diagnosis,) = [each for each in found.diagnoses if each.code == "wrong_stride_or_padding"]
    assert diagnosis.message.endswith(said)


def test_strides_that_do_not_fit_the_output_padding_are_tried_without_it() -> None:
    asked = small(stride=2, transposed=True, output_padding=1)
    found = marked(asked, rows_of(small(stride=1, transposed=True)))
    assert codes(found) == ["wrong_shape", "wrong_stride_or_padding"]


@MISTAKES
@given(problem=problems(largest=3))
def test_a_transposed_answer(problem: Problem) -> None:
    answer = [list(column) for column in zip(*rows_of(problem), strict=True)]
    assert_named(problem, answer, "transposed_answer")


@pytest.mark.slow
@MISTAKES
@given(
    problem=problems(largest=3), code=st.sampled_from(["row_order", "column_order", "row_and_column_order"])
)
def test_rows_and_columns_in_another_order(problem: Problem, code: str) -> None:
    def by_column(size: Size) -> list[int]:
        order = product(range(size.channels), range(size.width), range(size.height))
        return [(c * size.height + i) * size.width + j for c, j, i in order]

    out, size = problem.output, problem.input
    rows, columns = [*range(out.count)], [*range(size.count)]
    if "row" in code:
        rows = by_column(out)
    if "column" in code:
        columns = by_column(size)
    right = rows_of(problem)
    assert_named(problem, [[right[row][column] for column in columns] for row in rows], code)


@MISTAKES
@given(problem=problems(transposed=False, largest=3))
def test_padding_kept_as_columns(problem: Problem) -> None:
    down, across = (
        replace(axis, size=axis.padded, before=0, after=0) for axis in (problem.vertical, problem.horizontal)
    )
    kept = replace(problem, vertical=down, horizontal=across)
    assume(kept != problem)
    assert_named(problem, rows_of(kept), "padding_columns_kept")


@pytest.mark.slow
@MISTAKES
@given(problem=problems(largest=3))
def test_indices_from_one_and_a_transposed_kernel(problem: Problem) -> None:
    def renamed(change: Callable[[list[int]], list[int]]) -> LabelRows:
        def name(label: str) -> str:
            index = [int(part) for part in label[2:-1].split(",")] if label != "0" else []
            return f"w({','.join(map(str, change(index)))})" if index else label

        return [[name(label) for label in row] for row in rows_of(problem)]

    assert_named(problem, renamed(lambda index: [i + 1 for i in index]), "index_from_one")
    assert_named(problem, renamed(lambda index: [*index[:-2], index[-1], index[-2]]), "kernel_transposed")
    if not problem.plain:
        assert_named(problem, renamed(lambda index: [index[1], index[0], *index[2:]]), "channels_swapped")


def test_swapped_channels_are_named_in_labels_and_in_numbers() -> None:
    sides = {"height": 1, "width": 1, "kernel_height": 1, "kernel_width": 1}
    said = "The answer is the matrix with the channels of w swapped: w names the "
    layer = small(**sides, channels=2, out_channels=2)
    answers: list[list[list[Any]]] = [[["w0000", "w1000"], ["w0100", "w1100"]], [[1, 3], [2, 4]]]
    for rows in answers:
        found = sentence(marked(layer, rows, [[[[1]], [[2]]], [[[3]], [[4]]]]), "channels_swapped")
        assert found == f"{said}output channel first, then the input channel."
    turned = small(**sides, channels=2, out_channels=2, transposed=True)
    found = sentence(marked(turned, rows_of(layer)), "channels_swapped")
    assert found == f"{said}input channel first, then the output channel."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "the first index of w is its row, the second its column."),
        ({"channels": 2}, "the third index of w is its row, the fourth its column."),
        ({"out_channels": 2}, "the third index of w is its row, the fourth its column."),
    ],
)
def test_a_transposed_kernel_is_explained_by_the_indices_that_labels_have(
    changes: dict[str, Any], said: str
) -> None:
    problem = small(**changes)
    names = {"0": "0"} | {
        f"w({head}{i},{j})": f"w({head}{j},{i})"
        for head in ("", "0,0,", "0,1,", "1,0,")
        for i, j in product(range(3), repeat=2)
    }
    found = marked(problem, [[names[cell] for cell in row] for row in rows_of(problem)])
    assert sentence(found, "kernel_transposed").endswith(said)


@pytest.mark.parametrize(
    ("transposed", "said"),
    [
        (False, "w(0,0) meets the window's first pixel here, not its last."),
        (True, "w(0,0) goes to the first output pixel of a stamp here, not to its last."),
    ],
)
def test_a_flip_is_explained_by_windows_or_by_stamps(transposed: bool, said: str) -> None:
    problem = small(kernel_height=2, kernel_width=2, transposed=transposed)
    found = marked(problem, rows_of(replace(problem, flip=True)))
    assert sentence(found, "kernel_flipped").endswith(said)


@MISTAKES
@given(problem=problems(transposed=False, largest=3))
def test_the_full_convolution(problem: Problem) -> None:
    down, across = (
        replace(axis, stride=1, before=axis.reach - 1, after=axis.reach - 1)
        for axis in (problem.vertical, problem.horizontal)
    )
    assert_named(problem, rows_of(replace(problem, vertical=down, horizontal=across)), "full_convolution")


def test_a_dilation_that_was_ignored() -> None:
    sides = {"height": 5, "width": 5}
    found = marked(small(**sides, dilation=2, padding=1), rows_of(small(**sides, padding=1)))
    assert codes(found) == ["wrong_shape", "dilation_ignored"]


def test_another_shape_names_both() -> None:
    found = marked(WRITE_UP, [["0"] * 4] * 3)
    assert (found.correct, found.cells, codes(found)) == (False, (), ["wrong_shape"])
    assert "The answer is 3 x 4, but A is 4 x 9" in found.diagnoses[0].message


def test_every_wrong_row_that_another_problem_explains_is_named() -> None:
    flipped = rows_of(replace(WRITE_UP, flip=True))
    strided = rows_of(small(stride=2, padding=1))
    right = rows_of(WRITE_UP)
    found = marked(WRITE_UP, [strided[0], flipped[1], right[2], strided[3]])
    assert {each.code: each.message.partition(" of ")[0] for each in found.diagnoses} == {
        "wrong_stride_or_padding": "Rows 0, 3 are those",
        "kernel_flipped": "Row 1 is that",
    }


def test_numbers_are_marked_and_explained_where_the_kernel_has_values() -> None:
    values = [[1, 2], ["1/2", 4]]
    problem = small(kernel_height=2, kernel_width=2)
    right: list[list[Any]] = [[1, 2, 0, 0.5, 4, 0, 0, 0, 0], [0, 1, 2, 0, "1/2", 4, 0, 0, 0]]
    right += [[0, 0, 0, *row[:6]] for row in right]
    assert marked(problem, right, values).correct
    mirrored: dict[Any, Any] = {1: 4, 4: 1, 2: 0.5, 0.5: 2, "1/2": 2, 0: 0}
    found = marked(problem, [[mirrored[cell] for cell in row] for row in right], values)
    assert codes(found) == ["kernel_flipped"]
    assert found.cells[0].expected == "1"
    assert found.cells[1].expected == "2"
    assert marked(problem, [["w(0,0)", *row[1:]] if row[0] == 1 else row for row in right], values).correct


THIRDS = small(height=2, width=2, kernel_height=2, kernel_width=1)


@pytest.mark.parametrize(
    ("third", "right"),
    [
        (0.3333333333333333, True),
        ("0.333", True),
        ("0.3333", True),
        ("1/3", True),
        ("0.33", False),
        ("0.334", False),
        ("-0.333", False),
    ],
)
def test_a_number_without_end_is_right_to_its_decimals(third: Any, right: bool) -> None:
    answer = [[third, 0, 0.25, 0], [0, third, 0, "0.25"]]
    assert marked(THIRDS, answer, [["1/3"], ["1/4"]]).correct == right
    flipped = [[row[2], row[1], row[0], row[3]] for row in answer[:1]] + [[0, "0.25", 0, third]]
    assert codes(marked(THIRDS, flipped, [["1/3"], ["1/4"]])) == ["kernel_flipped"] * right


def test_a_number_with_an_end_is_right_in_full_alone() -> None:
    assert not marked(THIRDS, [["0.123", 0, 1, 0], [0, "0.123", 0, 1]], [["0.1234"], [1]]).correct


def test_one_decimal_is_right_for_each_weight_that_it_rounds_to() -> None:
    values = [["1/3"], ["3334/10001"]]
    assert marked(THIRDS, [["0.333", 0, "0.333", 0], [0, "0.333", 0, "0.333"]], values).correct
    (cell,) = marked(THIRDS, [["0.333", 0, "w(1,0)", 0], [0, "0.3333333", 0, "0.3333333"]], values).cells
    assert (cell.row, cell.col, cell.expected) == (1, 3, "3334/10001")


@pytest.mark.parametrize(
    "written",
    [
        "w(2,1)",
        "w21",
        "w_{2,1}",
        "w_21",
        "w2,1",
        "w[2][1]",
        " W( 2 , 1 ) ",
        "w(0,0,2,1)",
        "w_{21}",
        "w{2}{1}",
    ],
)
def test_labels_in_the_forms_people_write(written: str) -> None:
    problem = small(height=3, width=3)
    answer = rows_of(problem)
    answer[0][7] = written
    assert marked(problem, answer).correct


@pytest.mark.parametrize("zero", ["", "0", ".", "·", "-", "–", " 0 ", "0.0", 0, 0.0, None])
def test_signs_for_zero(zero: object) -> None:
    answer: list[list[object]] = [
        [zero if cell == "0" else cell for cell in row] for row in rows_of(WRITE_UP)
    ]
    assert marked(WRITE_UP, answer).correct


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("w(2,2", ""),
        ("w", "cannot be read"),
        ("w(1)", "cannot be read"),
        ("w(1,2,3)", "cannot be read"),
        ("w-1,2", "cannot be read"),
        (f"w({BASE},0)", "cannot be read"),
        ("v(1,2)", "must be a number"),
        ("1/0", "divides by zero"),
        ("3", "but the kernel has no values"),
    ],
)
def test_cells_that_cannot_be_read_are_named(cell: str, said: str) -> None:
    answer = rows_of(WRITE_UP)
    answer[0][0] = cell
    if not said:
        assert marked(WRITE_UP, answer).correct
        return
    with pytest.raises(TheoryError) as caught:
        marked(WRITE_UP, answer)
    assert caught.value.fields[0].path == "answer[0][0]"
    assert said in caught.value.fields[0].message


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([["0"], ["0", "0"]], "ragged"),
        ([], "at least one row"),
        (5, "must be a list of rows"),
        (["0", "0"], "must be a list of rows"),
        ([["0"] * 1000] * (MOST_ANSWER_CELLS // 1000 + 1), "at most"),
    ],
)
def test_answers_of_no_shape_are_refused(answer: Any, said: str) -> None:
    with pytest.raises(TheoryError) as caught:
        marked(WRITE_UP, answer)
    assert caught.value.fields[0].path == "answer"
    assert said in caught.value.fields[0].message


def test_a_long_list_of_wrong_cells_is_cut_and_counted() -> None:
    problem = small(height=8, width=8, padding=1)
    found = marked(problem, [["w(0,0)"] * 64] * 64)
    assert len(found.cells) == MOST_CELLS
    assert found.wrong == 64 * 64 - 49
