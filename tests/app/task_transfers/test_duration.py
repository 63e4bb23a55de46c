"""How long the rest of a matrix takes: by what was trained, and not by what was used again."""

import pytest

from app.task_transfers.duration import SECONDS, about_seconds, seconds_left
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.between_tasks.plan import PieceOf, pieces_of, singles

ONE = TaskTransferConfig(order=1)
THREE = TaskTransferConfig(seeds=(0, 1, 2))


def lane_seconds(config: TaskTransferConfig, piece: PieceOf) -> float:
    """That a piece takes on one of two cores, as expected."""
    networks = {"own": 1, "scratch": 1, "single": len(singles(config)), "together": 10}
    return 2 * SECONDS[piece.stage] * networks[piece.stage]


def left(config: TaskTransferConfig, took: dict[str, float], at_once: int = 2, is_cpu: bool = True) -> float:
    return seconds_left(config, took, at_once, is_cpu=is_cpu)


def test_own_networks_alone_tell_what_readouts_will_take() -> None:
    """A readout is not taken for as long as a network's training."""
    own = [piece for piece in pieces_of(ONE) if piece.stage == "own"]
    rest = about_seconds(ONE) - len(own) * SECONDS["own"]
    assert left(ONE, {piece.name: 46.0 for piece in own}) == pytest.approx(rest)
    assert left(ONE, {piece.name: 92.0 for piece in own}) == pytest.approx(2 * rest)
    assert left(ONE, {piece.name: 92.0 for piece in own}, at_once=4) == pytest.approx(rest)


def test_a_seed_that_was_used_again_says_nothing_of_the_next_ones() -> None:
    again = {
        piece.name: 0.05 for piece in pieces_of(THREE) if piece.slot.seed == 0 and piece.stage != "together"
    }
    rest = sum(lane_seconds(THREE, piece) for piece in pieces_of(THREE) if piece.name not in again) / 2
    assert rest > 0.6 * about_seconds(THREE)
    assert left(THREE, again) == pytest.approx(rest)
    trained = {piece.name: 92.0 for piece in pieces_of(THREE) if piece.name == "own edges, seed 1"}
    assert left(THREE, again | trained) == pytest.approx(2 * rest - 46)


def test_a_stage_takes_as_long_as_it_took() -> None:
    """The median of its pieces that trained."""
    plan = pieces_of(ONE)
    took = {piece.name: lane_seconds(ONE, piece) for piece in plan if piece.stage != "single"}
    single = [piece.name for piece in plan if piece.stage == "single"]
    took |= dict(zip(single[:4], (8.0, 10.0, 30.0, 0.1), strict=True))
    assert left(ONE, took, at_once=1) == pytest.approx(10.0 * (len(single) - 4))


def test_shorter_training_and_faster_devices_are_not_taken_for_reuse() -> None:
    short = ONE.model_copy(update={"epochs": 2})
    own = {piece.name: 2 * SECONDS["own"] / 6 for piece in pieces_of(short) if piece.stage == "own"}
    assert left(short, own) == pytest.approx(about_seconds(short) - len(own) * SECONDS["own"] / 6)
    fast = {piece.name: 4.6 for piece in pieces_of(ONE) if piece.stage == "own"}
    rest = about_seconds(ONE) - len(fast) * SECONDS["own"]
    assert left(ONE, fast, at_once=1, is_cpu=False) == pytest.approx(2 * rest / 10)
