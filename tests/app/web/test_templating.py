"""Formulas as MathML: a minus that is a sign is told from one that subtracts."""

import pytest

from app.web.templating import mathml

SIGN = '<mo form="prefix">&#x02212;</mo>'


@pytest.mark.parametrize("latex", ["x = -1", "(1, -1)", "(-1)", r"2 \cdot -3", r"x = -\frac{3}{2}"])
def test_a_minus_after_an_operator_is_a_sign(latex: str) -> None:
    assert SIGN in mathml(latex)


@pytest.mark.parametrize("latex", ["x - 1", "(x) - 1", r"\frac{3}{2} - 1"])
def test_a_minus_between_terms_is_none(latex: str) -> None:
    assert SIGN not in mathml(latex)
    assert "&#x02212;" in mathml(latex)


def test_ln_stands_off_its_neighbours_but_a_bracket() -> None:
    assert 'lspace="0.167em" rspace="0.167em">ln</mo><mi>p</mi>' in mathml(r"-(1-p)^{\gamma} \ln p")
    assert "<mi>ln</mi><mo" in mathml(r"\ln (1-p)")
