"""Main effects and interactions as sums of settings: which coefficients they give to the K settings.

Settings at one level and in one combination of the other fields count as one, however many there are.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from app.comparing.effects.design import Key, Places
from app.comparing.statistics.table import Floats

Blocks = Mapping[Key, Places]


def difference(blocks: Blocks, a: str, b: str, size: int) -> tuple[Floats, int]:
    """(coefficients of a minus b, averaged over the combinations that hold both; how many those are)."""
    both = [places for places in blocks.values() if a in places and b in places]
    found = np.zeros(size)
    for places in both:
        found[places[a]] += 1 / len(places[a])
        found[places[b]] -= 1 / len(places[b])
    return found / max(1, len(both)), len(both)


def level_means(blocks: Blocks, levels: Sequence[str], size: int) -> Floats:
    """Coefficients [L, K] of the marginal means over the combinations that hold all these levels."""
    whole = [places for places in blocks.values() if all(level in places for level in levels)]
    found = np.zeros((len(levels), size))
    for places in whole:
        for row, level in zip(found, levels, strict=True):
            row[places[level]] += 1 / len(places[level])
    return found / max(1, len(whole))


def interaction(
    rectangles: Mapping[Key, Mapping[tuple[str, str], Sequence[int]]], size: int
) -> tuple[Floats, int]:
    """(projection [K, K] onto what two fields do beyond adding up, averaged over the others; its rank).

    What is left of a table of both fields once each has an effect of its own in every combination of the
    others; in a balanced factorial, the interaction of the analysis of variance.
    """
    groups = [(key, pair, at) for key, block in rectangles.items() for pair, at in block.items()]
    own = [*_spanned([(key, pair[0]) for key, pair, _ in groups])]
    theirs = [*_spanned([(key, pair[1]) for key, pair, _ in groups])]
    together = [*_spanned([pair for _, pair, _ in groups])]
    averages = np.zeros((len(groups), size))
    for row, (_, _, places) in zip(averages, groups, strict=True):
        row[list(places)] = 1 / len(places)
    left = _projection(own + theirs + together) - _projection(own + theirs)
    found: Floats = averages.T @ left @ averages
    return found, round(float(np.trace(left)))


def _spanned(words: Sequence[object]) -> list[Floats]:
    """An indicator for each word."""
    return [np.array([one == word for one in words], dtype=float) for word in dict.fromkeys(words)]


def _projection(columns: Sequence[Floats]) -> Floats:
    """Onto the space that these columns span."""
    spanned = np.array(columns).T
    found: Floats = spanned @ np.linalg.pinv(spanned)
    return found
