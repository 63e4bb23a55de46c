"""Settings in words: short, the same for equal settings, never the same for others."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.views.setting_labels import setting_labels
from trainer.config import as_json, merge, parse_config, setting_hash


def config(**changes: Any) -> dict[str, Any]:
    return as_json(parse_config(changes))


def focal(beta: float | None = None, **more: Any) -> dict[str, Any]:
    weighting = {"weighting": "class_balanced", "beta": beta} if beta is not None else {}
    return {"name": "focal", **weighting, **more}


def test_losses_with_beta() -> None:
    losses: list[dict[str, Any]] = [
        {},
        focal(),
        focal(0.997),
        {"weighting": "class_balanced", "beta": 0},
        focal(weighting="inverse_frequency"),
        {"name": "ldam", "weighting": "power", "power": 0.25},
        {"weighting": "by_hand", "class_weights": [1.0, 2.0]},
        {"name": "balanced_softmax"},
    ]
    assert setting_labels([config(loss=loss) for loss in losses]) == (
        "CE",
        "Focal",
        "CB-Focal 0.997",
        "CB-CE 0",
        "InvFreq-Focal",
        "Power-LDAM 0.25",
        "Hand-CE",
        "BalSoftmax",
    )


def test_only_what_differs_is_added_and_seeds_never() -> None:
    configs = [
        config(loss=focal(0.9, gamma=1), seed=1, data={"subset_seed": 4}),
        config(loss=focal(0.9, gamma=2), threads=2),
        config(data={"dataset": "cifar10"}, loss=focal(0.9, gamma=2)),
        config(data={"max_train_per_class": 100}, loss=focal(0.9, gamma=2)),
    ]
    assert setting_labels(configs) == (
        "CB-Focal 0.9, shapes10, gamma 1",
        "CB-Focal 0.9, shapes10, gamma 2",
        "CB-Focal 0.9, cifar10, gamma 2",
        "CB-Focal 0.9, shapes10, at most 100, gamma 2",
    )


def test_what_is_seldom_touched_goes_without_saying_where_it_is_usual() -> None:
    methods: list[dict[str, Any]] = [
        {},
        {"mixing": {"name": "mixup"}},
        {"sampling": {"name": "class_balanced"}},
    ]
    assert setting_labels([config(**method) for method in methods]) == (
        "CE",
        "CE, mixing mixup",
        "CE, sampler cb",
    )


def test_a_field_without_effect_is_no_difference() -> None:
    assert setting_labels([config(), config(loss=focal(gamma=1.5))]) == ("CE", "Focal")


def test_numbers_that_read_alike_are_told_apart() -> None:
    first, second = setting_labels([config(optim={"learning_rate": rate}) for rate in (0.1, 0.1 + 1e-13)])
    assert first != second


changes = st.fixed_dictionaries(
    {},
    optional={
        "loss": st.fixed_dictionaries(
            {},
            optional={
                "name": st.sampled_from(["cross_entropy", "focal"]),
                "beta": st.sampled_from([0, 0.9, 0.999]),
                "weighting": st.sampled_from(["none", "class_balanced", "inverse_frequency"]),
                "gamma": st.sampled_from([0, 1, 1.5]),
                "probability": st.sampled_from(["softmax", "sigmoid"]),
            },
        ),
        "data": st.fixed_dictionaries(
            {},
            optional={
                "imbalance": st.sampled_from(["none", "exp"]),
                "imbalance_ratio": st.sampled_from([10, 100]),
                "max_train_per_class": st.sampled_from([None, 50]),
                "subset_seed": st.integers(0, 3),
                "augment": st.booleans(),
            },
        ),
        "optim": st.fixed_dictionaries(
            {},
            optional={
                "schedule": st.sampled_from(["step", "cosine"]),
                "milestones": st.sampled_from([[], [6], [6, 8]]),
            },
        ),
        "seed": st.integers(0, 3),
    },
)


@given(st.lists(changes, max_size=8))
def test_labels_are_equal_exactly_where_settings_are(all_changes: list[dict[str, Any]]) -> None:
    parsed = [parse_config(merge({}, one)) for one in all_changes]
    labels = setting_labels([as_json(one) for one in parsed])
    hashes = [setting_hash(one) for one in parsed]
    assert len(set(zip(labels, hashes, strict=True))) == len(set(labels)) == len(set(hashes))
    assert all(label.isprintable() for label in labels)


def test_no_settings() -> None:
    assert setting_labels([]) == ()


def test_a_second_stage_is_named_and_none_is_not() -> None:
    stages: list[dict[str, Any]] = [{"name": "none"}, {"name": "crt"}, {"name": "tau_norm", "tau": 0.5},
                                    {"name": "tau_norm"}]  # fmt: skip
    assert setting_labels([config(second_stage=stage) for stage in stages]) == (
        "CE",
        "CE, cRT",
        "CE, tau-normalisation, tau 0.5",
        "CE, tau-normalisation, tau 1",
    )
    assert setting_labels([config(second_stage=stage) for stage in stages[1:2]]) == ("CE, cRT",)
    rates = [config(second_stage={"name": "crt"}, optim={"learning_rate": rate}) for rate in (0.1, 0.2)]
    assert setting_labels(rates) == ("CE, cRT, rate 0.1", "CE, cRT, rate 0.2")
