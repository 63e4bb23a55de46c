"""What a terminal shows of conv-matrix: A or its non-zeros, the derivation, the check, the marked answer."""

from collections.abc import Iterator

from app.lab.base.columns import derivation, verdict
from app.lab.conv_matrix.views import ConvMatrixView

WIDEST = 30
"""Columns of A that a terminal has room for; a wider A is listed by its non-zeros."""
MOST_LISTED = 40


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
    yield from derivation(view.derivation)
    yield ""
    yield from _check(view)
    if view.answer is not None:
        yield ""
        cells = view.answer.cells
        yield from verdict(view.answer, ((f"row {cell.row}, column {cell.col}", cell) for cell in cells))


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
