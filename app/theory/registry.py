"""The calculators there are, by name. Pages, endpoints and commands are made of this table."""

from app.errors import NotFoundError
from app.theory.calculator import Calculator
from app.theory.class_balance import CLASS_BALANCE
from app.theory.conv_matrix import CONV_MATRIX
from app.theory.focal import FOCAL
from app.theory.layers import LAYERS
from app.theory.relu_network import RELU_NETWORK

_ALL: tuple[Calculator, ...] = (CONV_MATRIX, RELU_NETWORK, CLASS_BALANCE, FOCAL, LAYERS)

CALCULATORS = {calculator.name: calculator for calculator in _ALL}


def calculator_named(name: str) -> Calculator:
    """The calculator. Raises NotFoundError naming those that there are."""
    if name not in CALCULATORS:
        raise NotFoundError(f"There is no calculator {name!r}.", f"There are: {', '.join(CALCULATORS)}.")
    return CALCULATORS[name]
