"""One difference of two rows as a view: mean, intervals, verdict, and the seeds that it would take."""

import math
from typing import TYPE_CHECKING

from app.comparing.parts import ACCURACY, TAIL, Interval, mean_sd, parting
from app.comparing.statistics.contrasts import common_runs, images_only
from app.comparing.statistics.planning import seeds_needed, seeds_range
from app.comparing.statistics.table import Floats, narrowed
from app.comparing.view import Answer, Delta
from trainer.metrics.table import METRICS, NAMES

if TYPE_CHECKING:
    from app.comparing.verdicts.judging import Judgement

ONE_SEED = "one seed: two networks are compared, not two settings"
ONE_NETWORK = "one seed: one network is read in two ways, not a setting"
_UNBOUNDED = {at for at, name in enumerate(NAMES) if METRICS[name].unit != "fraction"}
_LESS_IS_BETTER = {at for at, name in enumerate(NAMES) if METRICS[name].better == "lower"}


def made_delta(judged: "Judgement", row: int, other: int, column: int, place: int) -> Delta | None:
    """Row minus other in a column (at `place` of the judged columns); None without figures on both sides."""
    sides = [judged.defined[at][column] for at in (row, other)]
    if not all(sides):
        return None
    at = (row, other, place)
    pairs, levels = judged.pairs, judged.levels
    tested = not math.isnan(pairs.variance[at])
    ends = _possible(column, judged.adjusted_ends, at)
    p, mean, same = float(levels.p[at]), float(pairs.mean[at]), float(levels.same[at])
    verdict = _verdict(column, mean, p, same, judged.how.alpha) if tested else "unknown"
    margin = judged.how.margin
    adjusted = Interval(low=ends[0], high=ends[1], p=p) if tested else None
    inside = tested and margin is not None and verdict in ("better", "worse") and max(map(abs, ends)) < margin
    low, high = _possible(column, judged.ends, at)
    needed, of = _needed(judged, at, column) if tested else (None, None)
    together = int(judged.levels.tests[at]) if judged.how.multiplicity == "holm" else 1
    return Delta(
        metric=judged.scored.columns.names[column],
        n=min(map(len, sides))
        if judged.pairing(row, other) == "welch"
        else len(_common(judged, row, other)[0]),
        mean=mean,
        sd=math.hypot(*_sds(judged, row, other, column)) if tested else None,
        low=low,
        high=high,
        seeds_needed=needed,
        seeds_range=of,
        adjusted=adjusted,
        verdict=verdict,
        parting=parting(verdict, adjusted, same, margin, together),
        within_margin=inside,
        method=judged.pairing(row, other),
        correlation=float(judged.correlations[at]),
        seeds_share=float(pairs.seeds_share[at]),
        images=None if tested else _of_images(judged, row, other, column),
        why="" if tested else _why(judged, row, other),
    )


def _possible(column: int, ends: tuple[Floats, Floats], at: tuple[int, int, int]) -> tuple[float, float]:
    """Ends of an interval, cut to what a difference of two shares can be."""
    low, high = (float(end[at]) for end in ends)
    return (low, high) if column in _UNBOUNDED else (max(low, -1.0), min(high, 1.0))


def _verdict(column: int, mean: float, p: float, same: float, alpha: float) -> Answer:
    if p <= alpha:
        return "better" if (mean > 0) != (column in _LESS_IS_BETTER) else "worse"
    return "same" if same <= alpha else "unknown"


def _sd(values: list[float]) -> float:
    """0 below two values, where nothing is known of it."""
    return mean_sd(values)[1] or 0.0


def _needed(
    judged: "Judgement", at: tuple[int, int, int], column: int
) -> tuple[int | None, tuple[int | None, int | None] | None]:
    """(seeds, their range) of the columns that pages say them of: each is a search over noncentral t."""
    if column not in (judged.headline, TAIL, ACCURACY):
        return None, None
    row, other, _ = at
    ours, theirs = _sds(judged, row, other, column)
    variance, share = float(judged.pairs.variance[at]), float(judged.pairs.seeds_share[at])
    alpha = float(judged.levels.alpha[at])
    mean, images = float(judged.pairs.mean[at]), variance * (1 - share)
    n = int(judged.pairs.fewest[at]) + 1
    is_wider = (variance - images) * n > (ours**2 + theirs**2) * (1 + 1e-9)  # than its seeds: at the floor
    least = variance * n if is_wider else 0.0
    needed = seeds_needed(mean, ours, theirs, alpha, images=images, least=least)
    return needed, None if needed is None else seeds_range(mean, ours, theirs, n, alpha, images, least)


def _sds(judged: "Judgement", row: int, other: int, column: int) -> tuple[float, float]:
    """Of the runs on either side; of pairs, that of their differences and 0."""
    if judged.pairing(row, other) == "welch":
        return _sd(judged.defined[row][column]), _sd(judged.defined[other][column])
    ours, theirs = (judged.scored.rows[at].values[:, column] for at in (row, other))
    a, b = _common(judged, row, other)
    return _sd([gap for gap in (ours[a] - theirs[b]).tolist() if not math.isnan(gap)]), 0.0


def _common(judged: "Judgement", row: int, other: int) -> tuple[list[int], list[int]]:
    """Places of the runs that share training seed and subset seed."""
    return common_runs(judged.scored.rows[row], judged.scored.rows[other])


def _of_images(judged: "Judgement", row: int, other: int, column: int) -> Interval | None:
    """Of two single runs, over test images alone."""
    ours, theirs = judged.scored.rows[row].hits, judged.scored.rows[other].hits
    if column != judged.headline or ours is None or theirs is None or len(ours) > 1 or len(theirs) > 1:
        return None
    _, columns = narrowed((), judged.scored.columns, [column])
    found = images_only(ours[0], theirs[0], columns)
    return Interval(low=float(found.low[0]), high=float(found.high[0]), p=found.p)


def _why(judged: "Judgement", row: int, other: int) -> str:
    ours, theirs = (judged.scored.rows[at] for at in (row, other))
    if min(len(ours.seeds), len(theirs.seeds)) < 2:
        return ONE_NETWORK if ours.shares_networks(theirs) else ONE_SEED
    paired = judged.pairing(row, other) == "paired"
    return "fewer than two seeds in common" if paired else "not defined for enough seeds"
