"""The calculators there are, by name. Endpoints and commands are made of this table."""

from app.errors import NotFoundError
from app.lab.base.calculator import Calculator
from app.lab.class_balance.calculator import CLASS_BALANCE
from app.lab.conv_matrix.calculator import CONV_MATRIX
from app.lab.focal.calculator import FOCAL
from app.lab.layers.calculator import LAYERS
from app.lab.relu_network.calculator import RELU_NETWORK

_ALL: tuple[Calculator, ...] = (CONV_MATRIX, RELU_NETWORK, CLASS_BALANCE, FOCAL, LAYERS)

CALCULATORS = {calculator.name: calculator for calculator in _ALL}


def calculator_named(name: str) -> Calculator:
    """The calculator. Raises NotFoundError naming those that there are."""
    if name not in CALCULATORS:
        raise NotFoundError(f"There is no calculator {name!r}.", f"There are: {', '.join(CALCULATORS)}.")
    return CALCULATORS[name]
