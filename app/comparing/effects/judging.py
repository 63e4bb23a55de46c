"""Every difference between levels and every pair of fields, with their noise, judged as one family.

All that the page says of one metric shares one error of alpha, by fixed parts (SHARES): of the differences
p goes by Holm and intervals by Bonferroni, of the pairs of fields p goes by Holm.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Literal, NamedTuple

import numpy as np

from app.comparing.effects.coefficients import difference, interaction, level_means
from app.comparing.effects.design import Design, Factor, pairs_of, rectangles
from app.comparing.parts import ALPHA, How
from app.comparing.statistics.contrasts import Estimate
from app.comparing.statistics.factorial import Factorial, SeedsNeeded
from app.comparing.statistics.planning import holm
from app.comparing.statistics.table import Floats

Part = Literal["main", "interactions"]
SHARES: dict[Part, float] = {"main": 0.8, "interactions": 0.2}


class Pair(NamedTuple):
    """Two levels of a factor, in how many combinations of the others both were tried, of which settings."""

    factor: int
    a: str
    b: str
    combinations: int
    settings: int


class Crossed(NamedTuple):
    """Two factors that were tried together, the degrees of freedom of their interaction, and its p."""

    a: int
    b: int
    df: int
    p: float


@dataclass(frozen=True)
class Judged:
    """The factors of settings with figures. `only`: the settings that are tested, by place."""

    design: Design
    scores: Factorial
    how: How
    only: tuple[int, ...]

    @cached_property
    def _differences(self) -> tuple[tuple[Pair, ...], Floats]:
        """Those that may be subtracted, and their coefficients [Q, K]."""
        pairs, rows = [], []
        for at, factor in enumerate(self.design.factors):
            blocks = self.design.blocks(factor, self.only)
            for a, b in pairs_of(factor):
                coefficients, number = difference(blocks, a, b, self.design.size)
                if number:
                    pairs.append(Pair(at, a, b, number, int((coefficients != 0).sum())))
                    rows.append(coefficients)
        return tuple(pairs), np.array(rows).reshape(len(rows), self.design.size)

    @property
    def pairs(self) -> tuple[Pair, ...]:
        """The differences, field by field."""
        return self._differences[0]

    @property
    def coefficients(self) -> Floats:
        """[Q, K] of the differences."""
        return self._differences[1]

    @cached_property
    def found(self) -> Estimate:
        """[Q]: the differences."""
        return self.scores.combined(self.coefficients)

    @cached_property
    def p(self) -> Floats:
        """[Q]: adjusted, to be held against `How.alpha`."""
        return self._adjusted("main", self.found.p())

    @cached_property
    def same(self) -> Floats:
        """[Q]: adjusted p of "the same"; NaN without a margin."""
        raw = self.found.same(self.how.margin) if self.how.margin else np.full(len(self.pairs), np.nan)
        return self._adjusted("main", raw)

    @property
    def tests(self) -> int:
        """Differences that hold together."""
        return int((~np.isnan(self.found.variance)).sum())

    @property
    def alpha(self) -> float:
        """Of the interval of one difference."""
        if self.how.multiplicity == "none":
            return self.how.alpha
        return self.how.alpha * SHARES["main"] / max(1, self.tests)

    @cached_property
    def ends(self) -> tuple[Floats, Floats]:
        """Of the differences, each for itself at 95 %."""
        return self.found.interval(ALPHA)

    @cached_property
    def adjusted_ends(self) -> tuple[Floats, Floats]:
        """Of the differences, together."""
        return self.found.interval(self.alpha)

    def means(self, factor: Factor, levels: Sequence[str]) -> Estimate:
        """[L]: marginal means of these levels, over the combinations of the others that hold all of them."""
        blocks = self.design.blocks(factor, self.only)
        return self.scores.combined(level_means(blocks, levels, self.design.size))

    def simple(self, factor: Factor, a: str, b: str, other: Factor) -> list[tuple[str, float]]:
        """a minus b at each level of another factor where both were tried."""
        found = []
        for level in other.levels:
            blocks = self.design.blocks(factor, [at for at in self.only if other.values[at] == level])
            coefficients, number = difference(blocks, a, b, self.design.size)
            if number:
                found.append((level, float(self.scores.combined(coefficients).mean[0])))
        return found

    @cached_property
    def crossed(self) -> tuple[tuple[Crossed, float], ...]:
        """Pairs of fields that were tried together, with their adjusted p."""
        found = []
        for a, b in combinations(range(len(self.design.factors)), 2):
            ours, theirs = self.design.factors[a], self.design.factors[b]
            blocks = rectangles(self.design, ours, theirs, self.only)
            if blocks:
                projection, df = interaction(blocks, self.design.size)
                if df:
                    found.append(Crossed(a, b, df, self.scores.additivity(projection)))
        adjusted = self._adjusted("interactions", np.array([one.p for one in found], dtype=float))
        return tuple(zip(found, adjusted.tolist(), strict=True))

    def _adjusted(self, part: Part, p: Floats) -> Floats:
        if self.how.multiplicity == "none":
            return p
        found: Floats = np.minimum(1.0, holm(p) / SHARES[part])
        return found

    def needed(self, at: int) -> SeedsNeeded:
        """Seeds of each setting that would tell this difference; None where that is not known."""
        if math.isnan(float(self.found.variance[at])) or not self.alpha:
            return SeedsNeeded(None, None, None)
        return self.scores.seeds_needed(self.coefficients[at], self.alpha)
