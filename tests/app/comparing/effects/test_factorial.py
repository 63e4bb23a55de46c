"""Coefficients, contrasts and the test of additivity, against marginal means by hand and statsmodels."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from app.comparing.effects.coefficients import difference, interaction, level_means
from app.comparing.effects.design import Design, Factor, rectangles
from app.comparing.statistics.factorial import Factorial
from app.comparing.statistics.table import Columns, Floats, RowScores

LEVELS = {"a": "xyz", "b": "pq", "c": "01"}
PLAIN = Columns(("accuracy",), None, None, np.zeros(1))


def made(keep: float = 1.0, seed: int = 0, n: int = 3) -> tuple[Design, Floats, pd.DataFrame]:
    """A design of three fields, some cells missing, figures [K, n], and the same as a long table."""
    random = np.random.default_rng(seed)
    cells = [cell for cell in product(*LEVELS.values()) if random.random() < keep]
    figures = random.normal(0, 1, (len(cells), n)) + random.normal(0, 2, (len(cells), 1))
    factors = tuple(
        Factor((f"f.{name}",), tuple(cell[at] for cell in cells), {}) for at, name in enumerate(LEVELS)
    )
    rows = [(*cell, value) for cell, values in zip(cells, figures, strict=True) for value in values]
    return Design(factors, len(cells)), figures, pd.DataFrame(rows, columns=[*LEVELS, "y"])


def scores(figures: Floats, subset: int = 0, pairing: str = "welch") -> Factorial:
    n = figures.shape[1]
    rows = tuple(RowScores(one[:, None], None, tuple(range(n)), (subset,) * n) for one in figures)
    return Factorial(rows, PLAIN, "paired" if pairing == "paired" else "welch")


def test_of_a_balanced_factorial_they_are_marginal_means() -> None:
    design, figures, table = made()
    a = design.factors[0]
    coefficients, number = difference(design.blocks(a), "x", "z", design.size)
    by_level = table.groupby("a")["y"].mean()
    assert number == 4
    assert coefficients @ figures.mean(axis=1) == pytest.approx(by_level["x"] - by_level["z"], abs=1e-12)
    means = level_means(design.blocks(a), a.levels, design.size) @ figures.mean(axis=1)
    assert means == pytest.approx([by_level[level] for level in a.levels], abs=1e-12)


@pytest.mark.parametrize("seed", range(1, 6))
def test_with_cells_missing_they_are_those_of_a_linear_model_with_a_term_for_each_combination(
    seed: int,
) -> None:
    """Fitted by statsmodels to the two levels, over settings' means."""
    design, figures, table = made(0.7, seed)
    means = table.groupby([*LEVELS], as_index=False)["y"].mean()
    tried = 0
    for at, name in enumerate(LEVELS):
        factor, others = design.factors[at], [one for one in LEVELS if one != name]
        for one, other in ((factor.levels[1], factor.levels[0]), (factor.levels[-1], factor.levels[0])):
            coefficients, number = difference(design.blocks(factor), one, other, design.size)
            two = means[means[name].isin([one, other])].assign(context=means[others[0]] + means[others[1]])
            contexts = two.groupby("context")[name].nunique()
            assert number == (contexts == 2).sum()
            if number:
                model = ols(f"y ~ C({name}, Treatment({other!r})) + C(context)", two).fit()
                fitted = model.params[f"C({name}, Treatment({other!r}))[T.{one}]"]
                assert coefficients @ figures.mean(axis=1) == pytest.approx(fitted, abs=1e-9)
                tried += 1
    assert tried > 2


@pytest.mark.parametrize("keep", [1.0, 0.8])
def test_the_interaction_is_what_two_nested_linear_models_differ_by(keep: float) -> None:
    design, _, table = made(keep, 3)
    means = table.groupby([*LEVELS], as_index=False)["y"].mean()
    everywhere = range(design.size)
    projection, df = interaction(
        rectangles(design, design.factors[0], design.factors[1], everywhere), design.size
    )
    order = means.set_index([*LEVELS])["y"]
    y = np.array([order[cell] for cell in zip(*(one.values for one in design.factors), strict=True)])
    small, large = (
        ols("y ~ C(a):C(c) + C(b):C(c)", means).fit(),
        ols("y ~ C(a):C(c) + C(b):C(c) + C(a):C(b)", means).fit(),
    )
    assert y @ projection @ y == pytest.approx(small.ssr - large.ssr, abs=1e-9)
    assert df == round(small.df_resid - large.df_resid)
    if keep == 1.0:
        anova = anova_lm(ols("y ~ C(a)*C(b)*C(c)", table).fit(), typ=2)
        assert 3 * (y @ projection @ y) == pytest.approx(anova.loc["C(a):C(b)", "sum_sq"], abs=1e-9)
        assert df == anova.loc["C(a):C(b)", "df"]


def test_a_contrast_has_satterthwaites_error_and_freedom() -> None:
    design, figures, _ = made(n=4)
    coefficients, _ = difference(design.blocks(design.factors[1]), "q", "p", design.size)
    found = scores(figures).combined(coefficients)
    parts = coefficients**2 * figures.var(axis=1, ddof=1) / 4
    df = parts.sum() ** 2 / (parts**2 / 3).sum()
    t = coefficients @ figures.mean(axis=1) / np.sqrt(parts.sum())
    assert found.df[0] == pytest.approx(df)
    assert found.p()[0] == pytest.approx(2 * stats.t.sf(abs(t), df))
    low, high = found.interval(0.05)
    assert (low[0], high[0]) == pytest.approx(stats.t.interval(0.95, df, found.mean[0], np.sqrt(parts.sum())))


def test_two_settings_are_told_apart_as_they_are_on_the_page_that_compares_them() -> None:
    for n in (3, 5):
        figures = np.random.default_rng(n).normal(0, 1, (2, n))
        found = scores(figures).combined(np.array([1.0, -1.0]))
        welch = stats.ttest_ind(*figures, equal_var=False)
        assert found.df[0] == pytest.approx(welch.df if n == 5 else n - 1)


def test_blocks_take_out_what_a_seed_does_to_every_setting() -> None:
    _, figures, _ = made(n=6)
    shared = figures + np.random.default_rng(9).normal(0, 50, 6)
    coefficients = np.array([1, -1, 1, -1, *[0] * 8]) / 2
    paired = scores(shared, pairing="paired").combined(coefficients)
    by_seed = coefficients @ shared
    expected = stats.ttest_1samp(by_seed, 0)
    assert paired.p()[0] == pytest.approx(expected.pvalue)
    assert scores(shared).combined(coefficients).variance[0] > 20 * paired.variance[0]


def test_below_two_seeds_nothing_is_tested() -> None:
    found = scores(np.ones((4, 1))).combined(np.array([0.5, 0.5, -0.5, -0.5]))
    assert np.isnan(found.variance[0])
    assert found.mean[0] == 0


def test_seeds_needed_have_the_power_they_promise() -> None:
    figures = np.random.default_rng(1).normal(0, 1, (8, 3)) * 4 + np.repeat([0.0, 2.0], 4)[:, None]
    coefficients = np.repeat([-0.25, 0.25], 4)
    needed = scores(figures).seeds_needed(coefficients, 0.01)
    assert needed.seeds is not None
    sds, difference_ = figures.std(axis=1, ddof=1), coefficients @ figures.mean(axis=1)
    random = np.random.default_rng(2)
    for n, enough in ((needed.seeds, True), (max(2, needed.seeds // 2), False)):
        means = random.normal(0, 1, (8000, 8)) * sds / np.sqrt(n)
        variances = random.chisquare(n - 1, (8000, 8)) / (n - 1) * sds**2
        parts = coefficients**2 * variances / n
        df = parts.sum(axis=1) ** 2 / (parts**2 / (n - 1)).sum(axis=1)
        t = (difference_ + means @ coefficients) / np.sqrt(parts.sum(axis=1))
        power = (2 * stats.t.sf(np.abs(t), df) <= 0.01).mean()
        assert (power > 0.76) == enough
    assert needed.low is not None
    assert needed.low <= needed.seeds
    assert needed.most is None or needed.most >= needed.seeds


def test_seeds_that_agree_need_as_many_as_the_spread_that_the_test_gives_them() -> None:
    """Two settings, each with twice the same share of 40 images: the binomial's spread, smoothed as usual."""
    rows = tuple(RowScores(np.full((2, 1), share), None, (0, 1), (0, 0)) for share in (0.25, 0.75))
    needed = Factorial(rows, Columns(("tail",), None, None, np.full(1, 40.0))).seeds_needed(
        np.array([-1.0, 1.0]), 0.01
    )
    single = 2 * (12 / 44) * (32 / 44) / 40

    def power(n: int) -> float:
        df = n - 1 if n < 5 else 2 * (n - 1)
        return float(stats.nct.sf(stats.t.ppf(1 - 0.005, df), df, 0.5 / np.sqrt(single / n)))

    assert needed.seeds == next(n for n in range(2, 100) if power(n) >= 0.8)
    assert needed.most is None or needed.most > needed.seeds
