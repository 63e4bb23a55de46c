"""Two fields against each other: the mean of the settings at every pair of their levels."""

from collections.abc import Sequence

import numpy as np

from app.comparing.baselines import refused
from app.comparing.effects.design import Design, Factor
from app.comparing.effects.fields import possible_ends
from app.comparing.effects.judging import Judged
from app.comparing.effects.view import CrossCell, Crossing
from app.formats import gather

Pair = tuple[str | None, str | None]


def crossing_of(judged: Judged, usual: Sequence[Factor], field: str, by: str, metric: str) -> Crossing | None:
    """Of the fields of these paths, "" for the first of `usual` that is free; None where there are no two.

    Raises InvalidError for a path that does not differ.
    """
    asked = _named(judged.design, "field", field)
    other = _named(judged.design, "by", by)
    a = asked or next((one for one in usual if one is not other), None)
    b = other if other is not a else None
    b = b or next((one for one in usual if one is not a), None)
    return _crossed(judged, a, b, metric) if a is not None and b is not None else None


def _named(design: Design, word: str, path: str) -> Factor | None:
    if not path or not design.factors:
        return None
    found = next((one for one in design.factors if path in one.paths), None)
    if found is None:
        these = ", ".join(path for one in design.factors for path in one.paths) or "none"
        raise refused(word, f"{path!r} does not differ among these settings; these do: {these}")
    return found


def _crossed(judged: Judged, a: Factor, b: Factor, metric: str) -> Crossing:
    rows, others = judged.scores.rows, judged.design.beside(a, b)
    places = gather((pair, at) for at, pair in enumerate(zip(a.values, b.values, strict=True)))
    pairs = sorted(places, key=lambda pair: (_place(a, pair[0]), _place(b, pair[1])))
    coefficients = np.zeros((len(pairs), judged.design.size))
    for row, pair in zip(coefficients, pairs, strict=True):
        row[places[pair]] = 1 / len(places[pair])
    found = judged.scores.combined(coefficients)
    ends = [end.tolist() for end in possible_ends(found, metric)]
    beside = {frozenset(tuple(one.values[at] for one in others) for at in places[pair]) for pair in pairs}
    cells = [
        CrossCell(
            level=pair[0],
            other=pair[1],
            settings=len(places[pair]),
            runs=sum(len(rows[at].seeds) for at in places[pair]),
            mean=mean,
            low=low,
            high=high,
        )
        for pair, mean, low, high in zip(pairs, found.mean.tolist(), *ends, strict=True)
    ]
    return Crossing(field=a.paths[0], by=b.paths[0], cells=tuple(cells), alike=len(beside) == 1)


def _place(factor: Factor, level: str | None) -> int:
    """Of a level in order; what has no effect comes first."""
    return -1 if level is None else factor.levels.index(level)
