"""What must be said beside A: the kernel's direction, pixels never read, the full size, A transposed.

Whole sentences; the numbers in them are `geometry`'s.
"""

from app.lab.conv_matrix.formula.geometry import Problem

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
