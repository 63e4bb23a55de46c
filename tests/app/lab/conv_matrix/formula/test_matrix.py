"""A of a convolution, against torch on random problems, and what is built from it."""

from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from app.lab.conv_matrix.formula.geometry import Problem, padded_grid, windows
from app.lab.conv_matrix.formula.matrix import conv_matrix, patches
from app.lab.conv_matrix.formula.toeplitz import bands, stride_one_steps
from app.lab.conv_matrix.formula.values import direct, entry_values, image_values, kernel_values, times_image
from tests.app.lab.conv_matrix.problems import problems, small, torch_output
from tests.examples import at_most
from trainer.errors import TheoryError

SEEDS = st.integers(0, 2**31)


def numbers(problem: Problem, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Whole-numbered weights and image, so that float64 sums are exact."""
    random = torch.Generator().manual_seed(seed)
    size = problem.input
    weight = torch.randint(-9, 10, problem.weight_shape, generator=random).double()
    return weight, torch.randint(-9, 10, (size.channels, size.height, size.width), generator=random).double()


@settings(max_examples=at_most(120), deadline=None)
@given(problem=problems(), seed=SEEDS)
def test_a_x_and_the_direct_computation_are_what_torch_computes(problem: Problem, seed: int) -> None:
    weight, image = numbers(problem, seed)
    expected = torch_output(problem, weight, image)
    assert expected.shape == (problem.out_channels, problem.output.height, problem.output.width)
    kernel, pixels = kernel_values(problem, weight.tolist()), image_values(problem, image.tolist())
    sparse = conv_matrix(problem)
    assert times_image(sparse, kernel, pixels).fractions() == expected.flatten().tolist()
    assert direct(problem, kernel, pixels).fractions() == expected.flatten().tolist()


@settings(max_examples=at_most(50), deadline=None)
@given(problem=problems(), seed=SEEDS)
def test_columns_of_a_are_torchs_outputs_for_single_pixels(problem: Problem, seed: int) -> None:
    weight, image = numbers(problem, seed)
    basis = torch.eye(image.numel(), dtype=torch.float64).reshape(-1, *image.shape)
    columns = [torch_output(problem, weight, unit).flatten() for unit in basis]
    sparse = conv_matrix(problem)
    dense = np.zeros(sparse.shape)
    dense[sparse.row, sparse.col] = [
        float(v) for v in entry_values(sparse, kernel_values(problem, weight.tolist()))
    ]
    assert (dense == torch.stack(columns, 1).numpy()).all()
    assert len(sparse.row) == problem.nonzeros == len(set(zip(sparse.row, sparse.col, strict=True)))


@settings(max_examples=at_most(50), deadline=None)
@given(problem=problems())
def test_windows_hold_the_entries_of_their_row(problem: Problem) -> None:
    sparse, grid = conv_matrix(problem), padded_grid(problem)
    down, across, size = problem.vertical, problem.horizontal, problem.input
    pixels = {
        (grid.top + r * grid.step_down, grid.left + c * grid.step_right): r * size.width + c
        for r, c in product(range(size.height), range(size.width))
    }
    assert all(0 <= y < grid.height and 0 <= x < grid.width for y, x in pixels)
    plane, first = size.height * size.width, sparse.in_channel == 0
    first &= sparse.out_channel == 0
    entries = set(
        zip(
            sparse.row[first],
            sparse.col[first],
            sparse.kernel_row[first],
            sparse.kernel_col[first],
            strict=True,
        )
    )
    seen = set()
    for index, window in enumerate(windows(problem)):
        assert (window.out_row, window.out_col) == divmod(index, across.out)
        assert window.top + down.reach <= grid.height
        assert window.left + across.reach <= grid.width
        missed = 0
        for a, b in product(range(down.kernel), range(across.kernel)):
            col = pixels.get((window.top + a * down.dilation, window.left + b * across.dilation))
            cell = (down.kernel - 1 - a, across.kernel - 1 - b) if grid.mirrored else (a, b)
            missed += col is None
            if col is not None:
                seen.add((index, col % plane, *cell))
        assert window.cells_on_padding == missed
    assert seen == entries


@settings(max_examples=at_most(50), deadline=None)
@given(problem=problems())
def test_untouched_pixels_are_the_empty_lines_of_a(problem: Problem) -> None:
    sparse = conv_matrix(problem)
    size = problem.output if problem.transposed else problem.input
    used = np.zeros((size.channels, size.height, size.width), dtype=bool)
    used.ravel()[sparse.row if problem.transposed else sparse.col] = True
    rows, columns = problem.vertical.untouched, problem.horizontal.untouched
    expected = [i not in rows and j not in columns for i in range(size.height) for j in range(size.width)]
    assert (used.reshape(size.channels, -1) == expected).all()


@settings(max_examples=at_most(50), deadline=None)
@given(problem=problems(), seed=SEEDS)
def test_im2col_gives_the_same_output(problem: Problem, seed: int) -> None:
    weight, image = numbers(problem, seed)
    with_padding = np.append(image.numpy().ravel(), 0)
    y = [
        weight.numpy().ravel()[group.weight] @ with_padding[group.pixel]
        for group in patches(conv_matrix(problem))
    ]
    assert np.concatenate(y).ravel().tolist() == torch_output(problem, weight, image).flatten().tolist()


@settings(max_examples=at_most(50), deadline=None)
@given(problem=problems(transposed=False, most_groups=1))
def test_im2col_copies_what_unfold_copies(problem: Problem) -> None:
    assume(not problem.flip)
    down, across, size = problem.vertical, problem.horizontal, problem.input
    numbered = torch.arange(1.0, size.count + 1).reshape(size.channels, size.height, size.width)
    padded = torch.nn.functional.pad(numbered, (across.before, across.after, down.before, down.after))
    columns = torch.nn.functional.unfold(
        padded[None],
        (down.kernel, across.kernel),
        dilation=(down.dilation, across.dilation),
        stride=(down.stride, across.stride),
    )[0]
    (group,) = patches(conv_matrix(problem))
    assert (group.pixel + 1 == columns.numpy()).all()


@settings(max_examples=at_most(50), deadline=None)
@given(problem=problems())
def test_a_stride_keeps_lines_of_the_stride_one_matrix_and_bands_hold(problem: Problem) -> None:
    sparse, found = conv_matrix(problem), bands(problem)
    down, across, size = problem.vertical, problem.horizontal, problem.input
    keep = (sparse.out_channel == 0) & (sparse.in_channel == 0)
    down_start = {band.cell: band.start for band in found.blocks}
    across_start = {band.cell: band.start for band in found.inner}
    out_row, out_col = np.divmod(sparse.row[keep], across.out)
    in_row, in_col = np.divmod(sparse.col[keep] % (size.height * size.width), size.width)
    step, pixel = (in_row, out_row) if problem.transposed else (out_row, in_row)
    starts = [down_start[cell] for cell in sparse.kernel_row[keep].tolist()]
    assert (pixel == step * down.stride + starts).all()
    step, pixel = (in_col, out_col) if problem.transposed else (out_col, in_col)
    starts = [across_start[cell] for cell in sparse.kernel_col[keep].tolist()]
    assert (pixel == step * across.stride + starts).all()


@settings(max_examples=at_most(50), deadline=None)
@given(problem=problems(transposed=False, most_groups=1, most_channels=1))
def test_the_kept_rows_are_those_of_stride_one(problem: Problem) -> None:
    kept = bands(problem).kept
    down, across = problem.vertical, problem.horizontal
    full = small(
        height=down.size,
        width=across.size,
        kernel_height=down.kernel,
        kernel_width=across.kernel,
        dilation=(down.dilation, across.dilation),
        padding=((down.before, down.after), (across.before, across.after)),
        flip=problem.flip,
    )
    assert (full.output.height, full.output.width) == (stride_one_steps(down), stride_one_steps(across))
    dense = conv_matrix(full).dense()
    assert (dense[list(kept)] if kept else dense).tolist() == conv_matrix(problem).dense().tolist()


@settings(max_examples=at_most(50), deadline=None)
@given(problem=problems(transposed=False, most_groups=1))
def test_the_transpose_is_the_matrix_of_the_transposed_convolution(problem: Problem) -> None:
    down, across = problem.vertical, problem.horizontal
    turned = small(
        channels=problem.out_channels,
        out_channels=problem.channels,
        height=down.out,
        width=across.out,
        kernel_height=down.kernel,
        kernel_width=across.kernel,
        stride=(down.stride, across.stride),
        dilation=(down.dilation, across.dilation),
        padding=((down.before, down.after), (across.before, across.after)),
        flip=problem.flip,
        transposed=True,
        output_padding=(down.dropped, across.dropped),
    )
    assert turned.output == problem.input
    assert (conv_matrix(turned).dense() == conv_matrix(problem).dense().T).all()


def test_labels_have_channels_where_there_are_several() -> None:
    assert conv_matrix(small(stride=4, padding=2)).labels() == ["w(2,2)", "w(2,0)", "w(0,2)", "w(0,0)"]
    depthwise = small(channels=2, out_channels=2, groups=2, kernel_height=1, kernel_width=1)
    assert set(conv_matrix(depthwise).labels()) == {"w(0,0,0,0)", "w(1,0,0,0)"}
    turned = small(channels=2, out_channels=1, kernel_height=1, kernel_width=1, transposed=True)
    assert set(conv_matrix(turned).labels()) == {"w(0,0,0,0)", "w(1,0,0,0)"}
    assert small(height=1, width=2, kernel_height=1, kernel_width=1).input.names("x") == ["x(0,0)", "x(0,1)"]


def test_a_flipped_kernel_keeps_its_own_indices() -> None:
    straight = conv_matrix(small(height=3, width=3, kernel_height=2, kernel_width=2))
    mirrored = conv_matrix(small(height=3, width=3, kernel_height=2, kernel_width=2, flip=True))
    assert straight.labels()[:4] == ["w(0,0)", "w(0,1)", "w(1,0)", "w(1,1)"]
    assert mirrored.labels()[:4] == ["w(1,1)", "w(1,0)", "w(0,1)", "w(0,0)"]


@pytest.mark.parametrize(
    ("values", "path", "said"),
    [
        ([[1, 2], [3]], "kernel.values[1]", "has 1 entries, but kernel.width is 2"),
        ([[1, 2]], "kernel.values", "has 1 entries, but kernel.height is 2"),
        ([[1, 2], [3, "1/0"]], "kernel.values[1][1]", "divides by zero"),
        ([1, 2, 3, 4], "kernel.values", "has 4 entries, but out_channels is 1"),
        ([[1, 2], [3, "1e61"]], "kernel.values[1][1]", "is larger than 1e60"),
        ("1 2", "kernel.values", "must be a list"),
    ],
)
def test_kernels_of_another_shape_are_refused_by_name(values: object, path: str, said: str) -> None:
    problem = small(kernel_height=2, kernel_width=2)
    with pytest.raises(TheoryError) as caught:
        kernel_values(problem, values)
    assert caught.value.fields[0].path == path
    assert said in caught.value.fields[0].message


def test_values_without_a_usable_common_denominator_are_refused() -> None:
    problem = small(height=1, width=80, kernel_height=1, kernel_width=1)
    image = [[f"1/{10**30 + odd}" for odd in range(1, 160, 2)]]
    with pytest.raises(TheoryError) as caught:
        image_values(problem, image)
    assert caught.value.fields[0].path == "image"
