"""The shape of A and its number of non-zeros, derived line by line with the problem's own numbers.

Symbols: n input pixels, m output pixels, k kernel cells, s stride, d dilation, p and p' the pads before and
after, q output padding, along one axis; C_i, C_o channels in and out, g groups. Sizes themselves are
`geometry`; which pixels meet is `matrix`.
"""

from app.lab.base.formula.derivation import Line
from app.lab.conv_matrix.formula.geometry import Axis, Problem
from app.lab.conv_matrix.formula.remarks import summary

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
