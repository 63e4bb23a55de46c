"""What a plan wants trained, asked again with whatever has been: choices, seeds, slowed settings, scale."""

import itertools
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.reproduction.plan import Plan, papers, plans
from app.reproduction.results import Measured
from app.reproduction.wanted import Trial, Wanted, chosen_values, runs_of, scaled_down, wanted
from tests.app.reproduction.made import TINY, finished, measured, tiny, trial_of
from trainer.config import as_json, config_hash, parse_config
from trainer.stages import first_stage_of

ALL = plans() | papers()
RATES = [0.01, 0.02, 0.05, 0.1]


@st.composite
def drawn_plans(draw: st.DrawFn) -> Plan:
    """Up to four settings, some of which choose, build on another or are slowed down like one."""
    settings: list[dict[str, Any]] = []
    for at in range(draw(st.integers(1, 4))):
        one: dict[str, Any] = {"id": f"s{at}", "label": f"S{at}", "seeds": draw(st.integers(1, 4))}
        one["set"] = {"loss.weighting": draw(st.sampled_from(["none", "class_balanced"]))}
        before = [other["id"] for other in settings]
        builds_on = draw(st.booleans())
        if before and builds_on:
            one["like"] = draw(st.sampled_from(before))
        ways = ["plain", "chosen", *(["upon"] if before else [])]
        ways += ["slowed"] if before and "like" not in one else []
        way = draw(st.sampled_from(ways))
        if way == "chosen":
            rates = draw(st.lists(st.sampled_from(RATES), min_size=1, max_size=3, unique=True))
            one["choose"] = {"optim.learning_rate": rates}
        if way == "upon":
            one |= {"upon": draw(st.sampled_from(before)), "choose": {"optim.momentum": [0.8, 0.9]}}
        if way == "slowed":
            one["slowed_like"] = draw(st.sampled_from(before))
        settings.append(one)
    return tiny(settings=settings, claims=[])


def score(one: Wanted) -> float:
    """By the run alone, so that nothing depends on when it was asked."""
    return int(one.hash[:6], 16) / 16**6


@given(drawn_plans(), st.randoms(use_true_random=False))
def test_asked_again_it_ends_and_wants_nothing_twice(plan: Plan, random: Random) -> None:
    """Runs finish one by one in any order; the same are wanted in the end, and none again that is there."""
    trial = trial_of(plan)
    have: dict[str, Measured] = {}
    trained: list[str] = []
    while True:
        asked = wanted(trial, have)
        hashes = [one.hash for one in asked]
        assert len(set(hashes)) == len(hashes)
        assert set(trained) <= set(hashes), "what was trained is still what the plan is about"
        missing = [one for one in asked if one.hash not in have]
        if not missing:
            break
        for one in random.sample(missing, random.randint(1, len(missing))):
            have[one.hash] = measured(score(one), one.config.seed, one.hash)
            trained.append(one.hash)
        assert len(trained) <= 100
    assert len(set(trained)) == len(trained)
    assert set(trained) == set(finished(trial_of(plan), score).by_hash)


@given(drawn_plans())
def test_reported_runs_have_all_images_and_seeds_that_no_choice_saw(plan: Plan) -> None:
    trial = trial_of(plan)
    have = finished(trial, score).by_hash
    for setting in plan.settings:
        reported = runs_of(trial, setting, have)
        assert [one.config.seed for one in reported] == list(range(setting.seeds))
        assert {one.config.data.validation_fraction for one in reported} == {0.0}
        assert all(one.values == {} for one in reported)
    tries = [one for one in wanted(trial, have) if one.values]
    assert all(one.config.seed == plan.tuning.seed for one in tries)
    assert all(one.config.data.validation_fraction == plan.tuning.validation_fraction for one in tries)


@pytest.mark.parametrize("plan", ALL.values(), ids=ALL)
def test_the_plans_that_come_with_betaboard_end(plan: Plan) -> None:
    """Counted by hand: seeds of each setting, and a run for each combination that somebody chooses from.

    A setting that chooses the values of another one, five seeds each, is reported by the same runs.
    """
    tries = [len(list(itertools.product(*one.choose.values()))) for one in plan.settings if one.choose]
    count = sum(one.seeds for one in plan.settings) + sum(tries)
    results = finished(trial_of(plan), score)
    assert count - len(results.runs) in (0, 5, 10)
    assert {run.seed for run in results.runs} <= {*range(5), plan.tuning.seed}


CHOOSING = {
    "id": "tuned",
    "label": "Tuned",
    "seeds": 2,
    "set": {"loss.weighting": "class_balanced"},
    "choose": {"loss.beta": [0.9, 0.99], "optim.learning_rate": [0.01, 0.1]},
}


def _scored(trial: Trial, scores: Mapping[tuple[float, float], float | None]) -> dict[str, Measured]:
    """Runs that were tried, with these figures on validation by beta and rate."""
    found = {}
    for one in (one for one in wanted(trial, {}) if one.values):
        figure = scores[one.values["loss.beta"], one.config.optim.learning_rate]
        found[one.hash] = measured(0.5, one.config.seed, one.hash, validation=figure)
    return found


def test_the_best_on_validation_is_chosen_and_of_equal_ones_the_first() -> None:
    plan = tiny(settings=[CHOOSING], claims=[])
    trial, setting = trial_of(plan), plan.settings[0]
    scores: dict[tuple[float, float], float | None] = {
        (0.9, 0.01): 0.2, (0.9, 0.1): 0.4, (0.99, 0.01): 0.4, (0.99, 0.1): None
    }  # fmt: skip
    have = _scored(trial, scores)
    assert len(have) == 4
    for left in have:
        some = {name: run for name, run in have.items() if name != left}
        assert chosen_values(trial, setting, some) is None
        assert runs_of(trial, setting, some) == ()
    assert chosen_values(trial, setting, have) == {"loss.beta": 0.9, "optim.learning_rate": 0.1}
    configs = [one.config for one in runs_of(trial, setting, have)]
    assert {(one.loss.beta, one.optim.learning_rate) for one in configs} == {(0.9, 0.1)}


def test_nothing_is_chosen_where_no_value_has_a_figure_on_validation() -> None:
    """Its runs would else be trained at the values of the base, as if these had been chosen."""
    plan = tiny(settings=[CHOOSING], claims=[])
    trial, setting = trial_of(plan), plan.settings[0]
    have = _scored(trial, dict.fromkeys(itertools.product((0.9, 0.99), (0.01, 0.1))))
    assert chosen_values(trial, setting, have) is None
    assert runs_of(trial, setting, have) == ()


def test_a_setting_is_slowed_down_like_another_once_that_has_chosen() -> None:
    """Rate times E[w], decay over it, for the same steps (see trainer.control)."""
    slowed = {"id": "slowed", "label": "Slowed", "seeds": 1, "slowed_like": "tuned"}
    plan = tiny(settings=[CHOOSING, slowed], claims=[])
    asked: list[float | None] = []
    trial = trial_of(plan, lambda config: asked.append(config.loss.beta) or 0.25)  # type: ignore[func-returns-value]
    setting = plan.setting("slowed")
    assert runs_of(trial, setting, {}) == ()
    scores: dict[tuple[float, float], float | None] = dict.fromkeys(
        itertools.product((0.9, 0.99), (0.01, 0.1)), 0.1
    )
    have = _scored(trial, scores | {(0.99, 0.01): 0.9})
    [run] = runs_of(trial, setting, have)
    plain = plan.config(setting).optim
    assert run.config.optim.learning_rate == pytest.approx(0.25 * plain.learning_rate)
    assert run.config.optim.weight_decay == pytest.approx(plain.weight_decay / 0.25)
    assert run.config.loss.weighting == "none"
    assert asked == [0.99], "E[w] is that of the values that were chosen, and asked for once"


def test_another_data_set_and_fewer_epochs_are_in_every_run() -> None:
    plan = tiny(settings=[{**TINY["settings"][0], "set": {"optim.epochs": 20}}, CHOOSING], claims=[])
    runs = finished(trial_of(plan, dataset="cifar10", scale=0.5), score)
    trial = trial_of(plan, dataset="cifar10", scale=0.5)
    asked = wanted(trial, runs.by_hash)
    assert {one.config.data.dataset for one in asked} == {"cifar10"}
    assert {one.config.optim.epochs for one in asked} == {10, 1}


def test_a_tenth_of_the_papers_recipe() -> None:
    config = papers()["cao-2019"].config(papers()["cao-2019"].setting("ldam-drw"))
    cut = scaled_down(config, 0.1)
    optim = cut.optim
    assert (optim.epochs, optim.milestones, optim.warmup_epochs) == (20, (16, 18), 1)
    assert cut.loss.weights_from == 17, "the first epoch after 160 of 200 is the first after 16 of 20"


@given(
    epochs=st.integers(1, 400),
    shares=st.lists(st.floats(0.01, 1), max_size=4),
    warm_up=st.floats(0, 1),
    begins=st.floats(0, 1),
    scale=st.floats(0.001, 1),
)
def test_a_cut_recipe_can_be_trained_and_keeps_its_shape(
    epochs: int, shares: list[float], warm_up: float, begins: float, scale: float
) -> None:
    milestones = sorted({max(1, round(share * epochs)) for share in shares})
    begin = max(1, round(begins * epochs))
    config = parse_config(
        {
            "optim": {
                "epochs": epochs,
                "milestones": milestones,
                "warmup_epochs": int(warm_up * epochs),
                "learning_rate": 0.3,
            },
            "loss": {"weighting": "class_balanced", "weights_from": begin},
            "sampling": {"name": "square_root", "from_epoch": begin},
        }
    )
    cut = scaled_down(config, scale)
    assert cut.optim.epochs == max(1, round(epochs * scale))
    assert cut.optim.milestones is not None
    for milestone in milestones:
        assert any(abs(now - milestone * scale) <= 1 for now in cut.optim.milestones)
    assert len(cut.optim.milestones) <= len(milestones)
    assert (cut.optim.warmup_epochs > 0) == (config.optim.warmup_epochs > 0)
    assert abs(cut.optim.warmup_epochs - scale * config.optim.warmup_epochs) <= 1
    for now, then in ((cut.loss.weights_from, begin), (cut.sampling.from_epoch, begin)):
        assert now is not None
        assert 1 <= now <= cut.optim.epochs
        assert abs((now - 1) - (then - 1) * scale) <= 1.5, "it begins within the epochs that there are"
    left = ("epochs", "milestones", "warmup_epochs")
    kept, was = as_json(cut)["optim"], as_json(config)["optim"]
    assert {name: kept[name] for name in kept if name not in left} == {
        name: was[name] for name in was if name not in left
    }


@given(st.sampled_from([one for plan in ALL.values() for one in map(plan.config, plan.settings)]))
def test_nothing_is_cut_at_scale_one(config: Any) -> None:
    assert config_hash(scaled_down(config, 1.0)) == config_hash(config)


def test_a_second_stage_chooses_upon_what_the_first_has_chosen() -> None:
    settings = [
        {"id": "ce", "label": "CE", "seeds": 2, "choose": {"optim.learning_rate": [0.01, 0.05]}},
        {"id": "crt", "label": "cRT", "seeds": 2, "upon": "ce", "set": {"second_stage.name": "crt"},
         "choose": {"second_stage.learning_rate": [0.1, 0.3]}},
    ]  # fmt: skip
    plan = tiny(settings=settings, claims=[])
    trial, have = trial_of(plan), dict[str, Measured]()
    first = wanted(trial, have)
    assert [one.setting.id for one in first] == ["ce", "ce"], "nothing of the second before the first chose"
    for one in first:
        have[one.hash] = measured(one.config.optim.learning_rate, one.config.seed, one.hash)
    second = [one for one in wanted(trial, have) if one.setting.id == "crt"]
    assert {one.config.optim.learning_rate for one in second} == {0.05}
    for one in second:
        have[one.hash] = measured(-one.values["second_stage.learning_rate"], one.config.seed, one.hash)
    assert chosen_values(trial, plan.setting("crt"), have) == {"second_stage.learning_rate": 0.1}
    reported = runs_of(trial, plan.setting("crt"), have)
    assert [(one.config.seed, one.config.optim.learning_rate) for one in reported] == [(0, 0.05), (1, 0.05)]
    firsts = {config_hash(first_stage_of(one.config) or one.config) for one in reported}
    assert firsts == {one.hash for one in runs_of(trial, plan.setting("ce"), have)}


def test_chosen_values_reach_what_is_like_a_second_stage_and_what_goes_upon_it() -> None:
    """Both would else train at the base's rate, beside first stages at the chosen one."""
    settings = [
        {"id": "ce", "label": "CE", "seeds": 1, "choose": {"optim.learning_rate": [0.01, 0.05]}},
        {"id": "crt", "label": "cRT", "seeds": 1, "upon": "ce", "set": {"second_stage.name": "crt"}},
        {"id": "sqrt", "label": "cRT, root", "seeds": 1, "like": "crt",
         "set": {"second_stage.sampler": "square_root"}},
        {"id": "long", "label": "cRT, longer", "seeds": 1, "upon": "crt",
         "set": {"second_stage.name": "crt", "second_stage.epochs": 20}},
    ]  # fmt: skip
    plan = tiny(settings=settings, claims=[])
    trial, have = trial_of(plan), dict[str, Measured]()
    for one in wanted(trial, have):
        assert one.setting.id == "ce"
        have[one.hash] = measured(one.config.optim.learning_rate, one.config.seed, one.hash)
    rates = {
        setting.id: one.config.optim.learning_rate
        for setting in plan.settings
        for one in runs_of(trial, setting, have)
    }
    assert rates == dict.fromkeys(("ce", "crt", "sqrt", "long"), 0.05)
