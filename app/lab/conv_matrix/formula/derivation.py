"""The shape of A and its number of non-zeros, derived line by line; and what must be said beside A.

Symbols: n input pixels, m output pixels, k kernel cells, s stride, d dilation, p and p' the pads before and
after, q output padding, along one axis; C_i, C_o channels in and out, g groups. Sizes themselves are
`geometry`; which pixels meet is `matrix`.
"""

from app.lab.base.formula.derivation import Line
from app.lab.conv_matrix.formula.geometry import Axis, Problem

MOST_TERMS = 8
_LETTERS = {"height": ("n_h", "m_h", "k_h"), "width": ("n_w", "m_w", "k_w")}


def derivation(problem: Problem, zeros: int = 0) -> tuple[Line, ...]:
    """Lines in reading order: output height and width, rows, columns, what a row holds, non-zeros.

    zeros: how many of these hold a weight of value 0 (see `summary`).
    """
    return (
        *_output_lines(problem.vertical),
        *_output_lines(problem.horizontal),
        *_shape_lines(problem),
        _row_line(problem),
        *_nonzero_lines(problem, zeros),
    )


def _output_lines(axis: Axis) -> tuple[Line, Line]:
    n, m, k = _LETTERS[axis.name]
    a = axis
    reach = Line(
        f"Along the {a.name} a window covers {a.reach} pixels.",
        rf"d ({k} - 1) + 1",
        rf"{a.dilation} ({a.kernel} - 1) + 1 = {a.reach}",
    )
    if a.transposed:
        return reach, Line(
            f"The output {a.name} is {a.out}: {a.size} {'stamp' if a.size == 1 else 'stamps'} {a.stride} "
            "apart, less the padding, plus the output padding.",
            rf"{m} = ({n} - 1) s - p - p' + d ({k} - 1) + q + 1",
            rf"({a.size} - 1) \cdot {a.stride} - {a.before} - {a.after} + {a.dilation} ({a.kernel} - 1) "
            rf"+ {a.output_padding} + 1 = {a.out}",
        )
    dropped = f" {a.dropped} at the end are left over." if a.dropped else ""
    return reach, Line(
        f"The output {a.name} is {a.out}: the padded input has {a.padded} pixels, and windows start "
        f"{a.stride} apart.{dropped}",
        rf"{m} = \left\lfloor \frac{{{n} + p + p' - d ({k} - 1) - 1}}{{s}} \right\rfloor + 1",
        rf"\left\lfloor \frac{{{a.size} + {a.before} + {a.after} - {a.reach}}}{{{a.stride}}} \right\rfloor "
        rf"+ 1 = {a.out}",
    )


def _shape_lines(problem: Problem) -> tuple[Line, Line]:
    out, size = problem.output, problem.input
    return (
        Line(
            f"A has one row per output value: {out.count}.",
            r"C_o \, m_h \, m_w",
            rf"{out.channels} \cdot {out.height} \cdot {out.width} = {out.count}",
        ),
        Line(
            f"A has one column per input value, none for padding: {size.count}.",
            r"C_i \, n_h \, n_w",
            rf"{size.channels} \cdot {size.height} \cdot {size.width} = {size.count}",
        ),
    )


def _row_line(problem: Problem) -> Line:
    down, across = problem.vertical, problem.horizontal
    a, b = (r"k_h - 1 - a", r"k_w - 1 - b") if problem.flip else ("a", "b")
    place = rf"(i, j) \mapsto ({_place('i', 'a', down)},\, {_place('j', 'b', across)})"
    if problem.transposed:
        said = "Column (c, i, j) holds the kernel's weights at the output pixels it is stamped on."
        entry = rf"A_{{(o,\, i s - p + a d,\, j s - p + b d),\,(c, i, j)}} = w_{{c, o, {a}, {b}}}"
        return Line(said, entry, place)
    said = "Row (o, i, j) holds the kernel's weights in the columns of the pixels that its window covers."
    entry = rf"A_{{(o, i, j),\,(c,\, i s - p + a d,\, j s - p + b d)}} = w_{{o, c, {a}, {b}}}"
    return Line(said, entry, place)


def _place(step: str, cell: str, axis: Axis) -> str:
    times = "" if axis.stride == 1 else f"{axis.stride} "
    shift = f" - {axis.before}" if axis.before else ""
    spread = "" if axis.dilation == 1 else f"{axis.dilation} "
    return f"{times}{step}{shift} + {spread}{cell}"


def _nonzero_lines(problem: Problem, zeros: int) -> tuple[Line, Line]:
    down, across = _meetings(problem.vertical), _meetings(problem.horizontal)
    return (
        Line(
            "Kernel row a lies on a pixel, not on padding, at r(a) of the vertical steps; kernel column b at "
            f"t(b) of the horizontal ones: {sum(down)} and {sum(across)} in all.",
            r"\sum_a r_a,\quad \sum_b t_b",
            rf"{_sum(down)},\quad {_sum(across)}",
        ),
        Line(
            summary(problem, zeros),
            r"C_o \, \frac{C_i}{g} \sum_a r_a \sum_b t_b",
            rf"{problem.out_channels} \cdot \frac{{{problem.channels}}}{{{problem.groups}}} "
            rf"\cdot {sum(down)} \cdot {sum(across)} = {problem.nonzeros}",
        ),
    )


def _meetings(axis: Axis) -> list[int]:
    return [len(axis.meeting_steps(cell)) for cell in range(axis.kernel)]


def _sum(counts: list[int]) -> str:
    if len(counts) == 1 or len(counts) > MOST_TERMS:
        return str(sum(counts))
    return f"{' + '.join(map(str, counts))} = {sum(counts)}"


MOST_NAMED = 8


def summary(problem: Problem, zeros: int = 0) -> str:
    """A's shape and its non-zeros in one sentence; `zeros` of them hold a weight whose value is 0."""
    rows, columns = problem.output.count, problem.input.count
    outputs, inputs = (
        f"{count:,} {what}{'s' * (count != 1)}" for count, what in ((rows, "output"), (columns, "input"))
    )
    shape = f"A is {rows} x {columns}: {outputs} from {inputs}"
    held = f"{problem.nonzeros:,} of {rows * columns:,} entries"
    if not zeros:
        return f"{shape}; {held} are not zero."
    which = "each" if zeros == problem.nonzeros else f"{zeros:,} of them one"
    return f"{shape}; {held} hold a weight, {which} of value 0."


def convention(problem: Problem) -> str:
    """Whether the kernel is flipped, and what the labels count."""
    names = "" if problem.plain else f" {_label_order(problem)}"
    if problem.flip:
        return f"The kernel is flipped in both directions (true convolution); torch does not flip it.{names}"
    if problem.transposed:
        return f"The kernel is not flipped: entries are those of torch.nn.ConvTranspose2d.{names}"
    return f"The kernel is not flipped (cross-correlation, as torch.nn.Conv2d).{names}"


def unread(problem: Problem) -> str:
    """Pixels that no window reads (transposed: that nothing reaches), "" where there are none."""
    said = []
    for axis, what in ((problem.vertical, "row"), (problem.horizontal, "column")):
        if axis.untouched and problem.transposed:
            said.append(f"Nothing reaches {_counted(what, axis.untouched)} of the output: zero.")
        elif axis.untouched:
            said.append(f"No window reads {_counted(what, axis.untouched)} of the input.")
        if axis.dropped:
            left = _counted(what, tuple(range(axis.padded - axis.dropped, axis.padded)))
            said.append(f"The floor leaves out {left} of the padded input.")
    return " ".join(said)


def transposition(problem: Problem) -> str:
    """What A transposed is."""
    down, across = problem.vertical, problem.horizontal
    if problem.transposed:
        return (
            "A transposed maps the gradient of the output to that of the input. It is the matrix of the "
            "convolution with the same kernel, stride, padding and dilation; it is not an inverse."
        )
    return (
        "A transposed maps the gradient of the output to that of the input. It is the matrix of the "
        "transposed convolution with the same kernel, stride, padding and dilation, and with output_padding "
        f"({down.dropped}, {across.dropped}); it is not an inverse."
    )


def notes(problem: Problem) -> tuple[str, ...]:
    """How the input was understood, the size of the full convolution, and what output padding adds."""
    if problem.transposed:
        return (*problem.notes, *_output_padding(problem))
    return (*problem.notes, *_full_size(problem))


def _label_order(problem: Problem) -> str:
    if problem.transposed:
        return "Labels are w(input channel, output channel within its group, row, column)."
    return "Labels are w(output channel, input channel within its group, row, column)."


def _full_size(problem: Problem) -> list[str]:
    down, across = problem.vertical, problem.horizontal
    if (down.stride, across.stride) != (1, 1) or down.reach == across.reach == 1:
        return []
    height, width = (axis.size + axis.reach - 1 for axis in (down, across))
    return [
        f"The full convolution, padded by {down.reach - 1} above and below and {across.reach - 1} beside, "
        f"has {height} x {width} outputs; a layer with these pads has {down.out} x {across.out}."
    ]


def _output_padding(problem: Problem) -> list[str]:
    padded = [axis for axis in (problem.vertical, problem.horizontal) if axis.output_padding]
    if not padded:
        return []
    axis, size = padded[0], problem.output
    zero = "and zero where nothing reaches it" if _adds_empty(problem) else "not filled with zeros"
    said = (
        f"With its output_padding the output is {size.height} x {size.width}: what the padding adds is "
        f"computed like the rest, {zero}."
    )
    if axis.output_padding >= axis.stride:
        return [said]
    return [
        f"{said} It chooses among sizes: a convolution with stride {axis.stride} maps "
        f"{axis.out - axis.output_padding} and {axis.out} pixels both to {axis.size}."
    ]


def _adds_empty(problem: Problem) -> bool:
    """Whether nothing reaches some pixel of the rows and columns that output padding adds."""
    axes = (problem.vertical, problem.horizontal)
    return any(
        axis.output_padding > 0
        and bool(across.untouched or set(axis.untouched) & {*range(axis.out - axis.output_padding, axis.out)})
        for axis, across in (axes, axes[::-1])
    )


def _counted(what: str, indices: tuple[int, ...]) -> str:
    some = ", ".join(map(str, indices[:MOST_NAMED])) + (", ..." if len(indices) > MOST_NAMED else "")
    return f"{what} {some}" if len(indices) == 1 else f"{what}s {some}"
