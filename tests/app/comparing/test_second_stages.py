"""First and second stages side by side: labels, the baseline, and a tuned field of the second stage."""

from typing import Any

import pytest

from app.store.runs import get_run
from tests.app.comparing.boards import CE, Board, row, said
from trainer.config import as_json, config_hash, parse_config, setting_hash

pytestmark = pytest.mark.slow

TAU = "second_stage.tau"


def add(board: Board, seed: int, hits: int, validation: float | None = None, **stage: Any) -> None:
    """A run that finds so many images of each class, as one with this second stage."""
    run_id = board.add(CE, seed, (hits,) * 3, validation=validation)
    with board.db.read() as session:
        plain = get_run(session, run_id).config
    if stage:
        config = parse_config({**plain, "second_stage": stage})
        hashes = {"config_hash": config_hash(config), "setting_hash": setting_hash(config)}
        board.change(run_id, config=as_json(config), **hashes)


def test_the_first_stage_is_what_the_others_are_held_against(board: Board) -> None:
    for seed in range(3):
        add(board, seed, 100 + seed, name="crt")
        add(board, seed, 80 + seed)
        add(board, seed, 90 + seed, name="tau_norm")
    view = board.view()
    assert view.baseline == "CE"
    assert {one.label for one in view.rows} == {"CE", "CE, cRT", "CE, tau-normalisation"}
    for label, gain in (("CE, cRT", 0.1), ("CE, tau-normalisation", 0.05)):
        delta = row(view, label).delta
        assert delta is not None
        assert delta.mean == pytest.approx(gain)
    longer = [text for text in view.warnings if "epochs" in text]
    assert longer == [
        "After the epochs of the others, the last layer trains on in CE, cRT (10 more). A part of the "
        "difference may come from these epochs."
    ]
    assert not view.same_but_loss
    assert [one.effective_rate for one in view.rows] == [None, pytest.approx(0.02), None]
    assert "effective rate" not in said(view)


def test_tau_is_chosen_on_validation_beside_the_first_stage(board: Board) -> None:
    for seed in range(3):
        add(board, seed, 80, validation=0.4)
        for tau, hits, validation in ((0.5, 90, 0.6), (1.0, 100, 0.5)):
            add(board, seed, hits, validation=validation, name="tau_norm", tau=tau)
    view = board.view(tuned=TAU)
    assert [one.label for one in view.rows] == ["CE", "CE, tau-normalisation, tuned"]
    first, second = view.rows
    assert first.tuning is None
    assert second.tuning is not None
    assert (second.tuning.chosen, second.tuning.seeds) == (0.5, (0.5, 0.5, 0.5))
    assert view.baseline == "CE"
    assert second.metrics["accuracy"].mean == pytest.approx(90 / 200)
    assert "budget of tuning is unequal" not in said(view)
    assert "CE, tau-normalisation, tuned at the tau that validation chose (2 values each)" in said(view)
    assert "Each setting at the" not in said(view)
