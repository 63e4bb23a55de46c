"""Affine maps as text say what they are: read back as arithmetic they give the same values."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lab.relu_network.text import affine_latex, affine_text, as_float, map_latex, map_text, point_latex

FRACTIONS = st.fractions(min_value=-50, max_value=50, max_denominator=12)
_NUMBER = re.compile(r"(?<!x)\b\d+(/\d+)?")


def value(text: str, x: list[Fraction]) -> Fraction:
    """`text` as Python arithmetic, with implied products written out."""
    plain = text.replace("−", "-")
    exact = _NUMBER.sub(lambda found: f"Fraction('{found[0]}')", plain)
    names = {"x": x[0], "Fraction": Fraction} | {f"x{at}": each for at, each in enumerate(x, start=1)}
    return Fraction(eval(exact.replace(") x", ") * x"), {"__builtins__": {}}, names))


@given(st.lists(st.tuples(FRACTIONS, FRACTIONS), min_size=1, max_size=4), FRACTIONS)
def test_text_is_the_map(terms: list[tuple[Fraction, Fraction]], bias: Fraction) -> None:
    weights, x = [weight for weight, _ in terms], [at for _, at in terms]
    right = sum((weight * at for weight, at in terms), start=bias)
    assert value(affine_text([str(weight) for weight in weights], str(bias)), x) == right


@pytest.mark.parametrize(
    ("weights", "bias", "text"),
    [
        (["3/2"], "3", "3/2 x + 3"),
        (["-1"], "0", "−x"),
        (["0"], "-1/2", "−1/2"),
        (["0", "0"], "0", "0"),
        (["2", "-1"], "0", "2 x1 − x2"),
    ],
)
def test_text_is_as_people_write(weights: list[str], bias: str, text: str) -> None:
    assert affine_text(weights, bias) == text


def test_latex_has_fractions_and_cuts_large_matrices() -> None:
    assert affine_latex(["-3/2"], "1") == r"-\frac{3}{2} x + 1"
    assert point_latex(("1", "-1/2")) == r"(1, -\frac{1}{2})"
    assert map_latex("6", "3") == "6 x + 3"
    wide = tuple(str(number) for number in range(1, 31))
    shown = map_latex((wide, wide), ("0", "0"))
    assert r"\cdots" in shown
    assert "17" not in shown
    assert not shown.endswith("0")


def test_several_outputs_stand_in_one_line() -> None:
    assert map_text((("1",), ("-2",)), ("0", "1/3")) == "x; −2 x + 1/3"


def test_numbers_beyond_floats_are_drawn_at_the_edge() -> None:
    assert as_float(f"{10**400}/3") == -as_float(f"-{10**400}") == 1e100
    assert as_float("1/3") == pytest.approx(1 / 3)
