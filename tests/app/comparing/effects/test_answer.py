"""What the page says of boards made by hand: what matters, what cannot be told, and what would tell."""

import pytest

from app.errors import InvalidError
from app.store.engine import Database
from tests.app.comparing.effects.grids import Axes, Grid, of

LOSSES = ["cross_entropy", "focal"]
THREE: Axes = {"loss.name": LOSSES, "optim.learning_rate": [0.1, 0.02], "data.augment": [True, False]}


@pytest.fixture
def board(db: Database) -> Grid:
    return Grid(db)


def three_fields(name: str, rate: float, augment: bool) -> int:
    """The loss is worth 30 hits of 200, the rate 20, augmentation none."""
    return 80 + 30 * (name == "focal") + 20 * (rate == 0.02) + 0 * augment


def test_fields_that_matter_are_named_with_what_they_are_worth(board: Grid) -> None:
    board.cross(THREE, three_fields)
    view = board.seen()
    assert (view.answer, view.claim) == ("yes", True)
    assert view.text.startswith(
        "Of 3 fields 2 surely matter for accuracy: loss (focal against cross-entropy: +15."
    )
    assert "learning rate (0.02 against 0.1: +10." in view.text
    assert view.detail[0].startswith("Not told to matter: augment")
    assert [one.key for one in view.fields] == [*THREE]
    assert [one.answer for one in view.fields] == ["matters", "matters", "unknown"]
    assert not any(one.interacts_with for one in view.fields)


def test_marginal_means_are_those_of_all_settings_at_a_level(board: Grid) -> None:
    board.cross(THREE, three_fields, noise=(-4, 1, 3))
    view = board.seen()
    loss = of(view, "loss.name")
    assert (loss.balanced, loss.combinations, loss.of) == (True, 4, 4)
    assert [level.mean for level in loss.levels] == pytest.approx([0.45, 0.60])
    assert [(level.settings, level.runs) for level in loss.levels] == [(4, 12), (4, 12)]
    assert loss.differences[0].mean == pytest.approx(0.15)
    rate = of(view, "optim.learning_rate")
    assert [level.number for level in rate.levels] == [0.02, 0.1]


def test_where_fields_interact_an_average_alone_misleads(board: Grid) -> None:
    def hits(name: str, rate: float, augment: bool) -> int:
        return 80 + (40 if (name, rate) == ("focal", 0.02) else 0) + 0 * augment

    board.cross(THREE, hits)
    view = board.seen()
    assert view.interactions[0].answer == "interact"
    assert {view.interactions[0].a, view.interactions[0].b} == {"loss", "learning rate"}
    assert of(view, "loss.name").interacts_with == ("learning rate",)
    assert [one.mean for one in view.interactions[0].simple] == pytest.approx([0.2, 0.0], abs=0.02)
    (said,) = [one for one in view.detail if "misleads" in one]
    assert "loss and learning rate" in said or "learning rate and loss" in said


def test_an_effect_that_turns_round_is_an_interaction_though_no_average_differs(board: Grid) -> None:
    axes: Axes = {"loss.name": LOSSES, "optim.learning_rate": [0.1, 0.02]}
    board.cross(axes, lambda name, rate: 100 + (20 if (name == "focal") == (rate == 0.02) else -20))
    view = board.seen()
    assert {one.answer for one in view.fields} == {"unknown"}
    assert view.answer == "yes"
    assert view.text.startswith("Surely interacting, so that an average alone misleads: ")


def test_of_confounded_fields_none_has_an_effect(board: Grid) -> None:
    for name, rate, hits in (("cross_entropy", 0.1, 80), ("focal", 0.02, 140)):
        board.add({"loss.name": name, "optim.learning_rate": rate}, hits)
    view = board.seen()
    (both,) = view.fields
    assert both.paths == ("loss.name", "optim.learning_rate")
    assert view.text.startswith("Loss and learning rate surely matter for accuracy: focal, 0.02 against")
    assert "Loss and learning rate always change together: which of them it is cannot be told." in view.detail


def test_a_field_that_moves_with_another_has_no_effect_of_its_own(board: Grid) -> None:
    pairs = (("cross_entropy", 0.1), ("cross_entropy", 0.05), ("focal", 0.02), ("focal", 0.01))
    for name, rate in pairs:
        board.add({"loss.name": name, "optim.learning_rate": rate}, 80 + 60 * (name == "focal"))
    view = board.seen()
    assert (of(view, "loss.name").answer, of(view, "loss.name").moves_with) == (
        "confounded",
        ("learning rate",),
    )
    assert of(view, "loss.name").differences == ()
    assert {(one.a, one.b) for one in of(view, "optim.learning_rate").differences} <= {
        ("0.02", "0.01"), ("0.01", "0.02"), ("0.1", "0.05"), ("0.05", "0.1")}  # fmt: skip
    assert (view.answer, view.claim) == ("unknown", False)
    assert any(one.startswith("Loss never changes without learning rate") for one in view.detail)


def test_a_nested_field_counts_within_its_parent_alone(board: Grid) -> None:
    """The loss without weights stands beside every beta; weights are held against it averaged over betas."""
    board.add({"loss.name": "focal"}, 80)
    for beta, hits in ((0.9, 100), (0.99, 120), (0.999, 140)):
        board.add({"loss.name": "focal", "loss.weighting": "class_balanced", "loss.beta": beta}, hits)
    view = board.seen()
    weights, beta_ = of(view, "loss.weighting"), of(view, "loss.beta")
    assert weights.differences[0].mean == pytest.approx((120 - 80) / 200)
    assert weights.differences[0].settings == 4
    assert "effective rate" in weights.note
    assert beta_.differences[0].mean == pytest.approx((140 - 100) / 200)
    assert [level.text for level in beta_.levels] == ["0.9", "0.99", "0.999"]
    assert len(beta_.differences) == 3
    assert view.interactions == ()


def test_without_a_second_seed_nothing_is_told_and_seeds_are_offered(board: Grid) -> None:
    board.cross(THREE, three_fields, noise=(0,))
    view = board.seen()
    assert (view.answer, view.claim, view.tests) == ("unknown", False, 0)
    assert (
        view.text == "It cannot be told which field matters: one seed each compares networks, not settings."
    )
    assert of(view, "loss.name").differences[0].mean == pytest.approx(0.15)
    assert of(view, "loss.name").differences[0].adjusted is None


def test_how_many_settings_have_one_seed_is_said_where_others_have_more(board: Grid) -> None:
    board.add({"loss.name": "focal"}, 80)
    board.add({"loss.name": "cross_entropy"}, 100, noise=(0,))
    view = board.seen()
    assert view.tests == 0
    assert view.text.endswith("matters: one seed for 1 of 2 settings compares networks, not settings.")


def test_settings_without_common_seeds_have_more_than_one_all_the_same(board: Grid) -> None:
    """Seeds 0 and 1 of one, 2 and 3 of the other: four networks, none of them beside its pair."""
    for name in LOSSES:
        board.add({"loss.name": name}, 80, noise=(0, 1, 2, 3))
    board.ids[:] = [*board.ids[:2], *board.ids[-2:]]
    view = board.seen(pairing="paired")
    assert [cell.seeds for cell in view.cells] == [(0, 1), (2, 3)]
    assert view.text == (
        "It cannot be told which field matters: the settings have fewer than two seeds in common, "
        "by which they are paired."
    )


def test_what_cannot_be_told_says_how_many_seeds_would(board: Grid) -> None:
    board.cross(
        {"loss.name": LOSSES, "data.augment": [True, False]},
        lambda name, _: 100 + 3 * (name == "focal"),
    )
    view = board.seen()
    assert view.answer == "unknown"
    assert "the largest difference is of loss (focal against cross-entropy: +1." in view.text
    assert "more seeds each" in view.text
    needed, spread = of(view, "loss.name").seeds_needed, of(view, "loss.name").seeds_range
    assert needed is not None
    assert needed > 3
    assert spread is not None


def test_paired_what_is_lacking_is_counted_from_the_seeds_that_all_have(board: Grid) -> None:
    """Seeds 0 to 4 and 3 to 7: two in common, however many each has."""
    board.add({"loss.name": "cross_entropy"}, 100, noise=(-4, -1, 5, 1, 0))
    board.add({"loss.name": "focal"}, 120, noise=(3, -2, -4, 2, 1), first=3)
    view = board.seen(pairing="paired")
    needed = of(view, "loss.name").seeds_needed
    assert needed is not None
    assert needed > 3
    assert f"; about {needed - 2} more seeds each (" in view.text


def test_a_margin_lets_fields_be_the_same(board: Grid) -> None:
    board.cross(THREE, lambda *_: 100)
    view = board.seen(margin=0.2)
    assert view.answer == "same"
    assert view.text.startswith("Within 20 points no field matters for accuracy: ")


def test_of_a_metric_that_is_better_low_the_lower_level_comes_first(board: Grid) -> None:
    for name, loss in (("cross_entropy", 2.0), ("focal", 1.0)):
        board.add({"loss.name": name}, 100, noise=(-2, 0, 2), loss=loss)
    one = of(board.seen("loss"), "loss.name").differences[0]
    assert (one.a, one.b, one.answer) == ("focal", "cross-entropy", "apart")
    assert one.mean == pytest.approx(-1.0)


def test_settings_on_other_test_images_are_left_out_and_named(board: Grid) -> None:
    board.cross({"loss.name": LOSSES}, lambda _: 100)
    board.add({"loss.name": "focal", "data.dataset": "cifar10"}, 20, source="other")
    view = board.seen()
    assert len(view.cells) == 2
    assert [one.key for one in view.fields] == ["loss.name"]
    assert "other test images" in view.warnings[0]
    assert "cifar10" in view.warnings[0]


def test_a_ratio_is_a_field_within_which_losses_are_held_against_each_other(board: Grid) -> None:
    axes: Axes = {"data.imbalance_ratio": [10, 100], "loss.name": LOSSES}
    board.cross(axes, lambda ratio, name: 140 - 60 * (ratio == 100) + 20 * (name == "focal"))
    view = board.seen()
    assert of(view, "loss.name").differences[0].mean == pytest.approx(0.1)
    assert of(view, "loss.name").combinations == 2
    assert of(view, "data.imbalance_ratio").differences[0].a == "10"


def test_cells_of_two_fields_hold_means_over_settings_and_runs(board: Grid) -> None:
    board.cross(THREE, three_fields, noise=(-4, 1, 3), but=[("focal", 0.1, True), ("focal", 0.1, False)])
    crossing = board.seen(field="optim.learning_rate", by="loss.name").crossing
    assert crossing is not None
    assert (crossing.field, crossing.by, crossing.alike) == ("optim.learning_rate", "loss.name", True)
    means = {(one.level, one.other): one.mean for one in crossing.cells}
    expected = {("0.02", "cross-entropy"): 0.5, ("0.1", "cross-entropy"): 0.4, ("0.02", "focal"): 0.65}
    assert means == pytest.approx(expected)
    assert {(one.settings, one.runs) for one in crossing.cells} == {(2, 6)}


def test_a_field_that_does_not_differ_is_refused_by_name(board: Grid) -> None:
    board.cross(THREE, three_fields, noise=(0,))
    with pytest.raises(InvalidError) as refused:
        board.seen(field="loss.gamma")
    assert refused.value.fields[0].path == "field"
    assert "data.augment, loss.name, optim.learning_rate" in refused.value.fields[0].message


def test_nothing_to_compare_is_said(board: Grid) -> None:
    board.add({}, 100)
    view = board.seen()
    assert view.fields == ()
    assert view.text.startswith("Fewer than two settings have figures")
