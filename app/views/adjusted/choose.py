"""The value that is best on a split: of tau by accuracy over a grid, of a temperature by its likelihood.

Accuracy is balanced, or by the shares of the prior. Of equal values the first is taken. One number is chosen
after the other: norm at the tau that is given, then tau at that norm, then the temperature of both.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.views.adjusted.kept import FileSeen, KeptLogits, logits_in
from app.views.adjusted.measure import class_shares, image_weights
from app.views.adjusted.point import BOUNDS, Asked, Name, Point
from trainer.metrics.outcome import Counts, Floats
from trainer.posthoc import Adjustment, adjusted_logits, answers_to, length_factors, log_shares
from trainer.run_dir import SplitName

STEPS = 40
"""Of the grid of tau and norm over their bounds: 0.1 each, as published."""
_REMEMBERED = 1024
Files = Callable[[SplitName], FileSeen]
Gridded = Literal["tau", "norm"]


class Best(NamedTuple):
    """A value, how it was come by, and whether it lies at the edge of what was tried."""

    value: float | None
    on: Literal["validation", "test", "given"]
    at_edge: bool = False


def resolved(
    files: Files, counts: tuple[int, ...], asked: Point, prior: tuple[float, ...]
) -> tuple[dict[Name, Best], Adjustment]:
    """Each number of the point, chosen where that is asked, and what all do. Raises as `files`."""
    usual = 1.0 if prior else 0.0
    by = Adjustment(asked.tau if isinstance(asked.tau, float) else usual, prior=prior)
    norm = _found("norm", asked.norm, files, counts, by)
    by = replace(by, norm=norm.value)
    tau = _found("tau", asked.tau, files, counts, by)
    by = replace(by, tau=tau.value or 0.0)
    heat = _found("temperature", asked.temperature, files, counts, by)
    by = replace(by, temperature=heat.value or 1.0)
    return {"tau": tau, "norm": norm, "temperature": heat}, by


def grid(name: Gridded) -> list[float]:
    """The values that are tried."""
    low, high = BOUNDS[name]
    return [round(low + (high - low) * step / STEPS, 6) for step in range(STEPS + 1)]


@lru_cache(maxsize=_REMEMBERED)
def curve(file: FileSeen, counts: tuple[int, ...], by: Adjustment, name: Gridded) -> tuple[float, ...]:
    """Accuracy by shares over the grid of one number; `by` is `without` it."""
    kept = logits_in(file)
    shares, support = class_shares(kept.support, by.prior), kept.support
    per_image = (shares / np.maximum(support, 1))[kept.labels]
    answers = _along_tau(kept, counts, by) if name == "tau" else _along_norm(kept, counts, by)
    return tuple(((answers == kept.labels) @ per_image).tolist())


def _along_tau(kept: KeptLogits, counts: tuple[int, ...], by: Adjustment) -> Counts:
    """[grid, N]: the answers at each tau.

    A logit is a line in tau, and of lines the one that is highest at both ends is so between them: only
    images whose answers differ at the ends of a stretch are looked at within it.
    """
    taus, shift = grid("tau"), log_shares(counts)
    rest = adjusted_logits(kept.logits, kept.layer, counts, by)
    found = np.empty((len(taus), len(rest)), np.int64)

    def answer(at: int, rows: NDArray[np.intp]) -> None:
        found[at, rows] = answers_to(rest[rows] - taus[at] * shift, kept.predicted[rows])

    everything, last = np.arange(len(rest)), len(taus) - 1
    answer(0, everything)
    answer(last, everything)
    stretches = [(0, last, everything)]
    while stretches:
        low, high, rows = stretches.pop()
        moves = found[low, rows] != found[high, rows]
        still, rows = rows[~moves], rows[moves]
        found[low + 1 : high, still] = found[low, still]
        if high - low > 1 and len(rows):
            middle = (low + high) // 2
            answer(middle, rows)
            stretches += [(low, middle, rows), (middle, high, rows)]
    return found


def _along_norm(kept: KeptLogits, counts: tuple[int, ...], by: Adjustment) -> Counts:
    """[grid, N]: the answers at each norm."""
    bare = kept.logits.astype(np.float64) - kept.layer.bias
    shift = adjusted_logits(np.zeros((1, len(counts))), kept.layer, counts, by)
    factors = (length_factors(kept.layer.weight_norms, norm) for norm in grid("norm"))
    return np.array([answers_to(bare * factor + shift, kept.predicted) for factor in factors])


@lru_cache(maxsize=_REMEMBERED)
def temperature(file: FileSeen, counts: tuple[int, ...], by: Adjustment) -> float:
    """The T at which the mean of -log p of the truth is least, within its bounds (Guo et al. 2017).

    That mean is convex in 1 / T: its slope, the mean of E_p[v] - v_y, has one root at most. In `by` T is 1.
    """
    from scipy.optimize import brentq

    kept = logits_in(file)
    logits = adjusted_logits(kept.logits, kept.layer, counts, by)
    weights = image_weights(kept.labels, kept.support, by.prior)
    own = logits[np.arange(len(logits)), kept.labels]
    shifted = logits - logits.max(axis=1, keepdims=True)

    def slope(log_t: float) -> float:
        p: Floats = np.exp(shifted / np.exp(log_t))
        expected = np.einsum("nc,nc->n", p, logits) / p.sum(axis=1)
        return float(np.average(expected - own, weights=weights))

    low, high = (float(np.log(end)) for end in BOUNDS["temperature"])
    if slope(high) >= 0:
        return BOUNDS["temperature"][1]
    if slope(low) <= 0:
        return BOUNDS["temperature"][0]
    return float(np.exp(brentq(slope, low, high, xtol=1e-9)))


def _found(name: Name, asked: Asked, files: Files, counts: tuple[int, ...], by: Adjustment) -> Best:
    """As it was asked, what stands in `by` where it was not, or the best."""
    if not isinstance(asked, str):
        return Best(getattr(by, name) if asked is None else asked, "given")
    if name == "temperature":
        heat = temperature(files(asked), counts, by)
        return Best(heat, asked, heat in BOUNDS[name])
    figures = curve(files(asked), counts, without(by, name), name)
    place = int(np.argmax(figures))
    return Best(grid(name)[place], asked, place == STEPS)


def without(by: Adjustment, name: Gridded) -> Adjustment:
    """What a curve of that number depends on."""
    return replace(by, tau=0.0, temperature=1.0) if name == "tau" else replace(by, norm=None, temperature=1.0)
