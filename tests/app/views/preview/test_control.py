"""The control in a launch, and what is said of settings whose effective rates differ."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.errors import InvalidError
from app.runs.sweep_checks import expanded
from app.schemas import LaunchBody, SweepBody, read
from app.settings import Settings
from app.store.engine import Database
from app.views.preview.control import with_control
from app.views.sweeps.previews import sweep_preview
from app.views.sweeps.view import SweepPreview
from trainer.config import OptimConfig, RunConfig, as_json, setting_hash
from trainer.sweep import Cell

WEIGHTED: dict[str, Any] = {
    "name": "focal",
    "gamma": 2.0,
    "weighting": "class_balanced",
    "beta": 0.997,
    "reduction": "batch_mean",
}
RATE = OptimConfig().learning_rate
MEAN = 0.2219
"""E[w] of shapes10 at ratio 100 and beta 0.997 (measured apart from this code: .222)."""


def run(**config: Any) -> LaunchBody:
    return read(LaunchBody, {"config": config})


def made(settings: Settings, body: LaunchBody | SweepBody) -> tuple[Cell, ...]:
    sweep = with_control(settings, body)
    assert sweep is not None
    return expanded(sweep)


def told(cell: RunConfig) -> tuple[str, str | None, float, float]:
    loss, optim = cell.loss, cell.optim
    return (loss.weighting, loss.reduction, round(optim.learning_rate, 4), round(optim.weight_decay, 5))


THE_FOUR = {
    ("none", None, RATE, 5e-4),
    ("none", None, round(RATE * MEAN, 4), round(5e-4 / MEAN, 5)),
    ("class_balanced", "mean_one", RATE, 5e-4),
    ("class_balanced", "batch_mean", RATE, 5e-4),
}


def test_one_run_becomes_the_four_of_the_same_loss_gamma_and_seed(settings: Settings) -> None:
    body = run(loss=WEIGHTED, seed=3, data={"augment": False, "max_train_per_class": None})
    cells = made(settings, body)
    assert {told(cell.config) for cell in cells} == THE_FOUR
    assert len(cells) == 4
    assert all(as_json(cell.config)["loss"]["gamma"] == 2 and cell.config.seed == 3 for cell in cells)
    assert body.config in [cell.config for cell in cells], "weighted as published is the run itself"
    sweep = with_control(settings, body)
    assert sweep is not None
    assert sweep.name == "control of CB-Focal 0.997"


def test_it_follows_the_seeds(settings: Settings) -> None:
    body = SweepBody(base={"loss": WEIGHTED}, axes={"seed": [0, 1, 2], "data.subset_seed": [0, 1]})
    cells = made(settings, body)
    assert len(cells) == 4 * 6
    assert {told(cell.config) for cell in cells} == THE_FOUR


def test_each_weighted_setting_of_a_sweep_has_its_own_and_shares_the_plain_one(settings: Settings) -> None:
    baseline = {"loss.name": "focal", "loss.weighting": "none"}
    axes = {"loss.beta": [0.0, 0.99, 0.997], "optim.epochs": [5, 6], "seed": [0, 1]}
    body = SweepBody(base={"loss": WEIGHTED}, axes=axes, baselines=[baseline])
    before, cells = expanded(body), made(settings, body)
    assert {cell.config_hash for cell in before} <= {cell.config_hash for cell in cells}
    settings_of = {setting_hash(cell.config): cell.config for cell in cells}
    grid = 3 * 2 + 1
    plain_at_own_epochs, scaled, mean_one = 2, 2 * 2, 2 * 2
    assert len(settings_of) == grid + plain_at_own_epochs + scaled + mean_one
    assert len(cells) == 2 * len(settings_of)


def test_an_axis_that_brings_the_weights_is_controlled_like_any(settings: Settings) -> None:
    """The base has no weights, so its beta and reduction are not stored; the control has them."""
    axes = {"loss.weighting": ["none", "class_balanced"], "loss.beta": [0.997]}
    base = {"loss": WEIGHTED | {"weighting": "none"}}
    assert {told(cell.config) for cell in made(settings, SweepBody(base=base, axes=axes))} == THE_FOUR


@pytest.mark.parametrize(
    "loss",
    [
        {},
        {"name": "focal"},
        WEIGHTED | {"reduction": "mean_one"},
        WEIGHTED | {"reduction": "weighted_mean"},
        WEIGHTED | {"beta": 0.5},
    ],
)
def test_no_control_where_weights_leave_the_rate_alone(settings: Settings, loss: Mapping[str, Any]) -> None:
    assert with_control(settings, run(loss=loss)) is None


def test_a_sweep_that_holds_its_control_is_offered_none(settings: Settings) -> None:
    first = with_control(settings, run(loss=WEIGHTED))
    assert first is not None
    assert with_control(settings, first) is None


def test_a_weight_decay_out_of_bounds_is_refused_in_words(settings: Settings) -> None:
    with pytest.raises(InvalidError) as refused:
        with_control(settings, run(loss=WEIGHTED, optim={"weight_decay": 0.9}))
    [problem] = refused.value.fields
    assert problem.path == "baselines"
    assert "optim.weight_decay" in problem.message


def test_too_many_weighted_settings_are_refused_in_words(settings: Settings) -> None:
    betas = [1 - 1 / volume for volume in range(300, 330)]
    with pytest.raises(InvalidError) as refused:
        with_control(settings, SweepBody(base={"loss": WEIGHTED}, axes={"loss.beta": betas}))
    assert "at most 50" in refused.value.message
    with pytest.raises(InvalidError) as refused:
        with_control(settings, SweepBody(base={"loss": WEIGHTED}, axes={"seed": list(range(200))}))
    assert refused.value.message == "The control was refused: with it, the axes give more than 500 runs."


class TestRates:
    """The sentence about effective rates, and their range."""

    def look(self, db: Database, settings: Settings, **body: Any) -> SweepPreview:
        with db.read() as session:
            return sweep_preview(session, settings, SweepBody(base={"loss": WEIGHTED}, **body))

    def said(self, view: SweepPreview) -> str:
        return "\n".join(line for line in view.warnings if "ffective" in line or "average training" in line)

    def test_settings_are_named_with_their_rates(self, db: Database, settings: Settings) -> None:
        view = self.look(db, settings, baselines=[{"loss.weighting": "none"}], axes={"seed": [0, 1]})
        assert view.effective_rates == pytest.approx((RATE * MEAN, RATE), abs=1e-4)
        assert view.mean_weights == pytest.approx((MEAN, 1), abs=1e-4)
        assert self.said(view) == (
            "Effective learning rates differ by more than 10 %: Focal at 0.0200; CB-Focal 0.997 at 0.00444. "
            "Rows would differ in the rate as well as in the loss."
        )

    def test_many_settings_are_named_by_their_ends(self, db: Database, settings: Settings) -> None:
        view = self.look(db, settings, axes={"loss.beta": [0.0, 0.5, 0.9, 0.99, 0.997, 0.999]})
        assert "(2 more between)" in self.said(view)
        assert "CB-Focal 0 at 0.0200" in self.said(view)

    def test_rates_that_are_told_to_differ_are_no_news(self, db: Database, settings: Settings) -> None:
        view = self.look(db, settings, axes={"optim.learning_rate": [0.1, 0.02], "loss.weighting": ["none"]})
        assert view.effective_rates == (0.02, 0.1)
        assert self.said(view) == ""

    def test_one_setting_says_it_of_itself(self, db: Database, settings: Settings) -> None:
        said = self.said(self.look(db, settings, axes={"seed": [0, 1]}))
        assert said.startswith("An average training image weighs 0.222")

    def test_a_control_beside_it_is_the_answer(self, db: Database, settings: Settings) -> None:
        sweep = with_control(settings, run(loss=WEIGHTED))
        assert sweep is not None
        with db.read() as session:
            assert self.said(sweep_preview(session, settings, sweep)) == ""
