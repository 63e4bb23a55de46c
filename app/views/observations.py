"""Sentences computed from a comparison's figures: each holds its numbers and names the figure it rests on.

Differences are percentage points, rows minus baseline. Nothing is said that the figures do not say: a
difference whose interval holds 0 is called not distinguishable, and one seed has no interval.
"""

from collections.abc import Callable, Iterator, Sequence

from app.formats import change, count, cut, percent
from app.views.beta_optimum import beta_optimum
from app.views.compare import Changes, CompareRow, Delta, Observation

MOST_OBSERVATIONS = 8
TABLE, HEAT, CHANGES, TRADEOFF, BETA = (
    "compare-table", "compare-heat", "compare-heat-delta", "compare-tradeoff", "compare-beta",
)  # fmt: skip
Between = Callable[[str, str, str], Delta | None]
"""(label, other label, metric) -> the first minus the second, paired; None without a pair."""

_NAMED = 3
_LEAST_CHANGE = 0.005


def observations(view: Changes, between: Between) -> tuple[Observation, ...]:
    """At most MOST_OBSERVATIONS sentences, the most telling first; () where no row has figures."""
    rows = [row for row in view.rows if row.kind == "setting" and row.n]
    best = _best(rows, view.baseline)
    found = [
        *_verdict(view, best),
        *_distinguishable(view, rows, best),
        *_seesaw(view, best),
        *_changed_classes(view, best),
        *(Observation(text=text, figure=BETA) for text in beta_optimum(rows, between)),
        *_below_chance(view, rows),
        *_one_seed(rows),
    ]
    return tuple(found[:MOST_OBSERVATIONS])


def _best(rows: Sequence[CompareRow], baseline: str | None) -> CompareRow | None:
    """The row with the largest gain in accuracy on the baseline."""
    gains = [(row.delta.mean, row) for row in rows if row.delta and row.label != baseline]
    known = [(gain, row) for gain, row in gains if gain is not None]
    return max(known, key=lambda pair: pair[0])[1] if known else None


def _verdict(view: Changes, best: CompareRow | None) -> Iterator[Observation]:
    if best is None or best.delta is None or best.delta.mean is None:
        return
    gain = best.delta
    word = "Largest gain" if best.delta.mean > 0 else f"No setting gains on {short(view.baseline)}; closest"
    said = (
        f"{word} in accuracy: {short(best.label)}, {change(gain.mean)} points against {short(view.baseline)}"
    )
    yield Observation(text=f"{said}{how_sure(gain)}.", figure=TABLE)


def _distinguishable(
    view: Changes, rows: Sequence[CompareRow], best: CompareRow | None
) -> Iterator[Observation]:
    """The other rows whose difference is surely not 0; a largest gain from few seeds must not hide them."""
    sure = [(delta, row) for row in rows if row is not best and (delta := row.delta) and _sure(delta)]
    if not sure:
        return
    said = "; ".join(f"{short(row.label)} {change(delta.mean)} ({change(delta.low)} to {change(delta.high)}, "
                     f"n = {delta.n})" for delta, row in sure[:_NAMED])  # fmt: skip
    rest = len(sure) - _NAMED
    more = f"; and {rest} more" if rest > 0 else ""
    too = "Also distinguishable" if best and _sure(best.delta) else "Distinguishable"
    text = f"{too} from {short(view.baseline)}, in points of accuracy: {said}{more}. "
    yield Observation(text=f"{text}Each interval is for one comparison.", figure=TABLE)


def _sure(delta: Delta | None) -> bool:
    """Whether there is an interval, and 0 lies outside."""
    return bool(
        delta and delta.low is not None and delta.high is not None and not delta.low <= 0 <= delta.high
    )


def how_sure(delta: Delta) -> str:
    """The interval of a difference in words, with the seeds that a firm verdict would need."""
    if delta.low is None or delta.high is None:
        return f" (n = {delta.n}: one seed, no interval)"
    said = f" (95 % interval {change(delta.low)} to {change(delta.high)}, n = {delta.n})"
    if delta.low <= 0 <= delta.high:
        needed = delta.seeds_needed
        firm = f"about {needed} seeds" if needed else "more than 1,000 seeds"
        return f"{said}; not distinguishable from 0, at this spread a firm verdict needs {firm}"
    return said


def _seesaw(view: Changes, best: CompareRow | None) -> Iterator[Observation]:
    """Head against tail, of the row whose tail moved most against its head."""
    moved = []
    for row in view.rows:
        head, tail = (_mean(row.deltas.get(group)) for group in ("head", "tail"))
        if head is not None and tail is not None and head * tail < 0:
            moved.append((row is best, abs(tail) + abs(head), row, head, tail))
    if not moved:
        return
    _, _, row, head, tail = max(moved, key=lambda one: one[:2])
    text = (f"Seesaw of {short(row.label)} against {short(view.baseline)}: head {_went(head)} points, "
            f"tail {_went(tail)} points.")  # fmt: skip
    yield Observation(text=text, figure=TRADEOFF)


def _changed_classes(view: Changes, best: CompareRow | None) -> Iterator[Observation]:
    if best is None:
        return
    changes = [
        (mean, column.name, column.train_count)
        for column, delta in zip(view.classes, best.class_deltas, strict=True)
        if (mean := _mean(delta)) is not None and abs(mean) >= _LEAST_CHANGE
    ]
    gained = sorted((one for one in changes if one[0] > 0), reverse=True)
    lost = sorted(one for one in changes if one[0] < 0)
    for word, side in (("gained", gained), ("lost", lost)):
        if side:
            named = ", ".join(f"{cut(name)} {change(mean)} ({count(n)} training images)"
                              for mean, name, n in side[:_NAMED])  # fmt: skip
            text = (f"{short(best.label)} against {short(view.baseline)}: {len(side)} of {len(view.classes)} "
                    f"classes {word}, most {named}; in points.")  # fmt: skip
            yield Observation(text=text, figure=CHANGES)


def _below_chance(view: Changes, rows: Sequence[CompareRow]) -> Iterator[Observation]:
    chance = 1 / len(view.classes) if view.classes else 0.0
    below = []
    for row in rows:
        names = [(spread.mean, column.name) for spread, column in zip(row.classes, view.classes, strict=True)
                 if spread.mean is not None and spread.mean < chance]  # fmt: skip
        if names and len(view.classes) > 1:
            below.append((row, sorted(names)))
    if not below:
        return
    said = "; ".join(f"{short(row.label)} {len(names)} of {len(view.classes)} (lowest {cut(names[0][1])}, "
                     f"{percent(names[0][0])} %)" for row, names in below[:_NAMED])  # fmt: skip
    rest = len(below) - _NAMED
    more = f"; and {rest} more setting{'s' if rest > 1 else ''}" if rest > 0 else ""
    yield Observation(text=f"Classes below chance ({percent(chance)} %): {said}{more}.", figure=HEAT)


def _one_seed(rows: Sequence[CompareRow]) -> Iterator[Observation]:
    single = [row for row in rows if row.n == 1]
    if single and len(rows) > 1:
        which = "Every setting" if len(single) == len(rows) else f"{len(single)} of {len(rows)} settings"
        has = "has" if len(single) in (1, len(rows)) else "have"
        yield Observation(text=f"{which} {has} one seed: no interval for their figures.", figure=TABLE)


def short(label: str | None) -> str:
    """A label, short enough for a sentence."""
    return cut(label or "", 48)


def _went(difference: float) -> str:
    return f"{'gained' if difference > 0 else 'lost'} {percent(abs(difference))}"


def _mean(delta: Delta | None) -> float | None:
    return delta.mean if delta else None
