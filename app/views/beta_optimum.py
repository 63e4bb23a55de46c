"""Where the optimum of beta lies among compared settings, and whether its neighbours can be told from it."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from app.formats import change, percent
from app.views.chips import value_text
from app.views.compare import CompareRow, Delta
from app.views.setting_labels import NO_SETTING, loss_family
from trainer.config_fields import flatten

METRICS = (("accuracy", "Accuracy"), ("balanced_accuracy", "Balanced accuracy"))


def beta_optimum(
    rows: Sequence[CompareRow], between: Callable[[str, str, str], Delta | None]
) -> Iterator[str]:
    """A sentence for each metric, of the largest group of settings that differ in beta alone.

    Where accuracy and balanced accuracy are one figure (a balanced test set), only the first is told.
    """
    family = _largest_family(rows)
    told: list[float] = []
    for metric, title in METRICS:
        known = [(mean, row) for row in family if (mean := row.metrics[metric].mean) is not None]
        if len(known) < 2:
            continue
        best, row = max(known, key=lambda pair: pair[0])
        if round(best, 9) not in told:
            told.append(round(best, 9))
            others = [one for _, one in known]
            yield f"{title} of {loss_family(row.config)} peaks at beta {_beta(row)} " + _sentence(
                row, best, others, metric, between
            )


def _sentence(
    row: CompareRow,
    best: float,
    family: Sequence[CompareRow],
    metric: str,
    between: Callable[[str, str, str], Delta | None],
) -> str:
    place = family.index(row)
    beside = [family[at] for at in (place - 1, place + 1) if 0 <= at < len(family)]
    named = " and ".join(_neighbour(one, between(one.label, row.label, metric)) for one in beside)
    end = "" if len(beside) == 2 else ", at the end of the values tried"
    return f"({percent(best)} %, n = {row.n}){end}; beside it {named}."


def _neighbour(row: CompareRow, delta: Delta | None) -> str:
    if delta is None or delta.mean is None:
        return f"{_beta(row)} (no pair of seeds)"
    said = change(delta.mean)
    if delta.low is None or delta.high is None:
        return f"{_beta(row)} ({said} points, one seed: no interval)"
    apart = "not distinguishable" if delta.low <= 0 <= delta.high else "distinguishable"
    return f"{_beta(row)} ({said} points, {change(delta.low)} to {change(delta.high)}: {apart})"


def _largest_family(rows: Sequence[CompareRow]) -> list[CompareRow]:
    """Settings equal but for beta, by beta; [] where no two are."""
    groups: dict[str, list[CompareRow]] = {}
    for row in rows:
        flat: dict[str, Any] = flatten(row.config)
        if flat.get("loss.beta") is not None:
            rest = {path: value for path, value in flat.items() if path not in (*NO_SETTING, "loss.beta")}
            groups.setdefault(json.dumps(rest, sort_keys=True), []).append(row)
    largest = max(groups.values(), key=len, default=[])
    ordered = sorted(largest, key=lambda row: float(row.config["loss"]["beta"]))
    return ordered if len(ordered) > 1 else []


def _beta(row: CompareRow) -> str:
    return value_text(row.config["loss"]["beta"])
