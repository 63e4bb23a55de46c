"""The derivation's numbers are those of the point, and each line makes sense without its formula."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.lab.relu_network.formula.derivation import derivation
from app.lab.relu_network.formula.network import Network
from app.lab.relu_network.formula.point import at_point
from tests.app.lab.relu_network.nets import WRITE_UP, dyadic, networks


def texts(x: int) -> list[str]:
    return [line.text for line in derivation(WRITE_UP, at_point(WRITE_UP, (Fraction(x),)))]


def test_the_write_ups_network_at_minus_one() -> None:
    assert texts(-1) == [
        "Layer 1: z1 = W1 x + b1 = (-3/2, 1/2).",
        "Unit 2 is on; unit 1 is off. So D1 has the diagonal (0, 1), and a1 = D1 z1 = (0, 1/2).",
        "Layer 2: z2 = W2 a1 + b2 = (1, 3/2).",
        "Both units are on. So D2 has the diagonal (1, 1), and a2 = D2 z2 = (1, 3/2).",
        "Layer 3: h(x) = z3 = W3 a2 + b3 = 3/2. The last layer has no activation.",
        "Composed up to layer 2: A2 = W2 D1 W1 = [1; 1/2].",
        "The same for the biases: c2 = W2 D1 b1 + b2 = (2, 2).",
        "Composed up to layer 3: A3 = W3 D2 A2 = 3/2.",
        "The same for the biases: c3 = W3 D2 c2 + b3 = 3.",
        "Around x, W = W3 D2 W2 D1 W1 = 3/2.",
        "And b = W3 D2 (W2 D1 b1 + b2) + b3 = 3.",
        "Check: W x + b = 3/2 · (-1) + 3 = 3/2, which is h(x) of the forward pass.",
    ]


def test_formulas_hold_the_numbers() -> None:
    lines = derivation(WRITE_UP, at_point(WRITE_UP, (Fraction(-1),)))
    assert lines[0].formula == "z_{1} = W_{1} x + b_{1}"
    assert lines[0].numbers == (
        r"\begin{pmatrix} \frac{3}{2} \\ \frac{1}{2} \end{pmatrix} \cdot (-1) + "
        r"\begin{pmatrix} 0 \\ 1 \end{pmatrix} = \begin{pmatrix} -\frac{3}{2} \\ \frac{1}{2} \end{pmatrix}"
    )
    assert lines[-1].numbers == r"\frac{3}{2} \cdot (-1) + 3 = \frac{3}{2}"


def test_on_a_kink_both_sides_are_told() -> None:
    said = texts(0)
    assert "Unit 1 of layer 1 sits exactly at zero. The maps on the sides of x differ: x is on a kink, " in (
        " ".join(said)
    )
    assert said[-2:] == ["From below: W = 3/2, b = 3.", "From above: W = 6, b = 3."]


def test_a_unit_at_zero_that_changes_nothing_is_explained() -> None:
    assert any(
        "Unit 1 of layer 2 sits exactly at zero. Every pattern that meets at x gives" in line
        for line in texts(-3)
    )


@pytest.mark.slow
@settings(deadline=None)
@given(networks(), st.data())
def test_each_derivation_ends_at_h(network: Network, data: st.DataObject) -> None:
    at = at_point(network, tuple(data.draw(dyadic) for _ in range(network.inputs)))
    lines = derivation(network, at)
    check = next(line for line in lines if line.text.startswith("Check"))
    assert f"= {', '.join(map(str, at.value))}," in check.text.replace("(", "").replace(")", "")
    assert all(line.text.endswith((".", ":")) for line in lines)
    assert len({line.text for line in lines}) == len(lines)
