"""One line of an uploaded CSV as a result: which columns there are, and what a cell may hold."""

import re
import unicodedata
from collections.abc import Callable, Mapping

from app.published.result import Result

CLASS = "class:"
"""A column for the recall of one class is headed class:NAME."""
REQUIRED = ("label", "accuracy", "unit", "source")
LENGTHS = {"label": 200, "dataset": 200, "source": 500, "recipe": 1000, "note": 2000}
"""Most characters of each text."""
KNOWN = ("label", "dataset", "imbalance_ratio", "accuracy", "unit", "source", "recipe", "note")
UNITS: dict[str, Callable[[float], float]] = {
    "percent": lambda value: value / 100,
    "fraction": lambda value: value,
    "error_percent": lambda value: 1 - value / 100,
}
"""What turns a figure of each unit into an accuracy 0..1."""
_GROUP = "Added here"
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)


class RefusalError(Exception):
    """A line that cannot be read: what is wrong with each column."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name} {message}" for name, message in columns.items()))
        self.columns = dict(columns)


def column_name(cell: str) -> str:
    """A header's cell as a column: case does not matter, but in the name of a class."""
    name = tidy(cell)
    if name.lower().startswith(CLASS):
        return CLASS + name[len(CLASS) :].strip()
    return name.lower().replace(" ", "_")


def tidy(text: str) -> str:
    """On one line, with single spaces."""
    return " ".join(text.split())


def read_row(cells: Mapping[str, str], decimal_comma: bool) -> Result:
    """The row of one line. Raises RefusalError naming each column at fault.

    The unit holds for the accuracy and for the classes; figures become accuracies 0..1.
    """
    wrong: dict[str, str] = {}
    texts = {name: _text(name, cells, wrong) for name in LENGTHS}
    unit = tidy(cells["unit"]).lower()
    if unit not in UNITS:
        said = f"must be one of {', '.join(UNITS)}" + (f", got {unit[:40]!r}" if unit else "")
        wrong["unit"] = said
    comma = (",", ".") if decimal_comma else ("", "")
    figures = {
        name: _figure(name, cells[name].strip().replace(*comma), unit, wrong)
        for name in cells
        if name == "accuracy" or name.startswith(CLASS)
    }
    ratio = _ratio(cells.get("imbalance_ratio", "").strip().replace(*comma), wrong)
    if wrong:
        raise RefusalError(wrong)
    return _result(texts, figures, ratio)


def _result(texts: Mapping[str, str], figures: dict[str, float | None], ratio: float | None) -> Result:
    accuracy = figures.pop("accuracy")
    has_classes = any(value is not None for value in figures.values())
    return Result(
        id="",
        group=f"{_GROUP}: {texts['dataset']}" if texts["dataset"] else _GROUP,
        **texts,
        imbalance_ratio=ratio,
        accuracy=accuracy,
        classes=tuple(figures.values()) if has_classes else (),
        class_names=tuple(name.removeprefix(CLASS) for name in figures) if has_classes else (),
        own=True,
    )


def _text(name: str, cells: Mapping[str, str], wrong: dict[str, str]) -> str:
    text = tidy(cells.get(name, ""))
    if name in REQUIRED and not text:
        wrong[name] = "is empty"
    if len(text) > LENGTHS[name]:
        wrong[name] = f"has {len(text)} characters; at most {LENGTHS[name]} are kept"
    if control := next((c for c in text if unicodedata.category(c) == "Cc"), ""):
        wrong[name] = f"holds the control character U+{ord(control):04X}"
    return text


def _figure(name: str, text: str, unit: str, wrong: dict[str, str]) -> float | None:
    """An accuracy 0..1; None for the empty cell of a class."""
    if not text:
        if name == "accuracy":
            wrong[name] = "is empty"
        return None
    top = 1.0 if unit == "fraction" else 100.0
    value = _number(text)
    if value is None:
        wrong[name] = f"must be a number such as {0.436 * top:.3g}, got {text[:40]!r}"
    elif not 0 <= value <= top:
        hint = "; a figure in percent has the unit percent" if unit == "fraction" and value <= 100 else ""
        wrong[name] = f"must be between 0 and {top:g}, got {text[:40]}{hint}"
    elif unit in UNITS:
        return round(UNITS[unit](value), 9)
    return None


def _ratio(text: str, wrong: dict[str, str]) -> float | None:
    value = _number(text) if text else 1.0
    if value is None or not 1 <= value <= 1e9:
        wrong["imbalance_ratio"] = (
            f"must be a number of at least 1 (largest class / smallest), got {text[:40]!r}"
        )
    return value if text else None


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None
