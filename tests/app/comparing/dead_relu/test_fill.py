"""Dead units by setting and layer: means over seeds, first, largest and last, and what is said of them."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from app.comparing.dead_relu.fill import dead_units, dead_units_of_sweep, layers_of_run
from app.comparing.dead_relu.view import DeadUnits
from app.errors import NotFoundError
from app.runs.sweep_actions import launch_sweep
from app.schemas import SweepBody
from app.settings import Settings
from app.store.engine import Database
from app.views.units import place
from tests.conftest import SeedRun
from trainer.config import RunConfig, as_json, merge, parse_config

Curve = Sequence[float | None]


def scalars(dead: Mapping[str, Curve], zeros: Curve = ()) -> dict[int, dict[str, Any]]:
    """`figures` of a seeded run: dead shares by layer, one a value; the same zero shares in each layer."""
    epochs = len(next(iter(dead.values())))
    return {
        at + 1: {
            "scalars": {f"dead_units/{layer}": curve[at] for layer, curve in dead.items()}
            | {f"zero_activations/{layer}": zeros[at] if zeros else 0.5 for layer in dead}
        }
        for at in range(epochs)
    }


@pytest.fixture
def trained(seed_run: SeedRun) -> "Trained":
    return Trained(seed_run)


class Trained:
    """Makes runs whose layers have these dead shares."""

    def __init__(self, seed_run: SeedRun) -> None:
        self._seed_run = seed_run

    def __call__(
        self, dead: Mapping[str, Curve], state: str = "completed", zeros: Curve = (), **config: Any
    ) -> int:
        epochs = len(next(iter(dead.values())))
        base = {"optim": {"epochs": epochs, "milestones": []}}
        figures = scalars(dead, zeros)
        return self._seed_run(state, config=merge(base, config), epochs=epochs, figures=figures)


def seen(db: Database, *run_ids: int) -> DeadUnits:
    with db.read() as session:
        return dead_units(session, run_ids)


def rate(value: float) -> dict[str, Any]:
    return {"optim": {"learning_rate": value}}


def test_first_largest_last_and_recovery_of_one_run(db: Database, trained: Trained) -> None:
    run_id = trained({"relu1": [0.0, 0.0, 0.0], "relu2": [0.25, 0.75, 0.5]}, zeros=[0.5, 0.875, 0.75])
    with db.read() as session:
        first, second = layers_of_run(session, run_id, as_json(RunConfig())["model"])
    assert (first.layer, first.place, first.largest, first.largest_epoch) == (
        "relu1",
        "convolution block 1",
        0.0,
        1,
    )
    assert first.recovered is None
    assert (second.first, second.largest, second.largest_epoch, second.last) == (0.25, 0.75, 2, 0.5)
    assert second.recovered is True
    assert second.zeros == 0.75
    assert [(point.epoch, point.dead, point.zeros, point.n) for point in second.points] == [
        (1, 0.25, 0.5, 1),
        (2, 0.75, 0.875, 1),
        (3, 0.5, 0.75, 1),
    ]


def test_a_setting_is_the_mean_over_its_seeds(db: Database, trained: Trained) -> None:
    runs = [trained({"relu1": curve}, seed=seed) for seed, curve in enumerate([[0.25, 0.0], [0.75, 0.5]])]
    [setting] = seen(db, *runs).settings
    [layer] = setting.layers
    assert (setting.n, setting.run_ids, setting.ended_early) == (2, tuple(runs), 0)
    assert [(point.dead, point.n) for point in layer.points] == [(0.5, 2), (0.25, 2)]
    assert (layer.first, layer.largest, layer.last, layer.recovered) == (0.5, 0.5, 0.25, True)
    assert setting.accuracy.mean is not None
    assert setting.accuracy.sd == 0.0


def test_an_epoch_without_a_figure_is_a_gap_and_no_zero(db: Database, trained: Trained) -> None:
    [setting] = seen(db, trained({"relu1": [0.5, None, None]})).settings
    [layer] = setting.layers
    assert [point.dead for point in layer.points] == [0.5, None, None]
    assert (layer.last, layer.largest) == (0.5, 0.5)


def test_runs_from_before_and_runs_without_an_epoch_are_named(
    db: Database, trained: Trained, seed_run: SeedRun
) -> None:
    older, waiting = seed_run(), seed_run("queued")
    view = seen(db, older, trained({"relu1": [0.5]}), waiting)
    assert (view.without, view.waiting) == ((older,), (waiting,))
    assert len(view.settings) == 1


def test_only_runs_from_before_give_no_setting_and_no_sentence(db: Database, seed_run: SeedRun) -> None:
    view = seen(db, seed_run())
    assert (view.settings, view.layers, view.observations) == ((), (), ())


def test_a_failed_run_is_counted_only_where_no_other_ended(db: Database, trained: Trained) -> None:
    base: dict[str, Any] = {"optim": {"epochs": 2, "milestones": []}}
    failed = trained({"relu1": [1.0]}, "failed", seed=1, **base)
    done = trained({"relu1": [0.5, 0.5]}, seed=0)
    alone = trained({"relu1": [0.25, 0.25]}, "failed", model={"width": 8})
    mixed, lone = seen(db, failed, done, alone).settings
    assert (mixed.run_ids, mixed.ended_early, lone.run_ids, lone.ended_early) == ((done,), 1, (alone,), 1)


def test_an_unknown_run_or_sweep_is_not_found(db: Database) -> None:
    with db.read() as session:
        with pytest.raises(NotFoundError):
            dead_units(session, [99])
        with pytest.raises(NotFoundError):
            dead_units_of_sweep(session, 99)


def test_a_sweep_is_the_runs_of_its_cells(db: Database, settings: Settings, trained: Trained) -> None:
    runs = [trained({"relu1": [0.5, 0.5]}, seed=seed) for seed in (0, 1)]
    base = {"optim": {"epochs": 2, "milestones": []}}
    sweep_id, _ = launch_sweep(db, settings, SweepBody(base=base, axes={"seed": [0, 1, 2]}))
    with db.read() as session:
        view = dead_units_of_sweep(session, sweep_id)
    assert view.settings[0].run_ids == tuple(runs)
    assert len(view.waiting) == 1


@pytest.mark.parametrize(
    ("layer", "words"),
    [("relu1", "convolution block 1"), ("relu4", "convolution block 4"), ("relu5", "linear layer")],
)
def test_layers_have_a_place_in_words(layer: str, words: str) -> None:
    assert place(layer, as_json(RunConfig())["model"]) == words


def test_a_place_is_that_of_the_run_s_own_network() -> None:
    three = as_json(parse_config({"model": {"blocks": [1, 2, 4]}}))["model"]
    assert [place(layer, three) for layer in ("relu3", "relu4")] == ["convolution block 3", "linear layer"]
    residual = as_json(parse_config({"model": {"name": "resnet_cifar"}}))["model"]
    assert [place(f"relu{number}", residual) for number in (1, 4, 5)] == [
        "first convolution", "end of stage 3", "relu5",
    ]  # fmt: skip
    assert place("relu1", {"name": "not_loaded"}) == "relu1"


class TestWhatIsSaid:
    def test_no_dead_unit_at_all(self, db: Database, trained: Trained) -> None:
        view = seen(db, trained({"relu1": [0.0, 0.0]}), trained({"relu1": [0.0, 0.0]}, seed=1))
        assert view.observations[0] == "No unit is dead after any epoch of 1 setting."
        assert len(view.observations) == 2

    def test_where_the_largest_share_is(self, db: Database, trained: Trained) -> None:
        view = seen(db, trained({"relu1": [0.0, 0.25], "relu2": [0.5, 0.125]}))
        assert view.observations[0] == (
            "Largest share of dead units over all settings and epochs: relu1 25.0 %, relu2 50.0 %; the "
            "largest with CE after epoch 1."
        )

    def test_from_which_rate_on(self, db: Database, trained: Trained) -> None:
        runs = [
            trained({"relu1": [0.0], "relu2": [0.0], "relu3": [0.25]}, **rate(0.01)),
            trained({"relu1": [0.0], "relu2": [0.0], "relu3": [0.5]}, **rate(0.03)),
            trained({"relu1": [0.0], "relu2": [0.75], "relu3": [0.5]}, **rate(0.1)),
        ]
        [said] = [one for one in seen(db, *runs).observations if one.startswith("Learning rates")]
        assert said == (
            "Learning rates 0.01, 0.03, 0.1: dead units at no rate in relu1; from 0.1 on in relu2; at every "
            "rate in relu3."
        )

    def test_rates_are_told_apart_by_what_else_differs(self, db: Database, trained: Trained) -> None:
        plain: dict[str, Any] = {"model": {"batch_norm": False}}
        runs = [trained({"relu1": [0.0]}, **rate(value)) for value in (0.1, 0.3)]
        runs += [trained({"relu1": [0.5]}, **plain, **rate(value)) for value in (0.1, 0.3)]
        said = [one for one in seen(db, *runs).observations if one.startswith("Learning rates")]
        assert said == [
            "Learning rates 0.1, 0.3 with batch norm on: dead units at no rate in relu1.",
            "Learning rates 0.1, 0.3 with batch norm off: dead units at every rate in relu1.",
        ]

    @pytest.mark.slow
    def test_one_change_is_held_against_what_is_equal_else(self, db: Database, trained: Trained) -> None:
        plain: dict[str, Any] = {"model": {"batch_norm": False}}
        runs = [
            trained({"relu1": [0.5, 0.5]}, **plain),
            trained({"relu1": [0.0, 0.0]}, model={"batch_norm": False, "activation": "leaky_relu"}),
            trained({"relu1": [0.0, 0.25]}),
            trained({"relu1": [0.0, 0.75]}, **plain, **rate(0.3)),
        ]
        found = seen(db, *runs).changes
        assert [(one.label, one.shared) for one in found] == [
            ("Activation relu → leaky relu", "batch norm off, rate 0.02"),
            ("Batch norm off → on", "rate 0.02"),
        ]
        shares = [(layer.before, layer.after) for one in found for layer in one.layers]
        assert shares == [(0.5, 0), (0.5, 0.25)]
        assert found[0].run_ids == (runs[0], runs[1])
        assert (found[0].n_before, found[0].n_after) == (1, 1)

    def test_an_initial_bias_is_told_apart_from_the_usual_start(self, db: Database, trained: Trained) -> None:
        runs = [trained({"relu1": [0.0]}), trained({"relu1": [1.0]}, model={"initial_bias": -1.0})]
        [change] = seen(db, *runs).changes
        assert change.label == "Initial bias as usual → −1"

    def test_what_both_share_is_said_where_references_differ(self, db: Database, trained: Trained) -> None:
        off: dict[str, Any] = {"batch_norm": False}
        runs = [
            trained({"relu1": [0.5]}, model=off),
            trained({"relu1": [0.5]}, model=off | {"width": 4}),
            trained({"relu1": [0.25]}),
            trained({"relu1": [0.75]}, model={"initial_bias": -1.0}),
        ]
        shared = {one.label: one.shared for one in seen(db, *runs).changes}
        assert shared["Initial bias as usual → −1"] == "batch norm on"
        assert shared["Batch norm off → on"] == ""

    def test_what_recovers_and_what_never_does(self, db: Database, trained: Trained) -> None:
        runs = [
            trained({"relu1": [0.75, 0.25]}),
            trained({"relu1": [1.0, 1.0]}, model={"initial_bias": -1.0}),
        ]
        said = seen(db, *runs).observations
        assert (
            "Units recover by 2.0 points or more in 1 of 2 layers with dead units, most in relu1 of CE: 75.0 "
            "% after epoch 1, 25.0 % after the last."
        ) in said
        [never] = [one for one in said if one.startswith("Every unit is dead")]
        assert "in relu1 (100.0 % after the first) of initial bias −1, test accuracy" in never

    def test_zero_activations_are_told_from_dead_units(self, db: Database, trained: Trained) -> None:
        view = seen(db, trained({"relu1": [0.5], "relu2": [0.0]}, zeros=[0.75]))
        assert view.observations[-1] == (
            "Zeros are not death: of layers without a dead unit after the last epoch, up to 75.0 % of the "
            "activations are zero (relu2 of CE)."
        )

    def test_every_sentence_holds_a_number(self, db: Database, trained: Trained) -> None:
        runs = [trained({"relu1": [0.5, 0.25]}, model={"width": width}) for width in (8, 16)]
        assert all(any(letter.isdigit() for letter in said) for said in seen(db, *runs).observations)
