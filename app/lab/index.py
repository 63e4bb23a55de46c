"""The index of the theory lab: each page with its question and a picture of the answer that it opens with."""

from dataclasses import dataclass
from functools import cache

from app.lab.base.calculator import Calculator
from app.lab.base.form import address
from app.lab.registry import CALCULATORS
from app.lab.sketches import Sketch, sketch_of


@dataclass(frozen=True)
class Entry:
    """A page: question, formula (LaTeX), picture, and its worked examples as (title, path)."""

    path: str
    title: str
    question: str
    formula: str
    sketch: Sketch | None
    examples: tuple[tuple[str, str], ...] = ()


_QUESTIONS = {
    "conv-matrix": ("Which matrix is this convolution, and which pixels does each row read?", "y = A x"),
    "relu-network": (
        "Which straight line does the network follow at a point, and where does it bend?",
        r"h(x) = W x + b",
    ),
    "class-balance": (
        "How much does each class weigh at this beta, and does the beta do anything at all?",
        r"w_j \propto \frac{1-\beta}{1-\beta^{n_j}}",
    ),
    "focal": (
        "How much of an easy example is left, and how hard does a hard one pull?",
        r"-(1-p)^{\gamma} \ln p",
    ),
    "layers": (
        "What comes out of each layer, what does it cost, and how much of the image does it see?",
        r"\left\lfloor \frac{n+2p-k}{s} \right\rfloor + 1",
    ),
}
"""In the order of the write-up."""
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
    return (*(_entry(CALCULATORS[name]) for name in _QUESTIONS if name in CALCULATORS), _DEAD)


def _entry(calculator: Calculator) -> Entry:
    question, formula = _QUESTIONS[calculator.name]
    path = f"/theory/{calculator.name}"
    view = calculator.work_out_typed(calculator.complete({}))
    examples = ((each.title, f"{path}?{address(calculator, each.typed)}") for each in calculator.examples)
    return Entry(path, calculator.title, question, formula, sketch_of(calculator.name, view), tuple(examples))
