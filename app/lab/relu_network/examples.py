"""Worked examples of ReLU networks: the write-up's, with its answers, and what kinks and folds look like."""

from collections.abc import Mapping

from app.lab.base.calculator import Example

WRITE_UP: Mapping[str, str] = {
    "weights": "1.5\n0.5\n\n1 2\n2 1\n\n1 1",
    "biases": "0 1\n0 1\n-1",
    "points": "2, -1, 1",
}
"""Two hidden layers of two units; its biases are a line a layer."""

EXAMPLES = (
    Example(
        "The write-up's answer at x = 2",
        "W and b were given as lists, one entry for each hidden unit. But with one input and one output they "
        "are single numbers: W = 6 and b = 3. The entries of W are those of W2 W1 + W3, where the layers "
        "should have been composed.",
        {**WRITE_UP, "points": "2", "answer_w": "3.5 4.5", "answer_b": "-0.5 -1.5"},
    ),
    Example(
        "The write-up's answer at x = -1",
        "Here the first unit of layer 1 is off. The answer gives the slopes of the two units of layer 1 and "
        "goes no further; W is 3/2 and b is 3.",
        {**WRITE_UP, "points": "-1", "answer_w": "1.5 0.5", "answer_b": "1.5 1"},
    ),
    Example(
        "The write-up's answer at x = 1",
        "The same pattern as at x = 2, so the same W and b, and the same mistake in the answer. Its summary "
        "then gives other numbers than its own working.",
        {**WRITE_UP, "points": "1", "answer_w": "3.5 4.5", "answer_b": "1 1"},
    ),
    Example(
        "On a kink, and at zero without one",
        "At x = 0 unit 1 of layer 1 switches: the slope is 3/2 on the left and 6 on the right, and autograd "
        "returns 3/2. At x = -3 unit 1 of layer 2 sits exactly at zero, and nothing bends.",
        {**WRITE_UP, "points": "0, -2, -3"},
    ),
    Example(
        "A slope that autograd misses",
        "relu(x) - relu(-x) is x, without a kink at 0. But both units are at zero there, so autograd returns "
        "0, not 1.",
        {"weights": "1\n-1\n\n1 -1", "biases": "0 0\n0", "points": "0, 1"},
    ),
    Example(
        "A saw-tooth: depth folds the line",
        "Each layer of two units makes a tent, and each tent folds all teeth before it: three layers make "
        "eight slopes between 0 and 1, four would make sixteen.",
        {
            "weights": "1\n1\n\n2 -4\n2 -4\n\n2 -4\n2 -4\n\n2 -4",
            "biases": "0 -1/2\n0 -1/2\n0 -1/2\n0",
            "points": "1/3",
            "low": "-1/4",
            "high": "5/4",
        },
    ),
    Example(
        "Two inputs: regions of the plane",
        "Three units of layer 1 cut the plane along straight lines; the lines of layer 2 bend where they "
        "cross these.",
        {
            "weights": "1 0\n0 1\n1 1\n\n1 -1 1\n1 1 -2\n\n1 1",
            "biases": "0 0 -1\n-1/2 0\n0",
            "points": "1, 1/2; -1, 2; 0, 0",
            "low": "-3",
            "high": "3",
        },
    ),
    Example(
        "Leaky ReLU",
        "The write-up's network with a slope of 1/10 below zero: units that are off still pass a tenth.",
        {**WRITE_UP, "activation": "leaky_relu", "negative_slope": "1/10"},
    ),
)
