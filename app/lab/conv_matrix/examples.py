"""Worked examples of conv-matrix, the write-up's own answer among them."""

from app.lab.base.calculator import Example

WRITE_UP_ANSWER = """w(1,1) w(1,2) 0 w(2,1) w(2,2) 0 0 0 0
0 w(1,0) w(1,1) 0 w(2,0) w(2,1) 0 0 0
0 0 0 w(0,1) w(0,2) 0 w(1,1) w(1,2) 0
0 0 0 0 w(0,1) w(0,2) 0 w(1,1) w(1,2)"""

_SMALL, _TWO = {"stride": "1", "padding": "0"}, {"kernel_height": "2", "kernel_width": "2"}
_FIVE = {"kernel_height": "5", "kernel_width": "5", "stride": "2"}
_COUNTED = "\n".join(" ".join(str(5 * row + col) for col in range(1, 6)) for row in range(5))
_PIXEL, _TRANSPOSED = {"height": "1", "width": "1"}, {"transposed": "true", "output_padding": "1"}
EXAMPLES = (
    Example(
        "The write-up's problem and its answer",
        "3 x 3 on 3 x 3 with stride 4 and padding 2. The answer has the right size, but every row is wrong: "
        "each window reads one corner only. Its first three rows are those of stride 2 with padding 1.",
        {"answer": WRITE_UP_ANSWER},
    ),
    Example(
        "The problem that was answered",
        "Stride 2 with padding 1 gives the same size, 4 x 9, with four weights in each row.",
        {"stride": "2", "padding": "1"},
    ),
    Example(
        "A layer does not flip the kernel",
        "37, 47, 67, 77 is what a layer computes. With the kernel flipped, as signal processing has it, the "
        "result is 23, 33, 53, 63; the full convolution has 4 x 4 values.",
        {**_SMALL, **_TWO, "kernel": "1 2\n3 4", "image": "1 2 3\n4 5 6\n7 8 9"},
    ),
    Example(
        'Padding "same" with a stride',
        "PyTorch refuses it. For an even input the pads are uneven, the extra one at the bottom and right.",
        {"height": "10", "width": "10", **_FIVE, "padding": "same"},
    ),
    Example(
        "Transposed, with output padding",
        "One pixel becomes 2 x 2. The row and column that the output padding adds are computed, not zero.",
        {**_PIXEL, **_FIVE, **_TRANSPOSED, "image": "1", "kernel": _COUNTED},
    ),
    Example(
        "Depthwise: a group for each channel",
        "A falls into one block a channel; nothing is read across channels.",
        {**_SMALL, "channels": "2", "out_channels": "2", "groups": "2", **_TWO},
    ),
    Example(
        "A digit of 28 x 28",
        "784 x 784, with nine bands and 1.1 % of the entries not zero.",
        {"height": "28", "width": "28", "stride": "1", "padding": "1"},
    ),
)
