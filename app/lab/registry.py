"""The calculators there are and their pages, by name, in the order of the write-up.

Pages, endpoints and commands are made of these tables.
"""

from app.errors import NotFoundError
from app.lab.base.page import Page
from app.lab.class_balance.page import CLASS_BALANCE_PAGE
from app.lab.conv_matrix.page import CONV_MATRIX_PAGE
from app.lab.focal.page import FOCAL_PAGE
from app.lab.layers.page import LAYERS_PAGE
from app.lab.relu_network.page import RELU_NETWORK_PAGE

_ALL = (CONV_MATRIX_PAGE, RELU_NETWORK_PAGE, CLASS_BALANCE_PAGE, FOCAL_PAGE, LAYERS_PAGE)

PAGES: dict[str, Page] = {page.calculator.name: page for page in _ALL}
CALCULATORS = {name: page.calculator for name, page in PAGES.items()}


def page_named(name: str) -> Page:
    """The page. Raises NotFoundError naming those that there are."""
    if name not in PAGES:
        raise NotFoundError(f"There is no calculator {name!r}.", f"There are: {', '.join(PAGES)}.")
    return PAGES[name]
