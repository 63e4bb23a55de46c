"""Colours of settings: from the configuration alone, apart, in order by beta, readable in both themes."""

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.comparing.figures.rows import row_styles
from app.figures import colours
from app.figures.colours import DASHES, SettingStyle, oklch, setting_style
from app.figures.colours_apart import settings_styles
from app.figures.theme import DARK, LIGHT, THEMES
from tests.app.comparing.figures import compared
from trainer.config import RunConfig, as_json, merge, parse_config
from trainer.losses import LOSSES
from trainer.weighting_words import WEIGHTINGS

PAPER = {"light": "#faf9f6", "dark": "#121518"}
BETAS = (0.9, 0.99, 0.997, 0.999, 0.9999)

_BETA = st.sampled_from((0.9, 0.99, 0.995, 0.997, 0.998, 0.999, 0.9999))
_REDUCTION = st.sampled_from(("batch_mean", "mean_one", "weighted_mean"))
_NAME = st.sampled_from(("cross_entropy", "focal"))
_PLAIN = st.fixed_dictionaries({"name": _NAME})
_WEIGHTED = st.fixed_dictionaries(
    {"name": _NAME, "weighting": st.just("class_balanced"), "beta": _BETA, "reduction": _REDUCTION}
)
_SETTING = st.tuples(st.one_of(_PLAIN, _WEIGHTED), st.sampled_from((0.1, 0.05, 0.02, 0.00444)))


def style(seed: int = 0, **loss: Any) -> SettingStyle:
    return setting_style(as_json(parse_config({"loss": loss, "seed": seed})))


def light_of(colour: str) -> list[float]:
    values = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values]


def luminance(colour: str) -> float:
    red, green, blue = light_of(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def nearest(found: list[str]) -> float:
    """The least distance of two colours."""
    return min(
        math.dist([v ** (1 / 3) for v in light_of(one)], [v ** (1 / 3) for v in light_of(other)])
        for one, other in itertools.combinations(found, 2)
    )


FAMILIES: list[dict[str, Any]] = [
    {"name": "cross_entropy"},
    {"name": "focal"},
    {"name": "cross_entropy", "weighting": "inverse_frequency"},
    {"name": "focal", "weighting": "inverse_frequency"},
    *({"name": "cross_entropy", "weighting": "class_balanced", "beta": beta} for beta in BETAS),
    *({"name": "focal", "weighting": "class_balanced", "beta": beta} for beta in BETAS),
]


def test_seeds_share_a_colour_and_differ_in_symbol() -> None:
    styles = [style(seed, name="focal") for seed in range(12)]
    assert len({(one.light, one.dark, one.dash) for one in styles}) == 1
    assert len({one.symbol for one in styles}) == 12


@pytest.mark.parametrize("theme", PAPER)
def test_families_and_betas_are_told_apart(theme: str) -> None:
    assert nearest([getattr(style(**loss), theme) for loss in FAMILIES]) > 0.035


@pytest.mark.parametrize("theme", PAPER)
def test_the_families_of_two_more_losses_are_told_apart_from_all(
    theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(colours, "_others", colours._others.__wrapped__)
    monkeypatch.setattr(LOSSES, "_entries", dict.fromkeys(("first", "cross_entropy", "focal", "second")))
    families = [
        {"name": name, "weighting": weighting, "beta": 0.997 if weighting == "class_balanced" else None}
        for name in LOSSES.names
        for weighting in WEIGHTINGS
    ]
    styles = [setting_style(merge(as_json(RunConfig()), {"loss": loss})) for loss in families]
    assert nearest([getattr(one, theme) for one in styles]) > 0.035


@pytest.mark.parametrize("theme", PAPER)
def test_unweighted_losses_are_well_apart(theme: str) -> None:
    assert nearest([getattr(style(name=name), theme) for name in LOSSES.names]) > 0.07


@pytest.mark.parametrize("name", ["cross_entropy", "focal"])
def test_beta_reads_as_an_ordered_scale(name: str) -> None:
    """Away from the paper as beta rises: darker on light, lighter on dark."""
    styles = [style(name=name, weighting="class_balanced", beta=beta) for beta in BETAS]
    on_light = [luminance(one.light) for one in styles]
    on_dark = [luminance(one.dark) for one in styles]
    assert on_light == sorted(on_light, reverse=True)
    assert on_dark == sorted(on_dark)


@given(st.sampled_from(FAMILIES), st.floats(0, 0.999999))
def test_lines_and_labels_have_contrast(loss: dict[str, Any], beta: float) -> None:
    one = style(**(loss | ({"beta": beta} if "beta" in loss else {})))
    assert contrast(one.light, PAPER["light"]) >= 3
    assert contrast(one.light_ink, PAPER["light"]) >= 4.5
    assert contrast(one.dark, PAPER["dark"]) >= 4.5


def test_gamma_is_told_by_the_dash_and_dash_is_the_baselines() -> None:
    assert style(name="focal", gamma=1.5).dash == "solid"
    assert style(name="focal", gamma=2.0).dash != "solid"
    assert "dash" not in DASHES


@given(st.floats(0, 1), st.floats(0, 0.4), st.floats(0, 360))
def test_any_oklch_is_a_colour(lightness: float, chroma: float, hue: float) -> None:
    assert len(oklch(lightness, chroma, hue)) == 7


def test_oklch_of_known_colours() -> None:
    assert (oklch(1, 0, 0), oklch(0, 0, 0)) == ("#ffffff", "#000000")
    assert oklch(0.62796, 0.25768, 29.234) == "#ff0000"


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_neutral_inks_have_contrast_and_heat_keeps_its_text_readable(theme: Any) -> None:
    assert contrast(theme.ink, PAPER[theme.name]) >= 7
    assert contrast(theme.muted, PAPER[theme.name]) >= 4.5
    assert contrast(theme.ink, theme.heat_low) >= 4.5
    assert contrast(theme.ink, theme.heat_high) >= 4.5


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
            assert (mine.light, mine.dark, mine.light_ink) == (given_.light, given_.dark, given_.light_ink)
    assert own[0] == found[0]


def test_the_table_and_every_figure_have_one_colour_for_a_setting() -> None:
    """Two reductions of one beta: the second is moved, the same way wherever both stand."""
    weighted = {"name": "focal", "weighting": "class_balanced", "beta": 0.997}
    view = compared.comparison(({}, weighted, weighted | {"reduction": "weighted_mean"}))
    styles = settings_styles({row.label: row.config for row in view.rows})
    for theme in (LIGHT, DARK):
        looks = row_styles(view.rows, view.baseline, theme)
        assert {label: look.colour for label, look in looks.items()} == {
            label: theme.of(style) for label, style in styles.items()
        }
        assert len({look.colour for look in looks.values()}) == 3


@pytest.mark.slow
def test_published_results_have_no_colour_and_a_hundred_settings_are_no_trouble() -> None:
    assert settings_styles({"Paper": {}}) == {}
    many = {str(at): config({"name": "focal", "gamma": 1 + at / 100}) for at in range(100)}
    assert len(settings_styles(many)) == 100
