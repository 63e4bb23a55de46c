"""Colours of settings that stand together: told apart whatever they are, and otherwise their own."""

import itertools
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.comparing.figures.rows import row_looks
from app.figures.colours import setting_style
from app.figures.palette import settings_styles
from app.figures.theme import DARK, LIGHT
from tests.app.comparing.figures import compared
from tests.app.figures.test_colours import PAPER, contrast, light_of
from trainer.config import as_json, parse_config

_BETA = st.sampled_from((0.9, 0.99, 0.995, 0.997, 0.998, 0.999, 0.9999))
_REDUCTION = st.sampled_from(("batch_mean", "mean_one", "weighted_mean"))
_NAME = st.sampled_from(("cross_entropy", "focal"))
_PLAIN = st.fixed_dictionaries({"name": _NAME})
_WEIGHTED = st.fixed_dictionaries(
    {"name": _NAME, "weighting": st.just("class_balanced"), "beta": _BETA, "reduction": _REDUCTION}
)
_SETTING = st.tuples(st.one_of(_PLAIN, _WEIGHTED), st.sampled_from((0.1, 0.05, 0.02, 0.00444)))


def config(loss: dict[str, Any], rate: float = 0.1) -> dict[str, Any]:
    return as_json(parse_config({"loss": loss, "optim": {"learning_rate": rate}}))


def distance(one: str, other: str) -> float:
    """Between cube roots of linear light, as in test_colours."""
    return math.dist(*([v ** (1 / 3) for v in light_of(colour)] for colour in (one, other)))


@given(st.lists(_SETTING, min_size=2, max_size=8, unique_by=repr))
def test_no_two_settings_of_a_figure_look_alike(board: list[tuple[dict[str, Any], float]]) -> None:
    styles = settings_styles({str(at): config(*one) for at, one in enumerate(board)})
    for one, other in itertools.combinations(styles.values(), 2):
        assert min(distance(one.light, other.light), distance(one.dark, other.dark)) > 0.03
    for style in styles.values():
        assert contrast(style.light, PAPER["light"]) >= 3
        assert contrast(style.light_ink, PAPER["light"]) >= 4.5
        assert contrast(style.dark, PAPER["dark"]) >= 4.5


@given(st.lists(_SETTING, min_size=2, max_size=8, unique_by=repr))
def test_the_first_keeps_its_own_colour_as_does_who_is_unlike_all_before(
    board: list[tuple[dict[str, Any], float]],
) -> None:
    configs = [config(*one) for one in board]
    own = [setting_style(one) for one in configs]
    found = list(settings_styles({str(at): one for at, one in enumerate(configs)}).values())
    for at, (mine, given_) in enumerate(zip(own, found, strict=True)):
        before = own[:at]
        if all(min(distance(mine.light, one.light), distance(mine.dark, one.dark)) > 0.15 for one in before):
            assert mine == given_


def test_the_table_and_every_figure_have_one_colour_for_a_setting() -> None:
    """Two reductions of one beta: the second is moved, the same way wherever both stand."""
    weighted = {"name": "focal", "weighting": "class_balanced", "beta": 0.997}
    view = compared.comparison(({}, weighted, weighted | {"reduction": "weighted_mean"}))
    styles = settings_styles({row.label: row.config for row in view.rows})
    for theme in (LIGHT, DARK):
        looks = row_looks(view.rows, view.baseline, theme)
        assert {label: look.colour for label, look in looks.items()} == {
            label: theme.of(style) for label, style in styles.items()
        }
        assert len({look.colour for look in looks.values()}) == 3


def test_published_results_have_no_colour_and_a_hundred_settings_are_no_trouble() -> None:
    assert settings_styles({"Paper": {}}) == {}
    many = {str(at): config({"name": "focal", "gamma": 1 + at / 100}) for at in range(100)}
    assert len(settings_styles(many)) == 100
