"""Observations: each claim stands only where its interval does; the figures in it are worked out again."""

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from scipy import stats

from app.comparing.parts import ALPHA, How
from app.comparing.verdicts.judging import SHARES
from app.comparing.verdicts.observations import MOST_OBSERVATIONS
from app.formats import change
from tests.app.comparing.boards import CE, FOCAL, SUPPORT, Board, fill, focal, row, starting

pytestmark = pytest.mark.slow

RATE = "optim.learning_rate"


def states_a_difference(text: str) -> bool:
    """By the words alone."""
    sure = ("Seesaw", "surely gained", "surely lost", "found less often", "(told apart: ")
    return any(word in text for word in sure)


BOARDS: dict[str, Callable[[Board], None]] = {
    "seesaw": lambda board: fill(board, [(CE, (180, 100, 20)), (focal(0.9), (140, 100, 90))]),
    "noise": lambda board: fill(board, [(CE, (150, 100, 80)), (focal(0.9), (151, 99, 81))]),
    "betas": lambda board: fill(board, [(focal(0.9), (90, 90, 90)), (focal(0.99), (140, 140, 140))]),
    "one seed": lambda board: fill(board, [(CE, (180, 100, 10)), (focal(0.9), (90, 100, 90))], (0,)),
    "two seeds": lambda board: fill(board, [(CE, (180, 100, 10)), (focal(0.9), (90, 100, 90))], (-1, 1)),
}


@pytest.mark.parametrize("name", BOARDS)
@pytest.mark.parametrize("multiplicity", ["holm", "none"])
def test_a_claim_is_exactly_a_sentence_that_states_a_difference(
    board: Board, name: str, multiplicity: Any
) -> None:
    BOARDS[name](board)
    view = board.view(how=How(multiplicity=multiplicity))
    assert len(view.observations) <= MOST_OBSERVATIONS
    assert [one.text for one in view.observations if one.claim != states_a_difference(one.text)] == []
    assert all(re.search(r"\d|one seed", one.text) for one in view.observations)
    sure = name in ("seesaw", "betas") or (name, multiplicity) == ("two seeds", "none")
    assert any(one.claim for one in view.observations) == sure


def test_seesaw_and_lists_of_classes(board: Board) -> None:
    BOARDS["seesaw"](board)
    view = board.view()
    [seesaw] = starting(view, "Seesaw")
    assert seesaw.text == "Seesaw of CB-Focal 0.9 against CE: head lost 20.0, tail gained 35.0 points."
    assert (seesaw.figure, seesaw.claim) == ("compare-tradeoff", True)
    gained, lost = starting(view, "CB-Focal 0.9 against CE")
    assert gained.text == (
        "CB-Focal 0.9 against CE: 1 of 3 classes surely gained, most fox +35.0 "
        "(10 training images), in points."
    )
    assert lost.text == (
        "CB-Focal 0.9 against CE: 1 of 3 classes surely lost, most cat −20.0 "
        "(100 training images), in points."
    )
    assert (gained.figure, gained.claim, lost.claim) == ("compare-heat-delta", True, True)


def welch(ours: Sequence[int], theirs: Sequence[int]) -> float:
    return float(stats.ttest_ind(ours, theirs, equal_var=False).pvalue)


@pytest.mark.parametrize("seed", range(12))
def test_they_speak_between_the_sharpest_and_the_bluntest_test(board: Board, seed: int) -> None:
    """Holm lies between no adjustment and Bonferroni: silent beyond the one, heard within the other."""
    random = np.random.default_rng(seed)
    apart = random.uniform(0, 60)
    hits = {
        label: [
            (
                int(random.normal(120 - side * apart / 2, 12)),
                int(random.normal(100, 12)),
                int(random.normal(60 + side * apart, 12)),
            )
            for _ in range(5)
        ]
        for side, label in enumerate(("CE", "CB-Focal 0.9"))
    }
    for loss, label in ((CE, "CE"), (focal(0.9), "CB-Focal 0.9")):
        for at, found in enumerate(hits[label]):
            board.add(loss, at, found)
    view = board.view()
    head, medium, tail = (
        [[one[at] for one in hits[label]] for label in ("CB-Focal 0.9", "CE")] for at in range(3)
    )
    p = {name: welch(*sides) for name, sides in (("head", head), ("medium", medium), ("tail", tail))}
    bounds = {"head": ALPHA * SHARES["others"], "tail": ALPHA * SHARES["tail"]}
    tests = {"head": 20, "tail": 1}  # at most 10 other metrics, 3 classes and their like; one row's tail
    ways = np.sign(np.mean(head[0]) - np.mean(head[1])) * np.sign(np.mean(tail[0]) - np.mean(tail[1])) < 0
    spoken = bool(starting(view, "Seesaw"))
    if spoken:
        assert ways
        assert all(p[name] <= bounds[name] for name in bounds)
    if ways and all(p[name] <= bounds[name] / tests[name] for name in bounds):
        assert spoken
    lead = view.best == "CB-Focal 0.9"
    listed = " ".join(one.text for one in starting(view, "CB-Focal 0.9 against CE"))
    for name, group in (("cat", "head"), ("dog", "medium"), ("fox", "tail")):
        if f"{name} +" in listed or f"{name} −" in listed:
            assert p[group] <= bounds["head"]
        if lead and p[group] <= bounds["head"] / 20:
            assert name in listed


@pytest.mark.parametrize("lowest", [10, 40, 48, 54, 60, 66, 80])
def test_rarely_found_classes_are_those_whose_upper_bound_lies_below(board: Board, lowest: int) -> None:
    spread = (-9, -5, 0, 5, 9)
    levels = {"CE": (150, 100, lowest), "Focal": (100, lowest + 4, 120)}
    for loss, label in ((CE, "CE"), (FOCAL, "Focal")):
        fill(board, [(loss, levels[label])], spread)
    below = {}
    reach = stats.t.ppf(1 - ALPHA * SHARES["chance"] / 6, 4) * np.std(spread, ddof=1) / math.sqrt(5)
    for label, means in levels.items():
        floors = [math.sqrt((one + 2) / 204 * (1 - (one + 2) / 204) / SUPPORT / 5) * SUPPORT for one in means]
        assert max(floors) < np.std(spread, ddof=1) / math.sqrt(5), "seeds spread above the binomial"
        below[label] = sum((one + reach) / SUPPORT < 1 / 3 for one in means)
    found = starting(board.view(), "Classes found less often than 1 in 3, by an upper bound: ")
    assert bool(found) == any(below.values())
    for label, number in below.items():
        assert any(f"{label} {number} of 3 (lowest" in one.text for one in found) == (number > 0)
    assert all(one.claim and one.figure == "compare-heat" for one in found)


def test_one_seed_is_never_surely_below_anything(board: Board) -> None:
    fill(board, [(CE, (180, 100, 0)), (FOCAL, (180, 100, 0))], (0,))
    assert starting(board.view(), "Classes found") == []


@pytest.mark.parametrize(("shares", "said"), [((0.5, 0.5), ""), ((0.4, 0.62), "51.0"), ((0.9, 0.9), "90.0")])
def test_a_layer_with_more_than_half_of_its_units_dead_is_named(
    board: Board, shares: tuple[float, float], said: str
) -> None:
    for seed, share in enumerate(shares):
        dead = {"dead_units/relu1": 0.1, "dead_units/relu5": share, "dead_weights/relu5": 0.99}
        board.add(CE, seed, figures={1: {"scalars": dead}})
        board.add(FOCAL, seed, figures={1: {"scalars": {"dead_units/relu5": 0.3}}})
    found = [one for one in board.view().observations if "(dead)" in one.text]
    if not said:
        assert found == []
    else:
        assert [one.text for one in found] == [
            f"Units that are zero for every test image (dead): CE {said} % of relu5."
        ]
        assert not found[0].claim


def test_layers_are_those_after_the_rows_own_epoch(board: Board) -> None:
    for loss in (CE, FOCAL):
        figures = {1: {"scalars": {"dead_units/relu5": 0.9}}, 2: {"scalars": {"dead_units/relu5": 0.1}}}
        board.ids.append(board.seed_run(config={"loss": loss}, epochs=2, figures=figures))
    assert not any("(dead)" in one.text for one in board.view().observations)


def test_one_seed_compares_two_networks_and_says_so(board: Board) -> None:
    random = np.random.default_rng(5)
    a, b = random.random(600) < 0.5, random.random(600) < 0.7
    board.keep(a, CE)
    board.keep(b, FOCAL)
    view = board.acting()
    p = stats.binomtest(int((a & ~b).sum()), int((a != b).sum())).pvalue
    [networks] = starting(view, "These two networks, Focal and CE")
    assert f"{change(float(b.mean() - a.mean()))} points, " in networks.text
    assert f"(exact McNemar p = {p:.2g}). Other seeds may turn it round." in networks.text
    assert p < 1e-6
    [seeds] = starting(view, "Every setting has one seed")
    assert (networks.claim, seeds.claim) == (False, False)
    assert seeds.action is not None
    assert (seeds.action.body["axes"], len(seeds.action.body["settings"])) == ({"seed": [1, 2, 3, 4]}, 2)


def test_settings_with_one_seed_are_counted(board: Board) -> None:
    fill(board, [(CE, (90, 90, 90)), (FOCAL, (80, 80, 80))], (0, 5))
    board.add(focal(0.9))
    assert len(starting(board.view(), "1 of 3 settings has one seed")) == 1
    board.add(focal(0.99))
    assert len(starting(board.view(), "2 of 4 settings have one seed")) == 1


def tune(board: Board, seeds: int = 3) -> dict[tuple[str, float], list[float]]:
    """Two losses at three rates; their test accuracies by label and rate."""
    random = np.random.default_rng(4)
    found: dict[tuple[str, float], list[float]] = {}
    for label, loss, scores in (("CE", CE, (0.4, 0.6, 0.5)), ("Focal", FOCAL, (0.3, 0.5, 0.7))):
        for rate, score in zip((0.02, 0.05, 0.1), scores, strict=True):
            for seed in range(seeds):
                right = int(200 * score + random.integers(-20, 20))
                board.add(loss, seed, (right,) * 3, validation=score, optim={"learning_rate": rate})
                found.setdefault((label, rate), []).append(right / SUPPORT)
    return found


def test_tuned_rates_name_their_neighbours_the_edge_and_the_budget(board: Board) -> None:
    tune(board)
    [told] = starting(board.view(tuned=RATE), "Each setting at the rate")
    assert told.text == (
        "Each setting at the rate that validation chose (3 values each): CE, tuned 0.05 (60.0 % on "
        "validation; beside it 0.02 40.0, 0.1 50.0); Focal, tuned 0.1 (70.0 % on validation; beside it 0.05 "
        "50.0, at the edge of what was tried)."
    )
    assert not told.claim


def test_without_tuning_both_stand_at_each_rate(board: Board) -> None:
    values = tune(board)
    view = board.view(tuned=RATE)
    assert (view.best, view.baseline) == ("Focal, tuned", "CE, tuned")
    [told] = starting(view, "Without tuning, Focal, tuned against CE, tuned at one rate for both")
    for rate in (0.02, 0.05, 0.1):
        ours, theirs = (np.array(values[label, rate]) for label in ("Focal", "CE"))
        mean = ours.mean() - theirs.mean()
        half = stats.t.ppf(0.975, 2) * math.sqrt(ours.var(ddof=1) / 3 + theirs.var(ddof=1) / 3)
        assert f"{rate:g}: {change(mean)} ({change(mean - half)} to {change(mean + half)})" in told.text
    assert not told.claim


def test_without_tuning_nothing_is_said_of_rates_that_only_one_has(board: Board) -> None:
    for loss, rate in ((CE, 0.02), (CE, 0.05), (FOCAL, 0.1), (FOCAL, 0.2)):
        for seed in range(2):
            board.add(loss, seed, (100 + seed,) * 3, validation=rate, optim={"learning_rate": rate})
    view = board.view(tuned=RATE)
    assert row(view, "Focal, tuned").tuning is not None
    assert starting(view, "Without tuning") == []


def test_nothing_is_said_without_figures(board: Board) -> None:
    assert board.view().observations == ()
    board.add(state="queued")
    board.add(FOCAL, state="queued")
    assert board.view().observations == ()
