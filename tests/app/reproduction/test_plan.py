"""Plans that come with betaboard fit to the product and to the published rows; others are refused by word."""

import math
from importlib.resources import files
from typing import Any

import pytest

from app.errors import InvalidError
from app.reproduction.plan import Plan, papers, plan_named, plan_of, plans
from app.reproduction.report import published_results
from tests.app.reproduction.made import TINY, tiny
from trainer.config import as_json
from trainer.models import model_spec

ALL = plans() | papers()
PUBLISHED = published_results()
SETTINGS = [(plan, setting) for plan in ALL.values() for setting in plan.settings]
each_plan = pytest.mark.parametrize("plan", ALL.values(), ids=ALL)


def test_a_plan_is_named_as_its_file() -> None:
    folder = files("app.reproduction") / "plans"
    for known, place in ((plans(), folder), (papers(), folder / "papers")):
        names = [file.name.removesuffix(".toml") for file in place.iterdir() if file.name.endswith(".toml")]
        assert sorted(names) == list(known)
    assert plan_named("cui-2019") is papers()["cui-2019"]
    with pytest.raises(InvalidError, match="nothing of this name") as caught:
        plan_named("cui-1919")
    assert "cui-2019" in caught.value.fields[0].message


@pytest.mark.parametrize(
    ("plan", "setting"), SETTINGS, ids=[f"{plan.name} {setting.id}" for plan, setting in SETTINGS]
)
def test_a_setting_is_of_the_data_that_its_published_row_is_of(plan: Plan, setting: Any) -> None:
    config = as_json(plan.config(setting))
    assert config["seed"] == 0
    assert config["data"]["validation_fraction"] == 0
    if setting.published:
        row = PUBLISHED[setting.published]
        assert config["data"]["dataset"] == row.dataset
        ratio = config["data"]["imbalance_ratio"] if config["data"]["imbalance"] == "exp" else None
        assert row.imbalance_ratio in (ratio, None, 1.0)


@each_plan
def test_no_setting_is_there_under_two_names(plan: Plan) -> None:
    asked = [
        (plan.config(one), str(plan.chosen(one)), one.slowed_like) for one in plan.settings if not one.choose
    ]
    assert len({str(one) for one in asked}) == len(asked)


@each_plan
def test_published_figures_keep_what_their_claims_declare(plan: Plan) -> None:
    """Whoever wrote a bound had the published figures: those must lie inside of it."""
    by_id = {one.id: PUBLISHED.get(one.published) for one in plan.settings}
    checked = 0
    for part in (part for claim in plan.claims for part in claim.parts if part.metric == "accuracy"):
        sides = [by_id[name] for name in (part.of, part.minus) if name]
        figures = [one.accuracy for one in sides if one and one.accuracy is not None]
        if len(figures) == len(sides):
            found = 100 * (figures[0] - math.fsum(figures[1:]))
            assert part.above < found < part.below, part
            checked += 1
    assert checked >= {"methods": 0, "menon-2021": 1}.get(plan.name, 3)


def test_papers_have_the_recipe_of_the_long_tailed_cifar_papers() -> None:
    """Numbers from the papers' code; 464,154 weights are those of LDAM's ResNet-32 for ten classes."""
    nesterov = {"cui-2019": False, "cao-2019": False, "menon-2021": True, "bag-of-tricks": True}
    assert nesterov.keys() == papers().keys()
    for name, plan in papers().items():
        for setting in plan.settings:
            config = plan.config(setting)
            optim, twice = config.optim, 2 if config.mixing.name != "none" else 1
            assert (optim.epochs, optim.milestones) == (200 * twice, (160 * twice, 180 * twice))
            assert (optim.batch_size, optim.learning_rate, optim.momentum) == (128, 0.1, 0.9)
            assert (optim.weight_decay, optim.decay, optim.warmup_epochs) == (2e-4, 0.01, 5)
            assert (optim.nesterov, optim.schedule) == (nesterov[name], "step")
            assert config.data.augment
            assert model_spec(config.model, 10, 32).parameters == 464_154
        assert plan.cost


def test_a_setting_builds_on_another_and_has_its_choice() -> None:
    tuned = {"id": "tuned", "label": "Tuned", "seeds": 2, "like": "cb", "choose": {"loss.beta": [0.9, 0.99]}}
    more = {"id": "more", "label": "More", "seeds": 2, "like": "tuned", "set": {"optim.batch_size": 32}}
    plan = tiny(settings=[*TINY["settings"], tuned, more])
    config = plan.config(plan.setting("more"))
    assert (config.loss.weighting, config.optim.batch_size, config.optim.epochs) == ("class_balanced", 32, 2)
    assert plan.chosen(plan.setting("more")) == {"loss.beta": [0.9, 0.99]}
    assert plan.chosen(plan.setting("ce")) == {}
    assert plan.dataset == "shapes10"


def _one(**more: Any) -> dict[str, Any]:
    return _settings({"id": "x", "label": "X", "seeds": 1} | more)


def _settings(*more: dict[str, Any]) -> dict[str, Any]:
    return {"settings": [*TINY["settings"], *more]}


def _part(**part: Any) -> dict[str, Any]:
    return {"claims": [{"id": "x", "says": "X.", "parts": [part]}]}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"setings": []}, "Extra inputs"),
        ({"settings": []}, "at least 1"),
        ({"preset": "nobody"}, "'nobody' is unknown"),
        (_one(seeds=0), "greater than or equal to 1"),
        (_one(id="ce"), "'ce' is there twice"),
        (_one(like="y"), "builds on 'y'"),
        (_one(slowed_like="x"), "builds on 'x'"),
        (
            _one(choose={"seed": [1, 2]}),
            "cannot choose 'seed'",
        ),
        (_one(choose={"loss.bta": [1]}), "choose 'loss.bta'"),
        (
            _settings(
                {"id": "x", "label": "X", "seeds": 1, "slowed_like": "cb", "choose": {"loss.beta": [0]}}
            ),
            "let it do one",
        ),
        (_one(set={"optim.epochs": 0}), "optim.epochs"),
        ({"tuning": {"seed": 2}}, "is reported by seed 2"),
        (_part(of="nobody", above=0), "'nobody', which is no setting"),
        (_part(of="ce", minus="nobody", above=0), "'nobody', which is no setting"),
        (_part(of="ce"), "needs `above` or `below`"),
        (_part(of="ce", above=2, below=1), "the smaller"),
        (_part(of="ce", above=0, metric="luck"), "Input should be"),
        ({"claims": [{"id": "x", "says": "X.", "parts": []}]}, "at least 1"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_word(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidError, match=r"tiny\.toml is no plan") as caught:
        plan_of({**TINY, **changes}, "tiny.toml")
    assert said in " ".join(field.message for field in caught.value.fields)
