"""Shares of images by hand, their interval against scipy's, and equal networks, which are not told apart."""

import math

import numpy as np
import pytest
from scipy import stats

from app.task_transfers.judge import OWN, SCRATCH, Readings, control_of, order_of, transfers_of
from app.task_transfers.shares import Floats, Measured, against, beats, beats_mean, counted, share_of
from app.task_transfers.view import Share
from trainer.transfer.affinity import priorities

NAN = math.nan


def losses(*rows: list[float]) -> Floats:
    return np.array(rows, dtype=np.float64)


def test_wins_are_counted_by_hand() -> None:
    """a beats b on 2 of 4 images and ties on one, beats c on 1; b beats a on one."""
    a, b, c = losses([1, 2, 3, 4]), losses([2, 2, 4, 1]), losses([0, 0, 9, 0])
    assert beats(a, b).tolist() == [[1, 0.5, 1, 0]]
    assert share_of(beats(a, b)).mean == 2.5 / 4
    assert share_of(beats_mean(a, [b, c])).mean == pytest.approx((2.5 / 4 + 1 / 4) / 2)
    assert share_of(beats_mean(a, [])) == Share(mean=None)


def test_one_seed_has_no_interval() -> None:
    share = share_of(np.ones((1, 20)))
    assert share == Share(mean=1.0, low=None, high=None)
    assert against(share) == 0


def test_where_images_are_alike_the_interval_is_students_over_seeds() -> None:
    """Of seeds that win the same share of all images alike, nothing but the seeds can differ."""
    by_seed = np.array([0.4, 0.6, 0.7])
    share = share_of(np.repeat(by_seed[:, None], 30, axis=1))
    told = stats.ttest_1samp(by_seed, 0.5).confidence_interval(0.95)
    assert (share.low, share.high) == pytest.approx((max(0, told.low), min(1, told.high)))


def test_where_seeds_agree_on_every_image_the_images_are_the_doubt() -> None:
    won = np.tile(np.repeat([1.0, 0.0], [60, 40]), (3, 1))
    share = share_of(won)
    half = stats.t.ppf(0.975, 2) * math.sqrt(np.var(won[0], ddof=1) / 100)
    assert share.mean == pytest.approx(0.6)
    assert share.low == pytest.approx(0.6 - half)


def test_images_without_a_target_do_not_count_and_a_failed_network_is_the_worst() -> None:
    found = counted({"a": losses([NAN, 1, 2], [NAN, 1, 2]), "b": losses([NAN, NAN, 1], [NAN, 3, NAN])})
    assert found["a"].tolist() == [[1, 2], [1, 2]]
    assert found["b"].tolist() == [[math.inf, 1], [3, math.inf]]
    assert counted({}) == {}


def readings(target: str, test: dict[str, Floats]) -> Readings:
    return Readings(target, "frozen", 100, Measured(test, test))


def test_a_row_leaves_out_what_it_must() -> None:
    """wins: not against itself, the target's own task or controls; affinity: of single sources alone."""
    test = {
        "edges": losses([1, 1, 5, 5]), "shape": losses([2, 2, 2, 2]), "hue": losses([3, 3, 3, 3]),
        "random": losses([0, 0, 0, 0]), "edges+hue": losses([0, 9, 9, 9]),
        OWN: losses([0, 0, 0, 9]), SCRATCH: losses([1, 4, 4, 4]),
    }  # fmt: skip
    rows = {"+".join(row.sources): row for row in transfers_of(readings("shape", test))}
    assert list(rows) == ["edges", "shape", "hue", "random", "edges+hue"]
    assert rows["edges"].wins.mean == 2 / 4
    assert rows["random"].wins.mean == 1
    assert rows["edges+hue"].wins.mean == pytest.approx((1 / 4 + 1 / 4) / 2)
    assert rows["edges"].gain.mean == (0.5 + 1) / 4
    assert rows["hue"].quality.mean == 1 / 4
    assert rows["edges+hue"].affinity is None
    assert sum(rows[key].affinity or 0 for key in ("edges", "shape", "hue", "random")) == pytest.approx(1)
    two = readings("shape", {key: test[key] for key in ("edges", "hue")})
    share = 0.5
    expected = priorities([[0.5, share], [1 - share, 0.5]])
    assert [row.affinity for row in transfers_of(two)] == pytest.approx(expected.tolist())


def test_choices_are_made_on_validation_images_by_the_other_seeds() -> None:
    """Each seed would choose its own lucky source; the others choose the one that loses there."""
    validation = {
        "edges": losses([1, 1], [3, 3]),
        "hue": losses([2, 2], [1, 1]),
        "random": losses([9, 9], [9, 9]),
    }
    test = {"edges": losses([1, 1], [8, 8]), "hue": losses([8, 8], [1, 1]), "random": losses([5, 5], [5, 5])}
    found = control_of(Readings("shape", "frozen", 100, Measured(validation, test)))
    assert found is not None
    assert (found.wins.mean, found.is_better) == (0.0, False)


def test_like_rows_stand_together() -> None:
    wins = np.array([[0.9, 0.1], [0.1, 0.9], [0.85, 0.1], [0.1, 0.8]])
    order = order_of(wins, "abcd")
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset("ac"), frozenset("bd")}
    assert order_of(wins[:2], ["a", "b"]) == ("a", "b")
    assert set(order_of(np.full((3, 2), NAN), "abc")) == set("abc")


@pytest.mark.slow
@pytest.mark.parametrize(("seeds", "of_images", "of_seeds"), [
    (3, 0.0, 0.0), (3, 2.0, 0.0), (3, 0.0, 0.3), (3, 1.0, 0.1), (2, 1.0, 0.1), (5, 1.0, 0.1), (5, 0.0, 0.3),
])  # fmt: skip
def test_equal_sources_are_told_apart_by_chance_alone(seeds: int, of_images: float, of_seeds: float) -> None:
    """At most 5 % of intervals leave one half out, of wins and of the control; 4 standard errors are left.

    An image may be easy for a source whatever the seed, and a seed's network good on all images.
    """
    random, boards, names = (
        np.random.default_rng([seeds, 7]),
        300,
        ("edges", "hue", "ramp", "turns", "random"),
    )

    def drawn(worth: Floats) -> dict[str, Floats]:
        own = random.normal(0, of_images, (len(names), 1, 100))
        noise = random.normal(size=(len(names), seeds, 100))
        return dict(zip(names, worth + own + noise, strict=True))

    told = np.zeros(2)
    for _ in range(boards):
        worth = random.normal(0, of_seeds, (len(names), seeds, 1))
        board = Readings("shape", "frozen", 100, Measured(drawn(worth), drawn(worth)))
        control = control_of(board)
        assert control is not None
        told += against(board.wins("edges")) != 0, control.is_better is not None
    assert (told / boards <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / boards)).all()
