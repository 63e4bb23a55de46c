"""Which fields a design has: what moves together, what is nested, what may be held against what."""

from typing import Any

from app.comparing.effects.design import Design, Factor, design_of
from trainer.config import as_json, parse_config
from trainer.config_fields import flatten


def design(*configs: dict[str, Any]) -> Design:
    return design_of([flatten(as_json(parse_config(config))) for config in configs])


def config(name: str = "cross_entropy", rate: float = 0.1, **loss: Any) -> dict[str, Any]:
    return {"loss": {"name": name, **loss}, "optim": {"learning_rate": rate}}


def factor(found: Design, path: str) -> Factor:
    return next(one for one in found.factors if path in one.paths)


def test_seeds_and_what_is_equal_are_no_fields() -> None:
    found = design(config() | {"seed": 1}, config("focal") | {"seed": 2})
    assert [one.paths for one in found.factors] == [("loss.name",)]
    assert found.factors[0].values == ("cross-entropy", "focal")


def test_numbers_stand_by_size_and_words_as_they_come() -> None:
    found = design(config("focal", 0.1), config("focal", 0.02), config(rate=0.05))
    assert factor(found, "optim.learning_rate").levels == ("0.02", "0.05", "0.1")
    assert factor(found, "loss.name").levels == ("focal", "cross-entropy")


def test_long_numbers_are_told_as_shortly_as_keeps_them_apart() -> None:
    found = factor(
        design(config(rate=0.004352651799), config(rate=0.1), config(rate=0.1)), "optim.learning_rate"
    )
    assert found.levels == ("0.004353", "0.1")
    assert found.numbers == {"0.004353": 0.004352651799, "0.1": 0.1}
    near = design(config(rate=0.004352651799), config(rate=0.004352651811))
    assert factor(near, "optim.learning_rate").levels == ("0.0043526518", "0.00435265181")


def test_fields_that_always_change_together_are_one() -> None:
    found = design(config(rate=0.1), config("focal", 0.02), config("focal", 0.02, gamma=1.5))
    (one,) = found.factors
    assert one.paths == ("loss.name", "optim.learning_rate")
    assert one.word == "loss and learning rate"
    assert one.levels == ("cross-entropy, 0.1", "focal, 0.02")


def test_of_many_fields_that_change_together_two_are_named() -> None:
    other = {"data": {"augment": False}, "model": {"width": 8}, "optim": {"learning_rate": 0.02, "epochs": 3}}
    (one,) = design(config(), other | {"loss": {"name": "cross_entropy"}}).factors
    assert len(one.paths) == 4
    assert one.word == "augment, width and 2 more"
    assert one.label == "Augment, width and 2 more"


def test_a_field_without_effect_beside_some_values_is_nested_in_them() -> None:
    found = design(config(), config("focal", gamma=1.0), config("focal", gamma=2.0))
    loss, gamma = factor(found, "loss.name"), factor(found, "loss.gamma")
    assert gamma.values == (None, "1", "2")
    assert loss.holds(gamma)
    assert not gamma.holds(loss)
    assert found.blocks(loss) == {(): {"cross-entropy": [0], "focal": [1, 2]}}
    assert found.blocks(gamma) == {("focal",): {"1": [1], "2": [2]}}


def test_levels_are_only_held_against_each_other_where_all_else_is_equal() -> None:
    found = design(config(), config(rate=0.02), config("focal", rate=0.02))
    loss, rate = factor(found, "loss.name"), factor(found, "optim.learning_rate")
    assert found.blocks(loss) == {
        ("0.1",): {"cross-entropy": [0]},
        ("0.02",): {"cross-entropy": [1], "focal": [2]},
    }
    assert found.blocks(rate)[("cross-entropy",)] == {"0.1": [0], "0.02": [1]}
    assert found.moves_with(loss) == ()


def test_a_field_that_never_changes_alone_says_with_what_it_moves() -> None:
    found = design(config(rate=0.1), config(rate=0.05), config("focal", 0.02), config("focal", 0.01))
    loss, rate = factor(found, "loss.name"), factor(found, "optim.learning_rate")
    assert found.moves_with(loss) == (rate,)
    assert found.moves_with(rate) == ()
