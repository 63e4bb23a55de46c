"""Views of the calculator of ReLU networks, from typed text, for tests of what is made of them."""

from app.lab.registry import page_named
from app.lab.relu_network.views import ReluView

WRITE_UP = {"weights": "3/2\n1/2\n\n1 2\n2 1\n\n1 1", "biases": "0 1\n0 1\n-1", "points": "2, -1, 1"}
TWO_INPUTS = {
    "weights": "1 1\n1 -1\n1/2 2\n\n1 -1 1\n-1 2 1/2\n\n1 -2",
    "biases": "0 1/2 -1\n-1 0\n1",
    "points": "2 1",
    "low": "-3",
    "high": "3",
}
SAW_TOOTH = {
    "weights": "1\n1\n\n2 -4\n2 -4\n\n2 -4\n2 -4\n\n2 -4",
    "biases": "0 -1/2\n0 -1/2\n0 -1/2\n0",
    "points": "1/3",
    "low": "-1/2",
    "high": "3/2",
}


def asked(**typed: str) -> ReluView:
    """What the calculator answers; fields left out stand at their default."""
    calculator = page_named("relu-network").calculator
    view = calculator.work_out_typed(calculator.complete(typed))
    assert isinstance(view, ReluView)
    return view
