"""Figures of a plan's settings with their noise: a mean over seeds, or one such mean minus another.

Runs of two settings are taken as independent although their seeds have the same numbers: over 20 seeds of
shapes10 the accuracies of cross-entropy and class-balanced focal loss correlated by 0.08, so that pairs would
gain nothing and cost half of the degrees of freedom. The statistics are those of a comparison.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.comparing.parts import Spread
from app.reproduction.results import Measured
from trainer.metrics.table import METRICS

if TYPE_CHECKING:
    from app.comparing.statistics.contrasts import Estimate
    from app.comparing.statistics.table import RowScores

ALPHA = 0.05
FEWEST = 3
"""Seeds of a setting below which nothing is told: of two, an interval is 13 standard errors wide each way."""


def estimate_of(metric: str, sides: Sequence[Sequence[Measured]]) -> "Estimate":
    """Of the one setting's mean, or of the first minus the second; arrays without dimensions."""
    import numpy as np

    from app.comparing.statistics.contrasts import contrast, row_means
    from app.comparing.statistics.table import Columns

    columns = Columns((metric,), None, None, np.array([_images(metric, sides[0][0])]))
    rows = [_scores(metric, runs) for runs in sides]
    if len(rows) == 1:
        return _only(row_means(rows, columns), (0, 0))
    return _only(contrast(rows, columns, np.array([1.0, -1.0])), (0,))


def spread_of(metric: str, runs: Sequence[Measured]) -> Spread:
    """Mean and sample standard deviation, from FEWEST seeds on with the 95 % interval of the mean."""
    spread = Spread.of(run.metrics.get(metric) for run in runs)
    if len(runs) < FEWEST or spread.mean is None:
        return spread
    low, high = (float(end) for end in estimate_of(metric, [runs]).interval(ALPHA))
    return spread.model_copy(update={"low": low, "high": high})


def seeds_to_tell(metric: str, sides: Sequence[Sequence[Measured]], distance: float) -> int | None:
    """Of each setting, at which a figure `distance` from a bound is told from it with a power of 80 %.

    None above planning's MOST_SEEDS, and where seeds vary so little that those there are should do.
    """
    from app.comparing.statistics.planning import seeds_needed

    sds = [math.sqrt(len(runs) * float(estimate_of(metric, [runs]).variance)) for runs in sides]
    needed = seeds_needed(distance, sds[0], sds[1] if len(sds) > 1 else 0.0, ALPHA)
    return needed if needed is not None and needed > min(map(len, sides)) else None


def _only(found: "Estimate", at: tuple[int, ...]) -> "Estimate":
    return type(found)(*(value[at] for value in vars(found).values()))


def _scores(metric: str, runs: Sequence[Measured]) -> "RowScores":
    import numpy as np

    from app.comparing.statistics.table import RowScores

    values = [[math.nan if (value := run.metrics.get(metric)) is None else value] for run in runs]
    return RowScores(np.array(values), None, tuple(run.seed for run in runs), (0,) * len(runs))


def _images(metric: str, run: Measured) -> float:
    """How many test images stand behind the figure, a mean of recalls in shares of the classes."""
    import numpy as np

    from app.comparing.statistics.table import images_behind

    counts = np.array([one.train_count for one in run.classes])
    support = np.array([one.support for one in run.classes])
    shares = METRICS[metric].shares
    assert shares is not None, "metrics of claims are means of recalls"
    return images_behind(shares(counts, support), support)
