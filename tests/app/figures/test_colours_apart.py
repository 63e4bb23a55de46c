"""Settings of one figure, gains and losses: apart on both screens, in grey, and for colour-blind eyes.

Distances are CIEDE2000; colour-blind eyes are those of Machado, Oliveira and Fernandes, 2009, at full
severity.
"""

import itertools
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.comparing.figures.confusion import compare_confusion
from app.comparing.figures.rows import row_styles
from app.figures.colours import DASHES
from app.figures.colours_apart import settings_styles
from app.figures.theme import DARK, LIGHT, THEMES, Theme
from tests.app.comparing.figures import compared
from trainer.config import as_json, parse_config

with warnings.catch_warnings(action="ignore"):  # it says that Matplotlib, for its plots, is not there
    import colour

pytestmark = pytest.mark.filterwarnings("ignore::colour.utilities.ColourUsageWarning")

BLIND = ("Protanomaly", "Deuteranomaly", "Tritanomaly")
EIGHT: tuple[dict[str, Any], ...] = (
    {"name": "cross_entropy"},
    {"name": "focal"},
    {"name": "cross_entropy", "weighting": "class_balanced", "beta": 0.997},
    *(
        {"name": "focal", "weighting": "class_balanced", "beta": beta}
        for beta in (0.9, 0.99, 0.997, 0.999, 0.9999)
    ),
)
LOSSES = st.fixed_dictionaries(
    {"name": st.sampled_from(("cross_entropy", "focal")), "weighting": st.just("class_balanced")},
    optional={"beta": st.sampled_from((0.9, 0.99, 0.997, 0.999, 0.9999))},
)
RATES = st.sampled_from((0.1, 0.02))


def rgb(text: str) -> NDArray[np.float64]:
    return np.array([int(text[at : at + 2], 16) / 255 for at in (1, 3, 5)])


def seen(value: NDArray[np.float64], kind: str = "") -> NDArray[np.float64]:
    """CIE Lab of an sRGB colour, as these eyes see it."""
    if kind:
        linear = colour.matrix_cvd_Machado2009(kind, 1.0) @ colour.models.eotf_sRGB(value)
        value = np.asarray(colour.models.eotf_inverse_sRGB(np.clip(linear, 0, 1)), np.float64)
    return np.asarray(colour.XYZ_to_Lab(colour.sRGB_to_XYZ(value)))


def apart(one: NDArray[np.float64], other: NDArray[np.float64], kind: str = "") -> float:
    return float(colour.delta_E(seen(one, kind), seen(other, kind), method="CIE 2000"))


def configs(losses: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {str(at): as_json(parse_config({"loss": loss})) for at, loss in enumerate(losses)}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_eight_settings_are_told_apart_by_colour(theme: str) -> None:
    colours = [rgb(getattr(style, theme)) for style in settings_styles(configs(EIGHT)).values()]
    assert min(apart(one, other) for one, other in itertools.combinations(colours, 2)) >= 10


def test_eight_settings_are_told_apart_in_grey() -> None:
    looks = row_styles(compared.comparison(EIGHT).rows, "CE", LIGHT).values()
    assert len({look.symbol for look in looks}) == 8
    assert len({look.dash for look in looks}) >= 7


@given(st.lists(st.tuples(LOSSES, RATES), min_size=1, max_size=12, unique_by=repr))
def test_no_two_of_a_dozen_settings_have_dash_and_symbol_in_common(
    board: list[tuple[dict[str, Any], float]],
) -> None:
    given_ = {
        str(at): as_json(parse_config({"loss": loss, "optim": {"learning_rate": rate}}))
        for at, (loss, rate) in enumerate(board)
    }
    styles = list(settings_styles(given_).values())
    assert len({style.symbol for style in styles}) == len(styles)
    assert "dash" not in {style.dash for style in styles}, "the baseline's own"
    assert styles[0].dash in DASHES


def mixed(theme: Theme, share: float) -> NDArray[np.float64]:
    """The colour of a share of the reach, -1 (loss) to 1 (gain), as Plotly mixes its stops."""
    (_, less), (_, zero), (_, more) = theme.change
    end = less if share < 0 else more
    return rgb(str(zero)) + abs(share) * (rgb(str(end)) - rgb(str(zero)))


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("kind", ["", *BLIND])
def test_no_loss_has_the_colour_of_a_gain(theme: Theme, kind: str) -> None:
    """Of any size: a large loss and a small gain, too. Below a third of the reach both are nearly paper."""
    shares = np.linspace(0.34, 1, 7)
    pairs = itertools.product(shares, shares)
    assert min(apart(mixed(theme, -loss), mixed(theme, gain), kind) for loss, gain in pairs) >= 7


def test_a_loss_is_the_darker_one_in_a_print_in_grey() -> None:
    less, more = (seen(mixed(LIGHT, share))[0] for share in (-1, 1))
    assert more - less >= 20


@pytest.mark.parametrize(("classes", "mark"), [(3, "<b>"), (20, "×")])
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_new_error_is_a_loss_and_marked_as_one(classes: int, mark: str, theme: Theme) -> None:
    """Class 0 loses 30 points to class 1; class 2 gains 20 from class 0."""
    change: list[list[float | None]] = [[0.0] * classes for _ in range(classes)]
    change[0][0], change[0][1], change[2][2], change[2][0] = -0.3, 0.3, 0.2, -0.2
    counts = list(range(90, 90 - classes, -1))
    heat = compare_confusion(compared.confusion_difference(change, counts), theme, "dataset").figure["data"][
        0
    ]
    texts = heat["text"]
    assert (heat["z"][0][1] < 0, heat["z"][0][0] < 0) == (True, True)
    assert (heat["z"][2][2] > 0, heat["z"][2][0] > 0) == (True, True)
    marked = {(at, to) for at, row in enumerate(texts) for to, text in enumerate(row) if mark in text}
    assert marked == {(0, 0), (0, 1)}
    assert list(heat["colorscale"][0]) == [0.0, theme.less]
