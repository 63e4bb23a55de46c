"""Observations: what they say about figures made by hand, and what they leave unsaid."""

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.store.engine import Database
from app.views.compare import Comparison
from app.views.compare_views import comparison
from app.views.observations import MOST_OBSERVATIONS

SeedRun = Callable[..., int]
Hits = Sequence[int]


def matrix(hits: Hits, support: int = 100) -> list[list[int]]:
    """Test images of each class that were hit; the rest were taken for the first class (or the second)."""
    size = len(hits)
    rows = [[0] * size for _ in range(size)]
    for true, right in enumerate(hits):
        rows[true][true] = right
        rows[true][1 if true == 0 and size > 1 else 0] += support - right
    return rows


def focal(beta: float) -> dict[str, Any]:
    return {"name": "focal", "weighting": "class_balanced", "beta": beta}


@pytest.fixture
def board(
    seed_run: SeedRun, db: Database
) -> Callable[[Sequence[tuple[dict[str, Any], int, Hits]]], Comparison]:
    """A comparison of (loss, seed, hits of each class)."""

    def made(runs: Sequence[tuple[dict[str, Any], int, Hits]]) -> Comparison:
        ids = [
            seed_run(config={"loss": loss, "seed": seed}, epochs=1, confusions=[matrix(hits)])
            for loss, seed, hits in runs
        ]
        with db.read() as session:
            return told(session, ids)

    return made


def told(session: Session, ids: Sequence[int]) -> Comparison:
    return comparison(session, ids)


CE: dict[str, Any] = {"name": "cross_entropy"}


def texts(view: Comparison) -> list[str]:
    return [one.text for one in view.observations]


def test_gain_seesaw_classes_and_chance(board: Any) -> None:
    view = board([
        (CE, 0, (90, 50, 10)), (CE, 1, (88, 52, 12)), (CE, 2, (92, 48, 8)),
        (focal(0.9), 0, (80, 55, 45)), (focal(0.9), 1, (79, 56, 50)), (focal(0.9), 2, (81, 57, 40)),
    ])  # fmt: skip
    said = texts(view)
    assert said[0].startswith(
        "Largest gain in accuracy: CB-Focal 0.9, +10.3 points against CE (95 % interval "
    )
    assert said[0].endswith("n = 3).")
    assert said[1] == "Seesaw of CB-Focal 0.9 against CE: head lost 10.0 points, tail gained 35.0 points."
    assert said[2] == ("CB-Focal 0.9 against CE: 2 of 3 classes gained, most fox +35.0 (10 training images), "
                       "dog +6.0 (30 training images); in points.")  # fmt: skip
    assert (
        said[3]
        == "CB-Focal 0.9 against CE: 1 of 3 classes lost, most cat −10.0 (100 training images); in points."
    )
    assert said[4] == "Classes below chance (33.3 %): CE 1 of 3 (lowest fox, 10.0 %)."
    assert [one.figure for one in view.observations] == [
        "compare-table", "compare-tradeoff", "compare-heat-delta", "compare-heat-delta", "compare-heat",
    ]  # fmt: skip


def test_a_difference_within_noise_names_the_seeds_it_would_need(board: Any) -> None:
    view = board([
        (CE, 0, (90, 50, 10)), (CE, 1, (50, 50, 50)),
        (focal(0.9), 0, (80, 50, 25)), (focal(0.9), 1, (52, 50, 45)),
    ])  # fmt: skip
    [delta] = [row.delta for row in view.rows if row.delta]
    assert delta.low is not None
    assert delta.low < 0
    assert f"firm verdict needs about {delta.seeds_needed} seeds" in texts(view)[0]


def test_a_larger_gain_from_fewer_seeds_does_not_hide_a_sure_one(board: Any) -> None:
    view = board([
        (CE, 0, (90, 50, 10)), (CE, 1, (88, 52, 12)), (CE, 2, (92, 48, 8)),
        (focal(0.9), 0, (85, 55, 25)), (focal(0.9), 1, (84, 56, 26)), (focal(0.9), 2, (86, 54, 25)),
        (focal(0.99), 0, (90, 60, 80)), (focal(0.99), 1, (60, 50, 50)),
    ])  # fmt: skip
    said = texts(view)
    assert said[0].startswith("Largest gain in accuracy: CB-Focal 0.99,")
    assert "not distinguishable from 0" in said[0]
    [sure] = [row.delta for row in view.rows if row.label == "CB-Focal 0.9"]
    assert said[1].startswith(f"Distinguishable from CE, in points of accuracy: CB-Focal 0.9 "
                              f"+{100 * sure.mean:.1f} (")  # fmt: skip
    assert said[1].endswith("n = 3). Each interval is for one comparison.")


def test_optimum_of_beta_and_its_neighbours(board: Any) -> None:
    runs = [
        (focal(beta), seed, hits)
        for beta, all_hits in {
            0.9: ((60, 50, 40), (62, 50, 41)), 0.99: ((70, 60, 50), (72, 60, 51)),
            0.999: ((70, 59, 50), (71, 62, 50)),
        }.items()
        for seed, hits in enumerate(all_hits)
    ]  # fmt: skip
    [said] = [text for text in texts(board(runs)) if "peaks" in text]
    assert said.startswith(
        "Accuracy of CB-Focal peaks at beta 0.99 (60.5 %, n = 2); beside it 0.9 (−10.0 points, "
    )
    assert re.search(r"0\.9 \(.*?: distinguishable\) and 0\.999 \(.*?: not distinguishable\)\.$", said)


def test_optimum_at_the_end_of_the_sweep(board: Any) -> None:
    view = board([(focal(0.9), 0, (60, 50, 40)), (focal(0.99), 0, (70, 60, 50))])
    [said] = [text for text in texts(view) if "peaks" in text]
    assert "at the end of the values tried; beside it 0.9 (−10.0 points, one seed: no interval)." in said


def test_one_seed_has_no_interval(board: Any) -> None:
    view = board([(CE, 0, (90, 50, 40)), (focal(0.9), 0, (80, 50, 45))])
    assert texts(view)[0] == (
        "No setting gains on CE; closest in accuracy: CB-Focal 0.9, −1.7 points against CE "
        "(n = 1: one seed, no interval)."
    )
    assert "Every setting has one seed: no interval for their figures." in texts(view)


def test_nothing_is_said_without_figures(board: Any, seed_run: SeedRun, db: Database) -> None:
    ids = [seed_run("queued"), seed_run("queued", config={"loss": CE, "seed": 1})]
    with db.read() as session:
        assert comparison(session, ids).observations == ()
        assert comparison(session, []).observations == ()


def test_every_sentence_has_a_number_and_there_are_few(board: Any) -> None:
    runs = [(focal(beta), seed, (90 - seed, 50, 10 + seed)) for beta in (0.9, 0.99, 0.999) for seed in (0, 1)]
    view = board([(CE, 0, (90, 50, 10)), (CE, 1, (90, 50, 20)), *runs])
    assert 0 < len(view.observations) <= MOST_OBSERVATIONS
    assert all(re.search(r"\d|one seed", text) for text in texts(view))
