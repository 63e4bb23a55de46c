"""Several values in the form of a new run: what is asked for, what is said before, what is refused."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from app.pages.launch.body import at_form_fields, read_form, without_effect
from app.pages.launch.form import build_form
from app.pages.launch.preview import size_in_words
from app.pages.launch.typed import as_typed
from app.schemas import SweepBody
from app.views.system.fill import fields
from app.views.system.view import DatasetView
from tests.app.pages.seen import HTML, context
from trainer.config import RunConfig
from trainer.errors import FieldProblem
from trainer.losses import LOSSES
from trainer.sweep import expand

CB_FOCAL = {"loss.name": "focal", "loss.weighting": "class_balanced"}
SWEEP = {**CB_FOCAL, "loss.beta": "0.9, 0.99, N=1000", "seed": "0..4", "method": "by_hand, cross_entropy"}


def typed(**changes: str) -> dict[str, str]:
    return as_typed(RunConfig()) | {name.replace("__", "."): text for name, text in changes.items()}


def named(name: str) -> DatasetView:
    return DatasetView(
        name=name, title=name, class_names=(), train_counts=(), test_counts=(), image_size=32, ready=True,
        needs_network=False, note="", warnings=(),
    )  # fmt: skip


def sweep_of(shown: dict[str, str]) -> SweepBody:
    body = read_form(shown)
    assert isinstance(body, SweepBody)
    return body


def sent(client: TestClient, *, do: str = "launch", **changes: Any) -> Any:
    data: dict[str, Any] = {**as_typed(RunConfig()), "do": do}
    data |= {name.replace("__", "."): text for name, text in changes.items()}
    return client.post("/runs/new", data=data, headers=HTML, follow_redirects=False)


def test_several_values_are_axes_and_the_rest_is_the_base() -> None:
    body = sweep_of(typed() | SWEEP)
    assert list(body.axes) == ["loss.beta", "seed"]
    assert body.axes["seed"] == [0, 1, 2, 3, 4]
    assert body.baselines == [{"loss.name": "cross_entropy", "loss.weighting": "none"}]
    assert body.base["loss"]["name"] == "focal"
    cells = expand(body.base, body.axes, body.baselines)
    assert [cell.config.loss.beta for cell in cells if not cell.baseline][::5] == [0.9, 0.99, 0.999]
    assert sum(cell.baseline for cell in cells) == 5


@pytest.mark.parametrize(
    ("path", "text", "values"),
    [
        ("loss.name", "cross_entropy, focal", ["cross_entropy", "focal"]),
        ("data.augment", "true, false", [True, False]),
        ("optim.milestones", "6, 8; 5, 7", [[6, 8], [5, 7]]),
        ("optim.milestones", "; 5", None),
        ("data.max_train_per_class", "20, 40", [20, 40]),
        ("seed", "3, 1, 3", [3, 1]),
    ],
)
def test_each_kind_of_field_takes_several(
    client: TestClient, path: str, text: str, values: list[Any] | None
) -> None:
    if values is None:
        page = sent(client, do="preview", **{path: text})
        assert path in context(page)["form"].problems
    else:
        assert sweep_of(typed() | {path: text}).axes == {path: values}


def test_one_value_given_twice_is_one_run() -> None:
    assert not isinstance(read_form(typed(seed="3, 3")), SweepBody)


def test_a_field_without_effect_is_no_axis() -> None:
    assert not isinstance(read_form(typed(loss__beta="0.9, 0.99")), SweepBody)
    several = typed(loss__beta="0.9, 0.99", loss__weighting="none, class_balanced")
    assert set(sweep_of(several).axes) == {"loss.beta", "loss.weighting"}


def test_an_effect_under_any_choice_counts() -> None:
    assert "loss.gamma" in without_effect(typed())
    assert "loss.gamma" not in without_effect(typed(loss__name="cross_entropy, focal"))
    assert "data.subset_seed" not in without_effect(
        typed(data__imbalance="none", data__validation_fraction="0, 0.1")
    )


def test_boxes_beside_a_choice_keep_what_is_ticked() -> None:
    form = build_form(fields(), typed(loss__name="focal, cross_entropy", method="by_hand, focal"))
    names = {field.view.path: field for group in form.groups for field in group.fields}
    chosen = names["loss.name"]
    assert chosen.value == "focal"
    assert [option.value for option in chosen.options if option.also] == ["cross_entropy"]
    assert not names["device"].takes_several
    assert {row.name for group in form.methods for row in group.rows} >= set(LOSSES.names)
    assert ([row.name for row in form.ticked], form.is_by_hand) == (["focal"], True)


def test_the_preview_says_how_many_runs_and_which_settings(client: TestClient) -> None:
    page = sent(client, do="preview", **SWEEP)
    planned = context(page)["sweep"]
    assert planned.size == "4 settings × 5 seeds = 20 runs"
    assert planned.training == "20 runs × 10 epochs"
    assert planned.view.settings == ("CE", "CB-Focal 0.9", "CB-Focal 0.99", "CB-Focal 0.999")
    assert context(page)["preview"].config["loss"]["beta"] == 0.9
    assert planned.size in page.text
    assert client.get("/api/v1/sweeps").json()["total"] == 0


def test_a_launch_leads_to_its_sweep_and_is_not_repeated(client: TestClient) -> None:
    for _ in range(2):
        answer = sent(client, key="once", name="betas", **SWEEP)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sweeps/1")
    sweep = client.get("/api/v1/sweeps/1").json()
    assert (sweep["name"], sweep["counts"]["total"]) == ("betas", 20)


def test_boxes_beside_a_choice_add_to_it(client: TestClient) -> None:
    losses = ["focal", "cross_entropy"]
    boxes: dict[str, Any] = {"also.loss.name": losses, "method": ["by_hand", *losses]}
    answer = sent(client, loss__weighting="class_balanced", optim__epochs="1", optim__milestones="", **boxes)
    assert answer.headers["location"] == "/sweeps/1"
    sweep = client.get("/api/v1/sweeps/1").json()
    assert sweep["axes"] == {"loss.name": ["cross_entropy", "focal"]}
    assert sweep["counts"]["total"] == 4


def test_equal_runs_are_offered_and_used_again(client: TestClient) -> None:
    sent(client, seed="1")
    page = sent(client, do="preview", seed="0..2")
    assert context(page)["sweep"].equal == (1,)
    assert context(page)["sweep"].view.new_runs == 2
    kept = sent(client, do="preview", seed="0..2", reuse="false")
    assert (context(kept)["sweep"].equal, context(kept)["sweep"].view.new_runs) == ((1,), 3)
    sent(client, seed="0..2", reuse=["false", "true"])
    assert client.get("/api/v1/runs").json()["total"] == 3
    sent(client, seed="0..2", reuse="false", name="again")
    assert client.get("/api/v1/runs").json()["total"] == 6


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "text", "words"),
    [
        ("loss.beta", "0.9, 1.5, 0.99", "1.5"),
        ("loss.beta", "0.9,, 0.99", "0.9,, 0.99"),
        ("seed", "4..0", "0..4"),
        ("seed", "0..900", "500"),
        ("optim.epochs", "1, many", "many"),
        ("data.dataset", "shapes10, folder:gone", "folder:gone"),
        ("threads", "1, 2", "one value"),
    ],
)
def test_a_refused_value_is_named_at_its_field(client: TestClient, path: str, text: str, words: str) -> None:
    page = sent(client, **CB_FOCAL, **{"notes": "kept", path: text})
    assert page.status_code == 422
    form = context(page)["form"]
    assert words in form.problems[path]
    assert form.notes == "kept"
    assert client.get("/api/v1/runs").json()["total"] == 0


@pytest.mark.slow
def test_too_many_runs_are_refused_in_words(client: TestClient) -> None:
    page = sent(client, seed="0..99", optim__epochs="1, 2, 3, 4, 5, 6")
    assert page.status_code == 422
    assert "500" in page.text


def test_the_thing_to_change_has_the_focus(client: TestClient) -> None:
    sent(client)
    page = client.get("/runs/new?clone=1&vary=loss.name", headers=HTML)
    assert page.text.count("autofocus") == 1
    assert 'name="loss.name" aria-describedby="f-loss-name-about" autofocus' in page.text


@pytest.mark.parametrize(
    ("axes", "baselines", "words"),
    [
        ({"loss.name": ["focal", "cross_entropy"]}, [], "2 settings = 2 runs"),
        ({"seed": [0, 1]}, [], "1 setting × 2 seeds = 2 runs"),
        ({}, [{"loss.name": "focal"}], "2 settings = 2 runs"),
        ({"loss.name": ["cross_entropy", "focal"], "loss.gamma": [1.0, 2.0]}, [], "3 settings = 3 runs"),
        (
            {"loss.name": ["cross_entropy", "focal"], "seed": [0, 1]},
            [{"loss.name": "cross_entropy"}],
            "2 settings × 2 seeds = 4 runs",
        ),
    ],
)
def test_the_size_is_a_sum_that_adds_up(axes: Any, baselines: Any, words: str) -> None:
    assert size_in_words(expand({}, axes, baselines)) == words


def test_problems_come_home_to_their_fields() -> None:
    by_hand = typed() | SWEEP | {"method": "by_hand, ldam, focal"}
    given = {
        "axes.loss.beta[2]": "loss.beta",
        "baselines[0].loss.gamma": "method.focal.loss.gamma",
        "baselines[1].loss.max_margin": "method.ldam.loss.max_margin",
        "baselines[1].loss.name": "method",
        "baselines[7].loss.name": "method",
        "base.seed": "seed",
        "name": "name",
    }
    homes = at_form_fields([FieldProblem(path, "no") for path in given], by_hand)
    assert [problem.path for problem in homes] == list(given.values())
    named = typed(method="focal", seed="0..2")
    [home] = at_form_fields([FieldProblem("loss.gamma", "no")], named)
    assert home.path == "method.focal.loss.gamma"


WEIGHTED = {**CB_FOCAL, "loss.beta": "0.997", "loss.reduction": "batch_mean"}


def test_the_control_is_offered_with_its_cost_and_launched_in_one_click(client: TestClient) -> None:
    asked = WEIGHTED | {"seed": "0..2", "optim.epochs": "3", "optim.milestones": ""}
    page = sent(client, do="preview", **asked)
    offer = context(page)["control_offer"]
    assert (offer.view.new_runs, offer.instead_of, offer.refused) == (12, 3, "")
    assert '<button name="do" value="control">' in page.text
    assert "Launch with the control (12 runs)</button>" in page.text
    assert "instead of 3; the time can be told after a first run" in page.text
    assert page.text.index('value="launch"') < page.text.index('value="control"'), "Enter launches, no more"
    assert "0.00444" in page.text
    launched = sent(client, do="control", **asked)
    assert launched.status_code == 303
    again = sent(client, do="control", **asked)
    assert again.headers["location"] == launched.headers["location"], "sent twice, launched once"
    sweep = client.get(f"/api/v1{launched.headers['location']}").json()
    assert sweep["counts"]["total"] == 12
    assert sweep["name"] == "control of CB-Focal 0.997"
    assert len(sweep["rows"]) == 4
    assert client.get(launched.headers["location"], headers=HTML).status_code == 200


def test_no_control_where_there_is_nothing_to_tell_apart(client: TestClient) -> None:
    assert context(sent(client, do="preview"))["control_offer"] is None
    page = sent(client, do="preview", **WEIGHTED | {"loss.reduction": "mean_one"})
    assert context(page)["control_offer"] is None
    assert 'value="control"' not in page.text


def test_a_control_that_cannot_be_is_said_and_not_launched(client: TestClient) -> None:
    asked = WEIGHTED | {"optim.weight_decay": "0.9"}
    page = sent(client, do="preview", **asked)
    assert "optim.weight_decay" in context(page)["control_offer"].refused
    assert 'value="control"' not in page.text
    refused = sent(client, do="control", **asked)
    assert refused.status_code == 422
    assert client.get("/api/v1/runs").json()["total"] == 0


PLANNED = {
    **SWEEP,
    "data.validation_fraction": "0.1",
    "optim.learning_rate": "0.1, 0.02",
    "margin": "1.5",
    "looks": "5, 10",
    "tuned": "optim.learning_rate",
}


def test_a_plan_goes_along_and_baselines_are_tuned(client: TestClient) -> None:
    body = sweep_of(typed() | PLANNED)
    assert (body.margin, body.looks and body.looks.seeds, body.tuned) == (
        1.5,
        (5, 10),
        ["optim.learning_rate"],
    )
    page = sent(client, **{name.replace(".", "__"): text for name, text in PLANNED.items()})
    view = client.get(f"/api/v1{page.headers['location']}").json()
    assert (view["margin"], view["looks"]["seeds"], view["tuned"]) == (1.5, [5, 10], ["optim.learning_rate"])
    assert view["counts"]["total"] == 3 * 2 * 5 + 2 * 5


def test_one_setting_with_a_plan_is_a_sweep() -> None:
    assert sweep_of(typed(margin="2")).margin == 2


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("margin", "x", "valid number"),
        ("margin", "-1", "greater than 0"),
        ("looks", "5", "missing"),
        ("looks", "10, 5", "no later than the first"),
        ("looks", "5, x", "valid integer"),
        ("tuned", "optim.momentum", "no axis of this sweep"),
        ("data__validation_fraction", "0", "set it above 0"),
    ],
)
def test_a_plan_is_refused_at_its_field(client: TestClient, field: str, text: str, words: str) -> None:
    asked = {name.replace(".", "__"): value for name, value in PLANNED.items()} | {field: text}
    for do in ("launch", "preview"):
        page = sent(client, do=do, **asked)
        assert words in context(page)["form"].problems[field.replace("__", ".")]
    form = context(page)["form"]
    assert {"margin": form.margin, "looks": form.looks}.get(field, text) == text


def test_what_has_several_values_can_be_tuned(client: TestClient) -> None:
    page = sent(
        client, do="preview", loss__weighting="class_balanced", loss__beta="0.9, 0.99", tuned="loss.beta"
    )
    boxes = [(box.value, box.is_on) for box in context(page)["form"].tunable]
    assert boxes == [("optim.learning_rate", False), ("loss.beta", True)]


def test_what_every_method_has_by_class_is_drawn_over_the_counts(client: TestClient) -> None:
    asked = {
        "method": ["cross_entropy", "ldam", "class_balanced_ce", "balanced_softmax", "square_root_sampling"]
    }
    page = sent(client, do="preview", **asked, **{"method.class_balanced_ce.loss.beta": "0.9, 0.99, 0.999"})
    bands = {band.title.text: band for band in context(page)["bands"].bands}
    assert {title: [line.label for line in band.lines] for title, band in bands.items()} == {
        "Margin, cosine": ["LDAM"],
        "Loss weight": ["CB-CE 0.9", "CB-CE 0.99", "CB-CE 0.999"],
        "Added to the logit": ["BalSoftmax"],
        "Views of an image an epoch": ["CE, sampler square-root"],
    }

    def rise(path: str) -> float:
        heights = [float(point.partition(",")[2]) for point in path.split()]
        assert heights == sorted(heights, reverse=True)  # y grows downwards: the tail weighs most
        return heights[0] - heights[-1]

    lines = bands["Loss weight"].lines
    assert sorted(lines, key=lambda line: rise(line.path)) == list(lines)
    assert len({line.style.light for line in lines}) == 3
    assert page.text.count('<polyline class="weight-line"') == 6
    assert page.text.count("(nothing by class)") == 1


def test_methods_side_by_side_are_launched_with_their_own_fields(client: TestClient) -> None:
    asked: dict[str, Any] = {"method": ["cross_entropy", "focal", "ldam_drw"], "seed": "0..2"}
    page = sent(
        client, **asked, **{"method.focal.loss.gamma": "0.5", "method.ldam_drw.loss.weights_from": ""}
    )
    sweep = client.get(f"/api/v1{page.headers['location']}").json()
    assert (sweep["name"], sweep["counts"]["total"]) == ("cross-entropy, focal, LDAM-DRW", 9)
    assert sweep["baselines"] == [
        {"loss.name": "focal", "loss.gamma": 0.5},
        {"loss.name": "ldam", "loss.weighting": "class_balanced", "loss.beta": 0.9999,
         "loss.reduction": "weighted_mean", "loss.weights_from": 7},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("method.focal.loss.gamma", "-1", "favours easy images"),
        ("method.focal.loss.gamma", "1,, 2", "no value"),
        ("method.ldam_drw.loss.weights_from", "11", "only 10 epochs"),
        ("method", "magic", "known are cross_entropy"),
    ],
)
def test_what_is_refused_of_a_method_is_said_at_its_own_field(
    client: TestClient, field: str, text: str, words: str
) -> None:
    for ticked in ("ldam_drw, focal", "cross_entropy, focal, ldam_drw"):
        page = sent(client, **{"method": ticked, field: text})
        assert page.status_code == 422
        form = context(page)["form"]
        assert list(form.problems) == [field]
        assert words in form.problems[field]
        assert form.others == ()


def test_a_method_shows_its_own_fields_with_the_defaults_of_its_paper(client: TestClient) -> None:
    form = context(sent(client, do="preview", method="cross_entropy, class_balanced_focal, ce_drw"))["form"]
    own = {
        row.name: {field.view.label: field.text or field.gap for field in row.fields} for row in form.ticked
    }
    assert own == {
        "cross_entropy": {},
        "class_balanced_focal": {"Beta": "0.9999", "Gamma": "1", "Form": "sigmoid",
                                 "Reduction": "batch_mean"},
        "ce_drw": {"Beta": "0.9999", "Reduction": "weighted_mean",
                   "Weights from epoch": "7 (first drop)"},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ({"optim.epochs": "200", "optim.milestones": "160, 180"}, "161 (first drop)"),
        ({"optim.epochs": "40", "optim.schedule": "cosine"}, "33 (after four fifths)"),
        ({"optim.epochs": "10, 40", "optim.schedule": "cosine"}, "9, 33 (by the schedule)"),
        ({"optim.epochs": "10, 20"}, "7 (first drop)"),
        ({"optim.epochs": "ten"}, "1 (after four fifths)"),
        ({"optim.epochs": "10, "}, "by the schedule"),
    ],
)
def test_an_empty_deferred_epoch_says_what_it_stands_for(schedule: dict[str, str], words: str) -> None:
    form = build_form(fields(), typed(**schedule, method="ce_drw"))
    [row] = form.ticked
    assert row.fields[-1].gap == words


def test_own_images_bring_along_that_they_are_taken_as_they_are() -> None:
    form = build_form(fields(), typed(), datasets=[named("shapes10"), named("folder:pets")])
    options = form.group("first").fields[0].options
    assert [option.sets for option in options] == ["data.imbalance=exp", "data.imbalance=none"]
