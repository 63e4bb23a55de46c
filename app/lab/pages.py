"""The pages of the calculators, by name, in the order of the write-up."""

from app.lab.base.page import Page
from app.lab.class_balance.page import CLASS_BALANCE_PAGE
from app.lab.conv_matrix.page import CONV_MATRIX_PAGE
from app.lab.focal.page import FOCAL_PAGE
from app.lab.layers.page import LAYERS_PAGE
from app.lab.registry import calculator_named
from app.lab.relu_network.page import RELU_NETWORK_PAGE

_ALL = (CONV_MATRIX_PAGE, RELU_NETWORK_PAGE, CLASS_BALANCE_PAGE, FOCAL_PAGE, LAYERS_PAGE)

PAGES: dict[str, Page] = {page.calculator.name: page for page in _ALL}


def page_named(name: str) -> Page:
    """The page. Raises NotFoundError naming those that there are."""
    return PAGES[calculator_named(name).name]
