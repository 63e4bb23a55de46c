"""What a job is asked, and the pieces that come of it."""

from math import comb

import pytest
from pydantic import ValidationError

from tests.trainer.transfer.between_tasks.small import small_config
from trainer.errors import ConfigError
from trainer.kinds import parse_job
from trainer.transfer.between_tasks.config import TaskTransferConfig, combined
from trainer.transfer.between_tasks.plan import pieces_of, singles
from trainer.transfer.tasks import TASKS


def test_all_tasks_are_both_unless_it_is_said() -> None:
    config = TaskTransferConfig()
    assert config.sources == config.targets == config.tasks == TASKS.names
    assert singles(config) == (*TASKS.names, "random", "pixels")
    # own, scratch and single by size, side by side
    assert len(pieces_of(config)) == 15 * (1 + 3 + 3 + 1)
    assert len({piece.name for piece in pieces_of(config)}) == 15 * 8
    assert parse_job(config.model_dump(mode="json")) == config


def test_names_and_sizes_are_put_in_order_each_once() -> None:
    config = small_config(sources=["shape", "hue", "shape"], sizes=[300, 100, 300])
    assert config.sources == ("hue", "shape")
    assert config.sizes == (100, 300)
    assert config.tasks == ("hue", "orientation", "shape", "turns")


def test_an_unknown_task_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError) as refused:
        parse_job({"kind": "task_transfer", "sources": ["hue", "depth"]})
    (problem,) = refused.value.fields
    assert problem.path == "sources"
    assert "depth" in problem.message
    assert "distance" in problem.message


@pytest.mark.parametrize(
    "wrong", [{"sizes": [20]}, {"sizes": []}, {"order": 4}, {"seeds": []}, {"targets": []}]
)
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        small_config(**wrong)


def test_own_networks_come_before_readouts_and_pairs_come_last() -> None:
    stages = [(piece.slot.seed, piece.stage) for piece in pieces_of(small_config(finetune=True))]
    runs = [stage for at, stage in enumerate(stages) if at == 0 or stage != stages[at - 1]]
    each = ["own", "scratch", "single", "finetune"]
    assert runs == [
        *((0, one) for one in each),
        *((1, one) for one in each),
        (0, "together"),
        (1, "together"),
    ]


@pytest.mark.parametrize("order", [1, 2, 3])
def test_sets_of_sources_are_all_of_two_up_to_the_order(order: int) -> None:
    found = combined(("a", "b", "c", "d"), order)
    assert len(found) == len(set(found)) == sum(comb(4, count) for count in range(2, order + 1))


def test_one_source_stands_beside_none() -> None:
    assert not any(piece.stage == "together" for piece in pieces_of(small_config(sources=["hue"])))
