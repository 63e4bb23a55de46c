"""The index of the theory lab: each page with its question and a picture of the answer that it opens with."""

from dataclasses import dataclass
from functools import cache

from app.lab.base.form import address
from app.lab.base.page import Page
from app.lab.base.sketch import Sketch
from app.lab.pages import PAGES


@dataclass(frozen=True)
class Entry:
    """A page: question, formula (LaTeX), picture, and its worked examples as (title, path)."""

    path: str
    title: str
    question: str
    formula: str
    sketch: Sketch | None
    examples: tuple[tuple[str, str], ...] = ()


_DEAD = Entry(
    "/theory/dead-relu",
    "Dead ReLU",
    "When do units fall silent for every image, and what brings them back?",
    r"\max(0,\, w \cdot x + b) = 0",
    None,
)


@cache
def entries() -> tuple[Entry, ...]:
    """All pages of the lab. Worked out once: nothing in it changes while the process lives."""
    return (*map(_entry, PAGES.values()), _DEAD)


def _entry(page: Page) -> Entry:
    calculator = page.calculator
    path = f"/theory/{calculator.name}"
    view = calculator.work_out_typed(calculator.complete({}))
    examples = tuple(
        (each.title, f"{path}?{address(calculator, each.typed)}") for each in calculator.examples
    )
    return Entry(path, calculator.title, page.question, page.formula, page.sketch(view), examples)
