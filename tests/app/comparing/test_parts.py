"""Mean and sample standard deviation against numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.comparing.parts import mean_sd

figures = st.floats(0, 1, allow_subnormal=False)


@given(st.lists(figures, min_size=2, max_size=20))
def test_mean_and_sd_are_numpys(values: list[float]) -> None:
    mean, sd = mean_sd(values)
    assert mean == pytest.approx(np.mean(values), abs=1e-12)
    assert sd == pytest.approx(np.std(values, ddof=1), abs=1e-12)


def test_few_values() -> None:
    assert mean_sd([]) == (None, None)
    assert mean_sd([0.4]) == (0.4, None)
