"""The preview of a configuration: counts, weights, rates, cost, and what a careful colleague would say."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from app.views.preview.fill import preview
from app.views.preview.view import Preview, PreviewClass
from app.views.preview.warnings import warnings_about
from tests.toolbox_cases import toolbox_case
from trainer.config import OptimConfig, parse_config
from trainer.losses import LOSSES
from trainer.sampling import images_and_steps

SeedRun = Callable[..., int]

WEIGHTS_AT_997 = [
    0.429368,
    0.429420,
    0.431323,
    0.446944,
    0.501601,
    0.624650,
    0.855407,
    1.257697,
    1.945378,
    3.078212,
]
"""Counts of CIFAR-10-LT at ratio 100 (science notes, golden values)."""


def seen(client: TestClient, **config: Any) -> Any:
    answer = client.post("/api/v1/runs/validate", json={"config": config})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_cifar10_long_tailed_before_it_is_downloaded(client: TestClient) -> None:
    view = seen(client, data={"dataset": "cifar10"}, loss={"weighting": "class_balanced"})
    counts = [row["train_count"] for row in view["classes"]]
    assert counts == [5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50]
    assert [row["weight"] for row in view["classes"]] == pytest.approx(WEIGHTS_AT_997, abs=1e-6)
    assert view["classes"][0]["effective_number"] == pytest.approx(333.3332, abs=1e-3)
    assert (view["images_per_epoch"], view["steps_per_epoch"]) == (12406, 194)
    assert (view["parameters"], view["achieved_ratio"]) == (653_866, 100)
    assert view["multiply_adds"] > 1e6
    assert (view["dataset_ready"], view["estimated_seconds"]) == (False, None)


def test_rates_epoch_by_epoch(client: TestClient) -> None:
    view = seen(client, optim={"epochs": 4, "milestones": [2], "learning_rate": 0.2})
    assert view["learning_rates"] == pytest.approx([0.2, 0.2, 0.02, 0.02])


def test_a_second_stage_is_seen_by_its_own_epochs_sampler_and_unweighted_loss(client: TestClient) -> None:
    """The first stage's epochs, weights and warm-up are those of another run."""
    view = seen(client, data={"dataset": "cifar10"}, loss={"weighting": "class_balanced"},
                optim={"epochs": 7, "milestones": [2]},
                second_stage={"name": "crt", "epochs": 2, "learning_rate": 0.2})  # fmt: skip
    assert view["learning_rates"] == pytest.approx([0.2, 0.1])
    assert (view["mean_weight"], view["effective_rate"]) == (1, 0.2)
    assert {row["weight"] for row in view["classes"]} == {None}
    assert view["classes"][9]["views"] == pytest.approx(12406 / 10 / 50)
    assert view["images_per_epoch"] == 12406
    assert not any("Milestones" in warning for warning in view["warnings"])


def test_what_trains_nothing_is_one_look_at_each_image(client: TestClient) -> None:
    view = seen(client, data={"dataset": "cifar10"}, sampling={"name": "class_balanced"},
                second_stage={"name": "ncm"})  # fmt: skip
    assert (view["learning_rates"], view["effective_rate"]) == ([0], 0)
    assert [row["views"] for row in view["classes"]] == pytest.approx([1] * 10)


def test_configuration_comes_back_whole(client: TestClient) -> None:
    assert seen(client, seed=3)["config"] == parse_config({"seed": 3}).model_dump(mode="json")


def test_equal_runs_are_named_and_nothing_is_queued(client: TestClient, seed_run: SeedRun) -> None:
    run_id = seed_run("completed", config={"seed": 5})
    view = seen(client, seed=5, optim={"epochs": 3, "milestones": []}, threads=3)
    assert view["equal_runs"] == [run_id]
    assert seen(client, seed=6)["equal_runs"] == []
    assert client.get("/api/v1/runs").json()["total"] == 1


def test_time_is_estimated_once_an_epoch_was_measured(
    db: Database, settings: Settings, seed_run: SeedRun
) -> None:
    seed_run(epochs=2)
    config = parse_config({"optim": {"epochs": 10}})
    with db.read() as session:
        view: Preview = preview(session, settings, config)
    assert view.estimated_seconds == pytest.approx(2.0 / 140 * view.images_per_epoch * 10)


@pytest.mark.parametrize(
    ("images", "batch", "used", "steps"),
    [(128, 64, 128, 2), (129, 64, 128, 2), (130, 64, 130, 3), (65, 64, 64, 1), (10, 64, 10, 1), (2, 2, 2, 1)],
)
def test_last_batch_is_left_out_only_where_it_holds_one_image(
    images: int, batch: int, used: int, steps: int
) -> None:
    assert images_and_steps(images, batch) == (used, steps)


def classes(*counts: int, weights: tuple[float, ...] | None = None, tests: int = 10) -> list[PreviewClass]:
    return [
        PreviewClass(
            name=f"c{index}",
            available=count,
            train_count=count,
            validation_count=0,
            test_count=tests,
            effective_number=None,
            weight=weights[index] if weights else None,
        )
        for index, count in enumerate(counts)
    ]


def said(rows: list[PreviewClass], **config: Any) -> str:
    return "\n".join(warnings_about(parse_config(config), rows))


def test_beta_without_effect() -> None:
    """Trial S08: 8000 and 400 images, beta 0.9 gives weights 1 and 1; 0.99 does not."""
    balanced = {"weighting": "class_balanced"}
    text = said(classes(8000, 400, weights=(1.0, 1.0)), loss={**balanced, "beta": 0.9})
    assert "beta 0.9 has no effect for these counts" in text
    assert "no effect for these counts" not in said(classes(8000, 400), loss={**balanced, "beta": 0.999})
    assert "no effect for these counts" not in said(classes(400, 400), loss={**balanced, "beta": 0.9})


def test_few_images_are_named() -> None:
    assert "Fewer than 10 training images: c1 (9), c2 (1)." in said(classes(10, 9, 1))
    assert "Fewer than" not in said(classes(10, 10))
    assert "and 1 more" in said(classes(1, 1, 1, 1, 1, 1))


def test_best_epoch_chosen_on_test() -> None:
    assert "chosen on the test set" in said(classes(50, 50))
    assert "chosen on the test set" not in said(classes(50, 50), data={"validation_fraction": 0.1})


def test_scale_of_a_weighted_batch_mean() -> None:
    """By hand: weights 0.5 and 1.5 of 90 and 30 images average 0.75."""
    rows, weighted = classes(90, 30), {"weighting": "inverse_frequency", "reduction": "batch_mean"}
    text = said(rows, loss=weighted, optim={"learning_rate": 0.2})
    assert "An average training image weighs 0.750" in text
    assert "learning rate of 0.2 acts like about 0.150" in text
    assert "the control tells them apart" in text
    assert "weighted_mean" not in text, "it is no cure: at the same rate it was 16 points worse"
    for reduction in ("weighted_mean", "mean_one"):
        assert "average training image" not in said(rows, loss=weighted | {"reduction": reduction})
    assert "average training image" not in said(classes(50, 50), loss=weighted)


def test_mean_weight_and_effective_rate(client: TestClient) -> None:
    """E[w] of CIFAR-10-LT at beta 0.997, from the golden weights."""
    loss = {"weighting": "class_balanced", "beta": 0.997, "reduction": "batch_mean"}
    view = seen(client, data={"dataset": "cifar10"}, loss=loss, optim={"learning_rate": 0.2})
    counts = [row["train_count"] for row in view["classes"]]
    mean = float(np.average(WEIGHTS_AT_997, weights=counts))
    assert view["mean_weight"] == pytest.approx(mean, rel=1e-5)
    assert view["mean_weight"] == pytest.approx(0.48, abs=0.005)
    assert view["effective_rate"] == pytest.approx(0.2 * mean, rel=1e-5)
    for other in ({}, loss | {"reduction": "mean_one"}, loss | {"reduction": "weighted_mean"}):
        plain = seen(client, data={"dataset": "cifar10"}, loss=other)
        assert (plain["mean_weight"], plain["effective_rate"]) == (1, OptimConfig().learning_rate)


def test_batches() -> None:
    assert "larger than the training set of 20" in said(classes(10, 10))
    assert "trains on 128 of 129 images" in said(classes(100, 29))


def test_milestones_after_the_end() -> None:
    assert "Milestones 6, 8 come after" in said(classes(50, 50), optim={"epochs": 5})
    assert "Milestones" not in said(classes(50, 50))


def test_one_class_and_untested_classes() -> None:
    assert "one class only" in said(classes(100))
    assert "No test images: c0, c1." in said(classes(50, 50, tests=0))


def test_a_weight_that_comes_later_is_a_second_drop_of_the_rate() -> None:
    deferred = {"weighting": "class_balanced", "beta": 0.999, "weights_from": 7}
    text = said(classes(5000, 50), loss=deferred)
    assert "From epoch 7 on, the first that is weighted" in text
    assert "as a further drop of the schedule would. Under mean_one the rate keeps its meaning" in text
    assert "From epoch" not in said(classes(5000, 50), loss={**deferred, "reduction": "mean_one"})


def test_how_often_a_sampler_shows_the_tail(client: TestClient) -> None:
    data = {"max_train_per_class": 200, "imbalance_ratio": 50}
    seen_alike = seen(client, data=data)
    assert [row["views"] for row in seen_alike["classes"]] == pytest.approx([1.0] * 10)
    balanced = seen(client, data=data, sampling={"name": "class_balanced"}, optim={"epochs": 20})
    counts = [row["train_count"] for row in balanced["classes"]]
    views = [row["views"] for row in balanced["classes"]]
    assert views == pytest.approx([sum(counts) / 10 / n for n in counts])
    rarest = (
        f"each of the {counts[-1]} images of {balanced['classes'][-1]['name']} about {views[-1]:.1f} times"
    )
    assert any(rarest in text for text in balanced["warnings"]), balanced["warnings"]
    assert not any("learnt by heart" in text for text in seen_alike["warnings"])


def test_the_mean_weight_is_of_what_is_drawn(client: TestClient) -> None:
    """Classes drawn alike meet each weight equally often, and weights sum to their number."""
    loss = {"weighting": "class_balanced", "beta": 0.999}
    assert seen(client, loss=loss)["mean_weight"] < 0.5
    drawn = seen(client, loss=loss, sampling={"name": "class_balanced"})
    assert drawn["mean_weight"] == pytest.approx(1)
    assert drawn["effective_rate"] == pytest.approx(OptimConfig().learning_rate)


def refused(client: TestClient, **config: Any) -> list[dict[str, str]]:
    answer = client.post("/api/v1/runs/validate", json={"config": config})
    assert answer.status_code == 422, answer.text
    fields: list[dict[str, str]] = answer.json()["error"]["fields"]
    return fields


def test_margins_stand_beside_the_counts_and_the_head_is_counted_without_bias(client: TestClient) -> None:
    view = seen(client, data={"dataset": "cifar10"}, loss={"name": "ldam"})
    golden = toolbox_case("ldam_margins_cifar10_lt_100")
    assert view["by_class"] == {"margins": pytest.approx(golden["expected"], rel=1e-9)}
    assert view["parameters"] == 653_866 - 10
    assert seen(client, data={"dataset": "cifar10"})["by_class"] == {}


def test_weights_by_hand_are_refused_by_name_unless_there_is_one_a_class(client: TestClient) -> None:
    by_hand = {"weighting": "by_hand", "class_weights": [1, 2, 3]}
    [problem] = refused(client, loss=by_hand)
    assert problem["path"] == "loss.class_weights"
    assert problem["message"] == "holds 3 numbers, but the data set has 10 classes"
    assert [row["weight"] for row in seen(client, loss=by_hand | {"class_weights": [2] * 10})["classes"]] == (
        [2] * 10
    )
    [negative] = refused(client, loss=by_hand | {"class_weights": [1, 0, 3]})
    assert negative["path"] == "loss.class_weights"
    assert "take it out of the data set" in negative["message"]


def test_weights_by_hand_are_refused_in_a_sweep_under_their_axis(client: TestClient) -> None:
    base = {"loss": {"weighting": "by_hand", "class_weights": [1.0] * 10}}
    body = {"base": base, "axes": {"loss.class_weights": [[1.0] * 10, [1.0] * 9]}}
    answer = client.post("/api/v1/sweeps/validate", json=body)
    assert answer.status_code == 422, answer.text
    [problem] = answer.json()["error"]["fields"]
    assert problem["path"] == "axes.loss.class_weights[1]"


def test_label_aware_smoothing_of_classes_alike_is_refused(client: TestClient) -> None:
    [problem] = refused(client, data={"imbalance": "none"}, loss={"name": "label_aware_smoothing"})
    assert problem["path"] == "loss.name"
    assert "each has 1000" in problem["message"]


@pytest.mark.parametrize("name", LOSSES.names)
def test_each_loss_is_launched(name: str, client: TestClient) -> None:
    """With the weights of each kind that need no more words."""
    weightings = ("none", "class_balanced", "inverse_frequency", "inverse_sqrt", "power")
    for weighting in weightings:
        config = {"loss": {"name": name, "weighting": weighting}}
        answer = client.post("/api/v1/runs", json={"config": config})
        assert answer.status_code == 201, answer.text
        run = client.get(f"/runs/{answer.json()['id']}", headers={"Accept": "text/html"})
        assert run.status_code == 200
        page = client.get(f"/runs/new?clone={answer.json()['id']}", headers={"Accept": "text/html"})
        assert page.status_code == 200


def test_the_weights_shown_are_those_that_are_trained_with(client: TestClient) -> None:
    """Under mean_one an average *drawn* image weighs 1: the mean over classes where those are drawn alike."""
    loss = {"weighting": "class_balanced", "beta": 0.999, "reduction": "mean_one"}
    view = seen(client, loss=loss, sampling={"name": "class_balanced"})
    assert sum(row["weight"] for row in view["classes"]) == pytest.approx(len(view["classes"]))


def test_a_schedule_that_ends_early_is_told() -> None:
    """quick's milestone, left at 3 of 40 epochs; the usual ones of 10 epochs are not early."""
    early = said(classes(100, 50), optim={"epochs": 40, "milestones": [3], "learning_rate": 0.02})
    assert "The rate falls for the last time after epoch 3: the other 37 of 40 epochs train at 0.002" in early
    assert "last time" not in said(classes(100, 50), optim={"epochs": 10, "milestones": [6, 8]})
    assert "last time" not in said(classes(100, 50), optim={"epochs": 40, "schedule": "cosine"})


def test_a_prior_is_not_taken_off_twice(client: TestClient) -> None:
    after = {"second_stage": {"name": "logit_adjustment"}}
    told = seen(client, loss={"name": "balanced_softmax"}, **after)["warnings"]
    assert any(text.startswith("The prior counts twice: balanced_softmax") for text in told)
    assert not any("counts twice" in text for text in seen(client, **after)["warnings"])
    assert not any("counts twice" in text for text in seen(client, loss={"name": "vs"})["warnings"])


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ({"sampling": {"name": "class_balanced"}}, "the first stage draws class_balanced"),
        ({"loss": {"weighting": "inverse_frequency"}}, "the first stage weights by inverse_frequency"),
        ({"loss": {"name": "vs", "tau": 0.0}}, ""),
        ({"mixing": {"name": "mixup"}}, ""),
    ],
)
def test_a_first_stage_that_evens_classes_out_is_told_before_its_prior_is_taken_off(
    client: TestClient, first: dict[str, Any], told: str
) -> None:
    """Offsets of tau 0 are none: CDT keeps the prior in its logits."""
    warnings = seen(client, second_stage={"name": "logit_adjustment"}, **first)["warnings"]
    found = [text for text in warnings if "counts twice" in text]
    assert len(found) == bool(told)
    assert told in "".join(found)


def test_what_trains_nothing_draws_as_it_is(client: TestClient) -> None:
    """By the views of its images: also where the first stage resampled."""
    drawn = {"sampling": {"name": "class_balanced"}}
    for stage, resampled in (("none", True), ("crt", True), ("ncm", False), ("logit_adjustment", False)):
        body = seen(client, second_stage={"name": stage}, **drawn)
        views = [row["views"] for row in body["classes"]]
        assert (max(views) > 2) == resampled
        assert Preview.model_validate(body).is_resampled == resampled


@pytest.mark.parametrize(
    ("method", "by_counts"),
    [
        ({"loss": {"weighting": "class_balanced"}}, True),
        ({"loss": {"name": "ldam"}}, True),
        ({"sampling": {"name": "square_root"}}, True),
        ({"loss": {"weighting": "by_hand", "class_weights": [1.0] * 9 + [2.0]}}, False),
        ({"loss": {"name": "focal"}}, False),
        ({}, False),
    ],
)
def test_equal_classes_are_told_before_a_run_whose_method_goes_by_their_sizes(
    client: TestClient, method: dict[str, Any], by_counts: bool
) -> None:
    for imbalance, are_equal in (("none", True), ("exp", False)):
        view = seen(client, data={"dataset": "cifar10", "imbalance": imbalance}, **method)
        said = [one for one in view["warnings"] if "Every class has 5,000 training images" in one]
        assert len(said) == (are_equal and by_counts)
        assert all("Imbalance exp" in one for one in said)
