"""The calculator of a convolution as a matrix: sizes, stride and pads in; A, its windows and a check out."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field as Bounded
from pydantic import WithJsonSchema

from app.lab.base import columns
from app.lab.base.calculator import NUMERAL, Calculator, Field, Listed, group
from app.lab.conv_matrix import parts
from app.lab.conv_matrix.formula.answers import mark_matrix
from app.lab.conv_matrix.formula.derivation import convention, derivation, notes, summary
from app.lab.conv_matrix.formula.geometry import Problem, padded_grid, windows
from app.lab.conv_matrix.formula.matrix import conv_matrix
from app.lab.conv_matrix.formula.problem import LIMITS, conv_problem
from app.lab.conv_matrix.formula.toeplitz import bands
from app.lab.conv_matrix.formula.values import entry_values, image_values, kernel_values
from app.lab.conv_matrix.typed import EXAMPLES, request
from app.lab.conv_matrix.views import ConvMatrixView
from app.schemas import Body

_WHOLE = {"type": "integer"}
_PAIR = {"type": "array", "items": _WHOLE, "minItems": 2, "maxItems": 2}
_PADS = {"type": "array", "items": _PAIR, "minItems": 2, "maxItems": 2}
_CELL = {"anyOf": [*NUMERAL["anyOf"], {"type": "null"}]}
_ROWS = {"type": "array", "items": {"type": "array", "items": _CELL}}

Whole = Annotated[Any, WithJsonSchema(_WHOLE)]
WholeOrPair = Annotated[Any, WithJsonSchema({"anyOf": [_WHOLE, _PAIR]})]
Padding = Annotated[Any, WithJsonSchema({"anyOf": [_WHOLE, _PAIR, _PADS, {"enum": ["same", "valid"]}]})]
Rows = Annotated[Any, WithJsonSchema(_ROWS)]
Switch = Annotated[bool, Bounded(strict=True)]

WIDEST, MOST_LISTED = 30, 40
"""Columns of A that a terminal has room for; a wider A is listed by its non-zeros."""


class InputBody(Body):
    """The image's size."""

    channels: Whole = 1
    height: Whole
    width: Whole


class KernelBody(Body):
    """values: numbers or text such as "3/2", in torch's layout [out][in / groups][row][column]; transposed:
    [in][out / groups][row][column]. For one channel in and out, rows of columns will do."""

    height: Whole
    width: Whole
    values: Listed = None


class ConvMatrixBody(Body):
    """stride, dilation, output_padding: a number or (vertical, horizontal). padding: a number, a pair,
    [[top, bottom], [left, right]], "same" or "valid". image: [channel][row][column], or rows for one channel.
    answer: rows of labels such as "w(2,0)", of numbers where the kernel has values (3 decimals will do where
    they have no end), of 0, "" or null for zero."""

    input: InputBody
    out_channels: Whole = 1
    groups: Whole = 1
    kernel: KernelBody
    image: Listed = None
    stride: WholeOrPair = 1
    dilation: WholeOrPair = 1
    padding: Padding = 0
    flip: Switch = False
    transposed: Switch = False
    output_padding: WholeOrPair = 0
    answer: Rows = None


def calculate(body: ConvMatrixBody) -> ConvMatrixView:
    """A and all that is shown beside it. Raises TheoryError naming the field: input.height, answer[0][2]."""
    problem = _problem(body)
    kernel = None if body.kernel.values is None else kernel_values(problem, body.kernel.values)
    image = None if body.image is None else image_values(problem, body.image)
    sparse = conv_matrix(problem)
    answer = None if body.answer is None else mark_matrix(sparse, body.answer, kernel)
    zeros = 0 if kernel is None else sum(value == 0 for value in entry_values(sparse, kernel))
    small = sparse.shape[0] * sparse.shape[1] <= parts.MOST_SHOWN
    return ConvMatrixView(
        rows=sparse.shape[0],
        cols=sparse.shape[1],
        input=problem.input,
        output=problem.output,
        settings=parts.settings_view(problem),
        kernel=parts.kernel_view(problem, kernel),
        image=None if image is None else parts.texts(image),
        summary=summary(problem, zeros),
        convention=convention(problem),
        notes=notes(problem),
        nonzeros=len(sparse.row),
        entries=parts.entry_views(sparse, kernel),
        matrix=sparse.label_rows() if small else None,
        matrix_values=parts.value_rows(sparse, kernel) if small and kernel is not None else None,
        grid=padded_grid(problem),
        windows=windows(problem),
        untouched=parts.untouched_view(problem),
        transpose=parts.transpose_view(problem),
        patches=parts.patch_views(sparse),
        bands=bands(problem),
        check=parts.check_view(sparse, kernel, image),
        derivation=derivation(problem, zeros),
        limits=LIMITS,
        answer=answer,
    )


def lines(view: ConvMatrixView) -> Iterator[str]:
    """The whole answer, one part after the other."""
    yield view.summary
    yield view.convention
    yield from view.notes
    if view.untouched.sentence:
        yield view.untouched.sentence
    yield ""
    yield from _matrix(view)
    yield ""
    yield from columns.derivation(view.derivation)
    yield ""
    yield from _check(view)
    if view.answer is not None:
        yield ""
        cells = view.answer.cells
        yield from columns.verdict(
            view.answer, ((f"row {cell.row}, column {cell.col}", cell) for cell in cells)
        )


def _matrix(view: ConvMatrixView) -> Iterator[str]:
    if view.matrix is None or view.cols > WIDEST:
        yield from _listed(view)
        return
    rows = view.matrix
    if view.matrix_values is not None:
        rows = [[f"{value:.6g}" for value in row] for row in view.matrix_values]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))


def _listed(view: ConvMatrixView) -> Iterator[str]:
    for entry in view.entries[:MOST_LISTED]:
        value = f" = {entry['value']:.6g}" if "value" in entry else ""
        yield f"row {entry['row']}, column {entry['col']}: {entry['label']}{value}"
    if view.nonzeros > MOST_LISTED:
        yield f"and {view.nonzeros - MOST_LISTED:,} more; --json has all"


def _check(view: ConvMatrixView) -> Iterator[str]:
    same = "equals" if view.check.equal else "DIFFERS FROM"
    yield f"A x {same} the convolution computed without A. {view.check.stand_in}".rstrip()
    some = ", ".join(view.check.product[:MOST_LISTED])
    yield f"y = {some}{', ...' if view.rows > MOST_LISTED else ''}"


def _problem(body: ConvMatrixBody) -> Problem:
    kernel = {"kernel_height": body.kernel.height, "kernel_width": body.kernel.width}
    window = {name: getattr(body, name) for name in _WINDOW}
    return conv_problem(**vars(body.input), **kernel, **window)


_WINDOW = ["out_channels", "groups", "stride", "dilation", "padding", "flip", "transposed", "output_padding"]
_PAIRED = "one number, or vertical, horizontal"
_VALUES = "rows of numbers, 3/2 will do; several kernels below each other"
_ANSWER = "rows of w(2,0), w20, 0 or a dot; numbers where the kernel has them"
FIELDS = (
    *group(
        "Input",
        Field("channels", "Channels", "", "1", paths=("input.channels",)),
        Field("height", "Height", "", "3", paths=("input.height", "input")),
        Field("width", "Width", "", "3", paths=("input.width",)),
    ),
    *group(
        "Kernel",
        Field("out_channels", "Output channels", "", "1"),
        Field("groups", "Groups", "", "1"),
        Field("kernel_height", "Kernel height", "", "3", paths=("kernel.height",)),
        Field("kernel_width", "Kernel width", "", "3", paths=("kernel.width",)),
    ),
    *group(
        "Window",
        Field("stride", "Stride", _PAIRED, "4"),
        Field("padding", "Padding", "a number, a pair, top bottom left right, same or valid", "2"),
        Field("dilation", "Dilation", _PAIRED, "1"),
        Field("output_padding", "Output padding", f"{_PAIRED}; transposed convolution only", "0"),
        Field("flip", "Flip the kernel", "true convolution, as signal processing has it", "", "switch"),
        Field("transposed", "Transposed convolution", "", "", "switch"),
    ),
    *group(
        "Numbers",
        Field("kernel", "Kernel values", _VALUES, "", "grid", paths=("kernel.values",)),
        Field("image", "Image values", "rows of numbers; several channels below each other", "", "grid"),
    ),
    *group("Your answer", Field("answer", "Your matrix", _ANSWER, "", "grid")),
    Field("row", "Row of A", "the row that is pointed at, from 0", "0", "state"),
)
CONV_MATRIX = Calculator(
    name="conv-matrix",
    title="Convolution as a matrix",
    about="A of y = A x for any convolution: entries, windows, derivation, and your answer marked.",
    fields=FIELDS,
    body=ConvMatrixBody,
    view=ConvMatrixView,
    request=request,
    calculate=calculate,
    lines=lines,
    examples=EXAMPLES,
)
