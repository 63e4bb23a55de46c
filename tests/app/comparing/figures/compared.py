"""Hand-made comparisons for the figures of /compare: settings of a sweep, with spreads and differences."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from app.comparing.confusion import ConfusionDifference
from app.comparing.curves import Curve, CurvePoint, Curves
from app.comparing.parts import Interval, Spread
from app.comparing.view import Answer, CompareClass, CompareRow, Comparison, Delta
from app.figures.drawn import Drawn
from app.views.setting_labels import setting_labels
from tests.app.figures.boards import counts, names
from trainer.config import as_json, parse_config, setting_hash
from trainer.metrics.table import NAMES

SWEEP: tuple[dict[str, Any], ...] = (
    {"name": "cross_entropy"},
    {"name": "focal"},
    {"name": "cross_entropy", "weighting": "class_balanced", "beta": 0.997},
    *({"name": "focal", "weighting": "class_balanced", "beta": beta} for beta in (0.9, 0.99, 0.997, 0.9999)),
)


ONE_SEED = "one seed: no spread over seeds"


def spread(mean: float | None, sd: float | None = None) -> Spread:
    """With an interval of two SD either side where there is an SD."""
    if mean is None or sd is None:
        return Spread(mean=mean, sd=sd)
    return Spread(mean=mean, sd=sd, low=mean - 2 * sd, high=mean + 2 * sd)


def delta(mean: float, half: float | None = 0.02, metric: str = "accuracy") -> Delta:
    """An interval of `half` either side, half as wide again for the whole page; none at n = 1."""
    if half is None:
        return Delta(
            metric=metric, n=1, mean=mean, sd=None, low=None, high=None, seeds_needed=None, why=ONE_SEED
        )
    whole = Interval(low=mean - 1.5 * half, high=mean + 1.5 * half, p=0.01)
    answer: Answer = "better" if mean > 1.5 * half else "worse" if mean < -1.5 * half else "unknown"
    return Delta(
        metric=metric,
        n=3,
        mean=mean,
        sd=half / 2.48,
        low=mean - half,
        high=mean + half,
        seeds_needed=4,
        adjusted=whole,
        verdict=answer,
    )


def row(loss: Mapping[str, Any], label: str, classes: int, lift: float, **changes: Any) -> CompareRow:
    """Recall falls from 0.9 to 0.1 + lift along classes; n = 3 with SD 0.01."""
    parsed = parse_config({"loss": loss})
    recall = [0.9 - at * (0.8 - lift) / max(1, classes - 1) for at in reversed(range(classes))]
    metrics = {name: spread(0.4 + lift / 2, 0.01) for name in NAMES}
    metrics |= {
        "head": spread(0.9 - lift / 3, 0.01),
        "tail": spread(0.1 + lift, 0.02),
        "loss": spread(1.5, 0.1),
    }
    plain: dict[str, Any] = {
        "label": label,
        "kind": "setting",
        "run_ids": (1, 2, 3),
        "n": 3,
        "setting_hash": setting_hash(parsed),
        "config": as_json(parsed),
        "states": {"completed": 3},
        "epochs": (10, 10, 10),
        "metrics": metrics,
        "classes": tuple(spread(value, 0.01) for value in recall),
        "delta": None,
        "deltas": {},
        "class_deltas": (None,) * classes,
    }
    return CompareRow(**plain | changes)


def comparison(
    losses: Sequence[Mapping[str, Any]] = SWEEP,
    classes: int = 10,
    baseline: str | None = "CE",
    labels: Sequence[str] | None = None,
    **changes: Any,
) -> Comparison:
    """A row a loss, each better for the tail than the one before."""
    named = labels or setting_labels([as_json(parse_config({"loss": loss})) for loss in losses])
    rows = []
    for at, (loss, label) in enumerate(zip(losses, named, strict=True)):
        gain = delta(0.01 * at)
        over: dict[str, Any] = (
            {}
            if label == baseline or baseline is None
            else {"delta": gain, "deltas": dict.fromkeys(NAMES, gain), "class_deltas": (gain,) * classes}
        )
        over |= _ties(at, len(losses), classes)
        made = row(loss, label, classes, 0.06 * at, **over)
        chosen = {name: one.mean for name, one in made.metrics.items()}
        rows.append(made.model_copy(update={"choosing": chosen}))
    columns = tuple(
        CompareClass(name=name, train_count=n)
        for name, n in zip(names(classes), counts(classes), strict=True)
    )
    plain: dict[str, Any] = {
        "classes": columns,
        "epoch": "last",
        "chosen_on_test": False,
        "baseline": baseline,
        "rows": tuple(rows),
        "warnings": (),
        "observations": (),
        "differences": (),
    }
    return Comparison(**plain | changes)


def _ties(at: int, rows: int, classes: int) -> dict[str, Any]:
    """The first row is best for the head, the last for all else, with the row before it."""
    if rows < 2:
        return {}
    last = at >= rows - 2
    tied = {name: at == 0 if name in ("head", "loss") else last for name in NAMES}
    lead = at == rows - 1
    leads = {name: at == 0 if name in ("head", "loss") else lead for name in NAMES}
    return {
        "leads": leads,
        "classes_lead": (lead,) * classes,
        "tied_with_best": tied,
        "classes_tied": (last,) * classes,
    }


def without_figures(view: Comparison) -> Comparison:
    """The same settings before the first epoch."""
    none = {name: spread(None) for name in NAMES}
    empty = {
        "metrics": none,
        "classes": (),
        "n": 0,
        "delta": None,
        "deltas": {},
        "class_deltas": (),
        "choosing": {},
        "leads": {},
        "classes_lead": (),
        "tied_with_best": {},
        "classes_tied": (),
        "progress": "queued",
    }
    rows = tuple(one.model_copy(update=empty) for one in view.rows)
    return view.model_copy(update={"rows": rows, "classes": ()})


def curves(
    view: Comparison, means: Sequence[float | None], best: Sequence[int] = (), **changes: Any
) -> Curves:
    """The same curve for every row; `best` are epochs."""
    points = tuple(
        CurvePoint(
            epoch=epoch,
            step=10.0 * epoch,
            seconds=2.5 * epoch,
            mean=mean,
            sd=None if mean is None else 0.01,
            n=3,
            best=epoch in best,
        )
        for epoch, mean in enumerate(means, start=1)
    )
    drawn = tuple(
        Curve(label=one.label, setting_hash=one.setting_hash, config=one.config, points=points)
        for one in view.rows
    )
    return Curves(**{"metric": "test_accuracy", "curves": drawn, "baseline": view.baseline} | changes)


def confusion_difference(
    matrix: Sequence[Sequence[float | None]], train: Sequence[int]
) -> ConfusionDifference:
    return ConfusionDifference(
        a="CB-Focal 0.99",
        b="CE",
        names=names(len(train)),
        train_counts=tuple(train),
        matrix=tuple(map(tuple, matrix)),
        leakage_a=0.25,
        leakage_b=0.5,
    )


def checked(drawn: Drawn) -> dict[str, Any]:
    """The figure, once Plotly accepts every key and value, JSON is strict, and the table fits its columns."""
    go.Figure(drawn.figure)
    json.dumps(drawn.figure, allow_nan=False)
    assert all(len(row) == len(drawn.table.columns) for row in drawn.table.rows)
    assert drawn.label.endswith(".")
    assert not any(word in drawn.label.lower() for word in ("nan", "none"))
    assert drawn.figure["layout"]["height"] > 0
    return drawn.figure
