"""What is done to a curve before it is drawn: smoothing, then thinning that keeps what must be seen."""

from collections.abc import Collection, Sequence

MOST_POINTS = 240
"""About what a figure two abreast can show, one point each second pixel."""


def smoothed(values: Sequence[float | None], weight: float) -> list[float | None]:
    """Exponential moving average that forgets by `weight` (0..1) a step, without pull towards zero.

    A gap stays a gap and is passed over. Zero weight changes nothing. Correction of the bias of the first
    steps: Kingma and Ba, "Adam", 2015, section 3.
    """
    total, seen = 0.0, 0.0
    result: list[float | None] = []
    for value in values:
        if value is None:
            result.append(None)
            continue
        total = weight * total + (1 - weight) * value
        seen = weight * seen + (1 - weight)
        result.append(total / seen)
    return result


def kept_points(
    values: Sequence[float | None], always: Collection[int] = (), most: int = MOST_POINTS
) -> list[int]:
    """Indices to draw: all up to `most`; else of each stretch its lowest, highest, and one gap, if any.

    Never thinned away: the first, the last, and `always`.
    """
    if len(values) <= most:
        return list(range(len(values)))
    width = -(-2 * len(values) // most)
    kept = {0, len(values) - 1, *always}
    for start in range(0, len(values), width):
        stretch = range(start, min(len(values), start + width))
        known = [(value, at) for at in stretch if (value := values[at]) is not None]
        if known:
            kept |= {min(known)[1], max(known)[1]}
        kept |= {at for at in stretch if values[at] is None and (at == start or values[at - 1] is not None)}
    return sorted(kept)
