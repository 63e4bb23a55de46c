"""What a choice among rows is worth: the chosen row's figure on seeds that took no part in the choice."""

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from app.comparing.verdicts.judging import Judgement


class HeldOut(NamedTuple):
    """Mean test figure of what the other seeds choose, seed by seed; None where seeds are too few.

    flattery: by how much the winner of as many equal settings would look too good at this spread. stays:
    whether the row that leads is the one that is chosen without each of the seeds.
    """

    mean: float | None
    n: int
    flattery: float | None
    stays: bool = False


def held_out(judged: "Judgement") -> HeldOut:
    """Of the headline column, over the seeds that every row has."""
    import numpy as np

    rows, column = judged.scored.rows, judged.headline
    keys = [list(zip(row.seeds, row.subsets, strict=True)) for row in rows]
    common = [key for key in keys[0] if all(key in other for other in keys[1:])]
    if len(rows) < 2:
        return HeldOut(None, 0, None)
    places = [[key.index(seeds) for seeds in common] for key in keys]
    choices = zip(judged.scored.choices, places, strict=True)
    chosen_by = np.array([choice[at, column] for choice, at in choices])
    figures = np.array([row.values[at, column] for row, at in zip(rows, places, strict=True)])
    flattery = flattery_among(judged, len(rows))
    if len(common) < 2 or np.isnan(chosen_by).any() or np.isnan(figures).any():
        return HeldOut(None, len(common), flattery)
    others = chosen_by.sum(axis=1, keepdims=True) - chosen_by
    winners = others.argmax(axis=0)
    stays = bool((winners == judged.best[column]).all())
    return HeldOut(float(figures[winners, range(len(common))].mean()), len(common), flattery, stays)


def flattery_among(judged: "Judgement", settings: int) -> float | None:
    """Of so many equal settings with as many seeds as these, by the pooled spread over seeds.

    None where no spread is known: without a row of two runs, or where its runs are equal.
    """
    from app.comparing.statistics.planning import flattery

    sides = [row.values[:, judged.headline] for row in judged.scored.rows if len(row.seeds) > 1]
    if not sides:
        return None
    squares = sum(float(((side - side.mean()) ** 2).sum()) for side in sides)
    variance = squares / sum(len(side) - 1 for side in sides)
    share = sum(1 / len(row.seeds) for row in judged.scored.rows) / len(judged.scored.rows)
    return flattery(settings, math.sqrt(variance * share)) if math.isfinite(variance) and variance else None
