"""Hand-made comparisons for exports: a baseline, a setting over three seeds, a published result."""

from typing import Any

from app.comparing.parts import Interval, Spread
from app.comparing.view import CompareClass, CompareRow, Comparison, Delta
from trainer.config import as_json, parse_config
from trainer.metrics.table import NAMES


def delta(mean: float, metric: str = "accuracy") -> Delta:
    """2.5 points either side alone, 4 for the whole page."""
    whole = Interval(low=mean - 0.04, high=mean + 0.04, p=0.012)
    return Delta(
        metric=metric,
        n=3,
        mean=mean,
        sd=0.01,
        low=mean - 0.025,
        high=mean + 0.025,
        seeds_needed=4,
        adjusted=whole,
        verdict="better" if mean > 0 else "worse",
    )


def row(
    label: str,
    accuracy: float | None,
    recall: tuple[float | None, ...],
    gain: float | None = None,
    **changes: Any,
) -> CompareRow:
    """loss 1.234 and other metrics unknown; sd 0.01 each."""
    metrics = {name: Spread(mean=None, sd=None) for name in NAMES}
    metrics |= {"accuracy": Spread(mean=accuracy, sd=0.01), "loss": Spread(mean=1.234, sd=0.1)}
    fields: dict[str, Any] = {
        "label": label,
        "kind": "setting",
        "run_ids": (1, 2, 3),
        "n": 3,
        "setting_hash": label,
        "config": as_json(parse_config({})),
        "states": {"completed": 3},
        "epochs": (3, 3, 3),
        "metrics": metrics,
        "classes": tuple(Spread(mean=value, sd=None) for value in recall),
        "delta": delta(gain) if gain is not None else None,
        "deltas": {"accuracy": delta(gain)} if gain is not None else {},
        "leads": dict.fromkeys(NAMES, gain is not None),
        "classes_lead": (False, gain is not None),
        "tied_with_best": dict.fromkeys(NAMES, gain is not None),
        "classes_tied": (True, gain is not None),
        "class_deltas": tuple(delta(-0.1, "recall") if gain is not None else None for _ in recall),
    }
    return CompareRow(**(fields | changes))


def published(label: str = "Paper") -> CompareRow:
    return row(
        label,
        0.436,
        (0.5, None),
        kind="published",
        run_ids=(),
        n=0,
        config={},
        epochs=(),
        states={},
        note="A source.",
        leads={},
        classes_lead=(),
        tied_with_best={},
        classes_tied=(),
    )


def comparison(*rows: CompareRow, names: tuple[str, str] = ("cat", "dog"), **changes: Any) -> Comparison:
    fields: dict[str, Any] = {
        "classes": tuple(map(_column, names, (10, 5000))),
        "epoch": "last",
        "chosen_on_test": False,
        "baseline": "CE",
        "warnings": ("Seeds are unequal.",),
        "rows": rows
        or (row("CE", 0.386, (0.731, 0.041)), row("Focal", 0.444, (0.5, 0.4), gain=0.058), published()),
        "observations": (),
        "differences": (),
    }
    return Comparison(**(fields | changes))


def _column(name: str, train_count: int) -> CompareClass:
    return CompareClass(name=name, train_count=train_count)
