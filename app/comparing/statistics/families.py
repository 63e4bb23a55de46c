"""Many tests at once: p adjusted so that any false one is as rare as a single one would be."""

import numpy as np

from app.comparing.statistics.table import Floats


def holm(p: Floats) -> Floats:
    """Step-down adjusted p of one family (S. Holm, Scand. J. Stat. 6, 1979); NaN is no test and stays."""
    found = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    values = p[tested]
    order = np.argsort(values)
    raised = np.maximum.accumulate(values[order] * (len(values) - np.arange(len(values))))
    adjusted = np.empty(len(values))
    adjusted[order] = np.minimum(raised, 1.0)
    found[tested] = adjusted
    return found
