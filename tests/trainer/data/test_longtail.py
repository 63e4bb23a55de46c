"""The long-tailed subset against the published counts and picks, and by its properties."""

import random
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.toolbox_cases import toolbox_case
from trainer.config import DataConfig
from trainer.config_data import Imbalance
from trainer.config_section import meaning_of
from trainer.data.cifar import CIFAR100
from trainer.data.longtail import draw, longtail_counts, plan
from trainer.data.svhn import SVHN
from trainer.errors import ConfigError, DataError

CIFAR10 = [5000] * 10

PUBLISHED = {
    10: (5000, 3871, 2997, 2320, 1796, 1391, 1077, 834, 645, 500),
    20: (5000, 3584, 2569, 1842, 1320, 946, 678, 486, 348, 250),
    50: (5000, 3237, 2096, 1357, 878, 568, 368, 238, 154, 100),
    100: (5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50),
    200: (5000, 2775, 1540, 854, 474, 263, 146, 81, 45, 25),
}


@pytest.mark.parametrize("ratio", PUBLISHED)
def test_the_published_counts_of_cifar10(ratio: int) -> None:
    assert longtail_counts(CIFAR10, "exp", ratio) == PUBLISHED[ratio]


@pytest.mark.parametrize("ratio", [10, 20, 50, 100, 200])
def test_the_published_counts_of_cifar100(ratio: int) -> None:
    """Total, smallest class, and how many classes have more than 100, 20 to 100, and fewer images."""
    counts = longtail_counts(CIFAR100.train_counts, "exp", ratio)
    many, few = sum(count > 100 for count in counts), sum(count < 20 for count in counts)
    found = {
        "total": sum(counts),
        "smallest": min(counts),
        "many": many,
        "medium": 100 - many - few,
        "few": few,
    }
    assert found == toolbox_case(f"counts_cifar100_exp_{ratio}")["expected"]


def test_the_published_step_profile_of_cifar100() -> None:
    totals = {
        ratio: sum(longtail_counts(CIFAR100.train_counts, "step", ratio)) for ratio in (10, 50, 100, 200)
    }
    assert totals == {10: 27500, 50: 25500, 100: 25250, 200: 25100}


def test_where_classes_differ_the_largest_one_is_the_head() -> None:
    """SVHN: digit 1 has 13,861 images and 9 has the fewest, 4,659; counts of the ranks between by hand."""
    counts = longtail_counts(SVHN.train_counts, "exp", 100)
    assert counts == (231, 13861, 8309, 4981, 2986, 1790, 1073, 643, 385, 138)
    assert pytest.approx(8309.5, abs=0.5) == 13861 * 100 ** (-1 / 9)


@pytest.mark.parametrize(
    ("ratio", "tail", "total"), [(10, 500, 27500), (50, 100, 25500), (100, 50, 25250), (200, 25, 25125)]
)
def test_the_published_step_profile_of_cifar10(ratio: int, tail: int, total: int) -> None:
    counts = longtail_counts(CIFAR10, "step", ratio)
    assert counts == (5000,) * 5 + (tail,) * 5
    assert sum(counts) == total


def test_the_published_picks_of_cifar10() -> None:
    split = draw(np.repeat(np.arange(10), 5000), DataConfig(), "cifar10", 10)
    starts = np.concatenate([[0], np.cumsum(split.plan.train_counts)])
    first_five = {label: split.train_indices[starts[label] :][:5] - 5000 * label for label in (0, 1, 9)}
    assert first_five[0].tolist() == [398, 3833, 4836, 4572, 636]
    assert first_five[1].tolist() == [597, 332, 521, 3935, 4800]
    assert first_five[9].tolist() == [2204, 3816, 2206, 2507, 1926]


def test_the_published_picks_of_cifar100() -> None:
    split = draw(np.repeat(np.arange(100), CIFAR100.train_counts), DataConfig(), "cifar100", 100)
    assert split.train_indices[:5].tolist() == [90, 254, 283, 445, 461]


@given(st.integers(0, 2**32 - 1), st.lists(st.integers(4, 30), min_size=2, max_size=6), st.randoms())
def test_the_picks_are_those_of_the_published_loop(seed: int, sizes: list[int], order: random.Random) -> None:
    """LDAM-DRW's, by numpy's global generator; BBN's, which seeds Python's generator too, is the same."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    labels = labels[order.sample(range(len(labels)), len(labels))]
    before, picks = np.random.get_state(), []
    split = draw(labels, DataConfig(imbalance_ratio=2, subset_seed=seed), "x", len(sizes))
    try:
        np.random.seed(seed)
        random.seed(seed)
        for label, kept in enumerate(split.plan.train_counts):
            positions = np.where(labels == label)[0]
            np.random.shuffle(positions)
            picks += positions[:kept].tolist()
    finally:
        np.random.set_state(before)
    assert split.train_indices.tolist() == picks


def test_picks_keep_the_published_ones_where_spare_images_validate() -> None:
    labels = np.repeat(np.arange(10), 5000)
    plain = draw(labels, DataConfig(max_train_per_class=4000), "x", 10)
    split = draw(labels, DataConfig(validation_fraction=0.1, max_train_per_class=4000), "x", 10)
    assert np.array_equal(plain.train_indices, split.train_indices)
    assert split.plan.validation_counts == (400,) * 10


def test_a_smaller_subset_lies_within_a_larger_one() -> None:
    labels = np.repeat(np.arange(10), 500)
    larger, smaller = (draw(labels, DataConfig(imbalance_ratio=ratio), "x", 10) for ratio in (10.0, 100.0))
    assert set(smaller.train_indices) < set(larger.train_indices)


@pytest.mark.parametrize("size", [49, 98, 103, 107, 161, 187, 197])
def test_rounding_does_not_lose_the_last_image(size: int) -> None:
    assert longtail_counts([size] * 2, "exp", size) == (size, 1)


def test_classes_are_ranked_by_size_and_ties_by_index() -> None:
    assert longtail_counts([50, 100, 100], "exp", 100) == (1, 100, 10)


def test_one_class_and_no_imbalance_are_kept_whole() -> None:
    assert longtail_counts([7], "exp", 100) == longtail_counts([7], "step", 100) == (7,)
    assert longtail_counts([7, 3], "none", None) == (7, 3)


def test_the_ratio_achieved_is_said_where_it_is_not_the_one_asked_for() -> None:
    asked = plan([500] * 100, DataConfig(imbalance_ratio=200))
    assert asked.achieved_ratio == 250
    assert "is 250, not 200" in asked.warnings[0]
    assert plan(CIFAR10, DataConfig()).warnings == ()
    assert plan([100, 10], DataConfig(imbalance="none")).achieved_ratio == 10


def test_a_ratio_that_empties_a_class_is_refused_with_one_that_does_not() -> None:
    with pytest.raises(ConfigError) as refused:
        plan([50, 50, 50], DataConfig(imbalance_ratio=60), ["cat", "dog", "fox"])
    (problem,) = refused.value.fields
    assert problem.path == "data.imbalance_ratio"
    assert "'fox'" in problem.message
    assert "at most 50" in problem.message
    assert "imbalance none takes all images as they are" in problem.message
    assert plan([50, 50, 50], DataConfig(imbalance_ratio=50)).train_counts == (50, 7, 1)


def test_a_class_without_images_is_refused_by_name() -> None:
    with pytest.raises(DataError, match="Class 'dog' has no training images"):
        plan([10, 0], DataConfig(), ["cat", "dog"])
    with pytest.raises(DataError, match="Class '1' has no training images"):
        draw(np.zeros(5, np.int64), DataConfig(), "x", 2)
    with pytest.raises(DataError, match="no classes"):
        plan([], DataConfig())


def test_a_label_outside_the_classes_is_refused() -> None:
    with pytest.raises(DataError, match="a label 3, but only 2 classes"):
        draw(np.array([0, 1, 3]), DataConfig(), "x", 2)


def test_a_validation_fraction_of_no_image_is_refused_with_one_that_works() -> None:
    with pytest.raises(ConfigError) as refused:
        plan([100, 4], DataConfig(validation_fraction=0.2, imbalance="none"))
    (problem,) = refused.value.fields
    assert problem.path == "data.validation_fraction"
    assert "at least 0.25" in problem.message
    enough = plan([100, 4], DataConfig(validation_fraction=0.25, imbalance="none"))
    assert (enough.train_counts, enough.validation_counts) == ((99, 3), (1, 1))


def test_fingerprints_are_equal_for_equal_subsets_only() -> None:
    labels = np.repeat(np.arange(4), 30)
    base = DataConfig(imbalance_ratio=5)
    same, other_seed, other_ratio = (
        draw(labels, base, "x", 4),
        draw(labels, base.model_copy(update={"subset_seed": 1}), "x", 4),
        draw(labels, DataConfig(imbalance_ratio=6), "x", 4),
    )
    prints = {draw(labels, base, "x", 4).fingerprint, same.fingerprint}
    assert len(prints) == 1
    prints |= {other_seed.fingerprint, other_ratio.fingerprint, draw(labels, base, "y", 4).fingerprint}
    assert len(prints) == 4


@st.composite
def pools(draw_: st.DrawFn) -> tuple[list[int], DataConfig]:
    """Images of 1 to 6 classes, and a configuration that may or may not suit them."""
    available = draw_(st.lists(st.integers(1, 60), min_size=1, max_size=6))
    imbalance: Imbalance = draw_(st.sampled_from(["none", "exp", "step"]))
    return available, DataConfig(
        imbalance=imbalance,
        imbalance_ratio=draw_(st.floats(1, 80)),
        validation_fraction=draw_(st.sampled_from([0.0, 0.1, 0.3, 0.5])),
        validation_rule=draw_(st.sampled_from(["balanced", "stratified"])),
        subset_seed=draw_(st.integers(0, 3)),
        max_train_per_class=draw_(st.none() | st.integers(1, 70)),
    )


@given(pools())
def test_every_split_is_disjoint_as_planned_and_repeatable(pool: tuple[list[int], DataConfig]) -> None:
    available, data = pool
    labels = np.random.RandomState(7).permutation(np.repeat(np.arange(len(available)), available))
    try:
        expected = plan(available, data)
    except (ConfigError, DataError):
        return
    split, again = draw(labels, data, "x", len(available)), draw(labels, data, "x", len(available))
    assert split.plan == expected
    assert split.fingerprint == again.fingerprint
    assert np.array_equal(split.train_indices, again.train_indices)
    used = [*split.train_indices, *split.validation_indices]
    assert len(used) == len(set(used))
    for indices, counts in (
        (split.train_indices, expected.train_counts),
        (split.validation_indices, expected.validation_counts),
    ):
        assert tuple(np.bincount(labels[indices], minlength=len(available))) == counts
    assert min(expected.train_counts) >= 1
    if data.validation_rule == "stratified":
        sizes = [min(size, data.max_train_per_class or size) for size in available]
        shares = [int(Fraction(str(data.validation_fraction)) * size) for size in sizes]
        assert list(expected.validation_counts) == shares
    else:
        assert len(set(expected.validation_counts)) == 1
    assert max(expected.train_counts) <= (data.max_train_per_class or 60)
    assert expected.achieved_ratio == max(expected.train_counts) / min(expected.train_counts)


STRATIFIED = DataConfig(imbalance="none", validation_fraction=0.2, validation_rule="stratified")


def test_the_stratified_rule_serves_long_tails() -> None:
    assert plan([100, 10, 1], STRATIFIED).validation_counts == (20, 2, 0)
    assert plan([100, 10, 5], STRATIFIED).validation_counts == (20, 2, 1)
    assert plan([100, 10, 1], STRATIFIED).train_counts == (80, 8, 1)
    capped = STRATIFIED.model_copy(update={"max_train_per_class": 20})
    assert plan([100, 10, 1], capped).validation_counts == (4, 2, 0)


def test_classes_without_validation_images_are_named() -> None:
    (said,) = plan([100, 10, 1], STRATIFIED, ["cat", "dog", "fox"]).warnings
    assert said.startswith("No validation images, 1 of 3 classes: fox.")
    assert plan([100, 10, 5], STRATIFIED).warnings == ()


def test_a_pool_of_equal_classes_is_cut_alike_by_both_rules() -> None:
    labels = np.repeat(np.arange(4), 50)
    balanced = DataConfig(imbalance_ratio=5, validation_fraction=0.2)
    stratified = balanced.model_copy(update={"validation_rule": "stratified"})
    assert draw(labels, balanced, "x", 4).fingerprint == draw(labels, stratified, "x", 4).fingerprint


def test_a_refused_fraction_names_the_rule_that_would_serve() -> None:
    with pytest.raises(ConfigError) as refused:
        plan([100, 10, 1], STRATIFIED.model_copy(update={"validation_rule": "balanced"}))
    assert "take the stratified validation rule" in refused.value.fields[0].message
    with pytest.raises(ConfigError) as refused:
        plan([4, 4], STRATIFIED)
    assert "no image of any class (of 4): use at least 0.25, or" in refused.value.fields[0].message


def test_the_unit_of_the_fraction_is_no_share_of_all_images() -> None:
    field = DataConfig.model_fields["validation_fraction"]
    assert meaning_of(field).unit == "share of a class"


@given(
    st.lists(st.integers(1, 10_000), min_size=2, max_size=30),
    st.sampled_from(["exp", "step"]),
    st.floats(1, 1e6),
)
def test_counts_fall_with_rank_and_never_exceed_what_there_is(
    available: list[int], imbalance: Imbalance, ratio: float
) -> None:
    counts = longtail_counts(available, imbalance, ratio)
    assert all(0 <= kept <= there for kept, there in zip(counts, available, strict=True))
    assert max(counts) == max(available)
    ranked = sorted(range(len(available)), key=lambda index: (-available[index], index))
    by_rank = [counts[index] for index in ranked]
    assert by_rank == sorted(by_rank, reverse=True)
    assert longtail_counts(available, imbalance, 1.0) == tuple(available)
