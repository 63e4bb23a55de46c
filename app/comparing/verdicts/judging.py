"""What may be said of the rows of one group: every difference with its interval, p and verdict.

The family is the page: all that a comparison says shares one error of ALPHA, by fixed parts (SHARES). Within
a part p goes by Holm and intervals by Bonferroni. A row that was picked as the best is held against all
pairs of rows, since any of them could have been picked.
"""

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.comparing.parts import ALPHA, TAIL, How, Pairing
from app.comparing.statistics.contrasts import Estimate, correlations, differences, row_means
from app.comparing.statistics.planning import holm
from app.comparing.statistics.table import Floats, narrowed
from app.comparing.verdicts.deltas import made_delta
from app.comparing.verdicts.scores import Scored
from app.comparing.view import Delta
from trainer.metrics.table import METRICS, NAMES

Flags = NDArray[np.bool_]
Part = Literal["headline", "tail", "effects", "others", "chance"]
SHARES: dict[Part, float] = {"headline": 0.45, "tail": 0.2, "effects": 0.05, "others": 0.25, "chance": 0.05}
"""Parts of ALPHA. headline: all pairs of rows. tail: each row against the baseline. effects: of a 2 x 2.
others: all pairs of rows in every other column, ties among them. chance: each class of each row, one-sided.
"""
_LESS_IS_BETTER = {at for at, name in enumerate(NAMES) if METRICS[name].better == "lower"}
_MOST_CELLS = 500_000
"""Pairs of rows times columns beyond which classes, then all but the main columns are left out."""


class Levels(NamedTuple):
    """Of each difference [K, K, columns]: adjusted p, that of "the same", the alpha of its interval.

    tests: how many differences that interval holds together with.
    """

    p: Floats
    same: Floats
    alpha: Floats
    tests: Floats


@dataclass(frozen=True)
class Judgement:
    """The rows of a group, judged. `base` is the baseline's row, `headline` the column of the verdicts."""

    scored: Scored
    base: int | None
    headline: int
    how: How = field(default_factory=How)

    @cached_property
    def columns(self) -> tuple[int, ...]:
        """Columns whose pairs are told apart: all that are compared, the main ones where that is too much."""
        pairs, names = len(self.scored.rows) ** 2, self.scored.columns.names
        metrics = [at for at, name in enumerate(NAMES) if METRICS[name].compared]
        wanted = [*metrics, *range(len(NAMES), len(names))]
        if pairs * len(wanted) > _MOST_CELLS:
            wanted = metrics
        if pairs * len(wanted) > _MOST_CELLS:
            return tuple(dict.fromkeys((self.headline, TAIL)))
        return tuple(wanted)

    def place(self, column: int) -> int | None:
        """Where a column stands in `pairs`; None where it was left out."""
        return self.columns.index(column) if column in self.columns else None

    @cached_property
    def pairs(self) -> Estimate:
        """[K, K, columns]: each row minus each other one."""
        rows, columns = narrowed(self.scored.rows, self.scored.columns, self.columns)
        return differences(rows, columns, pairing=self.how.pairing)

    @cached_property
    def means(self) -> Estimate:
        """[K, M]: each row's own mean."""
        return row_means(self.scored.rows, self.scored.columns)

    @cached_property
    def defined(self) -> list[list[list[float]]]:
        """By row and column, the figures of its runs that there are."""
        columns = (row.values.T.tolist() for row in self.scored.rows)
        return [[[value for value in one if not math.isnan(value)] for one in row] for row in columns]

    @cached_property
    def correlations(self) -> Floats:
        """[K, K, columns] over common seeds."""
        return correlations(narrowed(self.scored.rows, self.scored.columns, self.columns)[0])

    @cached_property
    def levels(self) -> Levels:
        """Each difference once, in the part of ALPHA that it belongs to, then the other way round."""
        raw, margin = self.pairs.p(), self.how.margin
        same = self.pairs.same(margin) if margin else np.full_like(raw, np.nan)
        found = Levels(*(np.full(raw.shape, np.nan) for _ in range(4)))
        for part, chosen in self._parts.items():
            found.p[chosen] = self.adjusted(part, raw[chosen])
            found.same[chosen] = self.adjusted(part, same[chosen])
            found.tests[chosen] = tests = int((~np.isnan(raw[chosen])).sum())
            found.alpha[chosen] = self.part_alpha(part, tests)
        for values in found:
            for column in filter(self._repeats, self.columns):
                values[:, :, self.columns.index(column)] = values[:, :, self.columns.index(self.headline)]
            values[:] = np.where(np.isnan(values), values.transpose(1, 0, 2), values)
        return found

    @cached_property
    def ends(self) -> tuple[Floats, Floats]:
        """Ends of the 95 % intervals, each for its difference alone."""
        return self.pairs.interval(ALPHA)

    @cached_property
    def adjusted_ends(self) -> tuple[Floats, Floats]:
        """Ends of the intervals that hold together, each at its part's alpha."""
        return self.pairs.interval(self.levels.alpha)

    @cached_property
    def best(self) -> NDArray[np.int64]:
        """[M]: the row that is chosen in each column, as `Scored.choosing` has it."""
        ordered = self.scored.choosing.copy()
        for column in _LESS_IS_BETTER:
            ordered[:, column] = np.where(np.isinf(ordered[:, column]), -np.inf, -ordered[:, column])
        found: NDArray[np.int64] = ordered.argmax(axis=0)
        return found

    @cached_property
    def tied(self) -> Flags:
        """[K, columns]: whether a row is the best of a column or cannot be told to be worse than it."""
        tied = np.ones((len(self.scored.rows), len(self.columns)), dtype=bool)
        for place, column in enumerate(self.columns):
            best = self.best[column]
            gap = self.pairs.mean[best, :, place] * (-1 if column in _LESS_IS_BETTER else 1)
            tied[:, place] = ~((self.levels.p[best, :, place] <= self.how.alpha) & (gap > 0))
        return tied

    def against(self, row: int, column: int) -> Delta | None:
        """A row minus the baseline; None for the baseline itself and without figures."""
        if self.base is None or row == self.base:
            return None
        return self.delta(row, self.base, column)

    def pairing(self, row: int, other: int) -> Pairing:
        """How these two are held against each other: rows of the same networks are paired by them."""
        shared = self.scored.rows[row].shares_networks(self.scored.rows[other])
        return "paired" if shared else self.how.pairing

    def delta(self, row: int, other: int, column: int) -> Delta | None:
        """A row minus another in one column, by the part of ALPHA that it belongs to."""
        place = self.place(column)
        return None if place is None else made_delta(self, row, other, column, place)

    def part_alpha(self, part: Part, tests: int) -> float:
        """The alpha of one interval of a part with so many tests."""
        return self.how.alpha / self.factor(part, tests)

    def factor(self, part: Part, tests: int) -> float:
        """What Bonferroni multiplies a p of a part with so many tests by."""
        return 1.0 if self.how.multiplicity == "none" else max(1, tests) / SHARES[part]

    def adjusted(self, part: Part, p: Floats) -> Floats:
        """p by Holm within the part, to be held against `How.alpha`."""
        if self.how.multiplicity == "none":
            return p
        found: Floats = np.minimum(1.0, holm(p) / SHARES[part])
        return found

    @cached_property
    def _parts(self) -> dict[Part, Flags]:
        """Each pair of rows once, in each column that is no repetition: the part that it belongs to."""
        size = len(self.scored.rows)
        above = np.triu(np.ones((size, size), dtype=bool), 1)[:, :, None]
        names = np.array(self.columns)
        repeats = np.array([self._repeats(column) for column in self.columns])
        headline = above & (names == self.headline)
        with_base = np.zeros((size, size, 1), dtype=bool)
        if self.base is not None:
            with_base[self.base] = with_base[:, self.base] = True
        tail = above & with_base & (names == TAIL)
        return {"headline": headline, "tail": tail, "others": above & ~(headline | tail | repeats)}

    def _repeats(self, column: int) -> bool:
        """Whether a column is the headline once more: accuracy and its balanced form on a balanced set."""
        pair = (NAMES.index("accuracy"), NAMES.index("balanced_accuracy"))
        if column not in pair or self.headline not in pair or column == self.headline:
            return False
        pairs = (row.values[:, pair].T for row in self.scored.rows)
        return all(np.allclose(plain, balanced, rtol=0, atol=1e-12) for plain, balanced in pairs)
