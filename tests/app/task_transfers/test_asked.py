"""What the address of a matrix's page may say; how long a job takes is told by its pieces."""

import pytest

from app.errors import InvalidError
from app.task_transfers.asked import Asked, read_importance, shown
from app.task_transfers.duration import SECONDS, about_seconds, whole_minutes
from tests.app.task_transfers import made
from trainer.transfer.between_tasks.config import TaskTransferConfig

VIEW = made.view()
TARGETS = ["shape", "edges"]


def test_the_usual_is_the_largest_split_and_a_new_target() -> None:
    usual = shown(VIEW, Asked())
    assert (usual.images, usual.target) == (1000, "double")
    assert not usual.weighs
    assert usual.policy_query == "budget=4"
    assert shown(made.view(new=()), Asked()).target == VIEW.order_of_targets[0]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (Asked(images=77), "images"),
        (Asked(target="depth"), "target"),
        (Asked(importance=("depth:1",)), "importance"),
        (Asked(importance=("shape:9",)), "importance"),
        (Asked(importance=("shape:x",)), "importance"),
        (Asked(importance=("shape:nan",)), "importance"),
    ],
)
def test_what_the_job_has_not_is_refused_by_name(asked: Asked, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        shown(VIEW, asked)
    assert [problem.path for problem in refused.value.fields] == [field]


def test_importance_is_read_from_words_or_from_a_plain_forms_fields() -> None:
    assert read_importance((), TARGETS) == {"shape": 1, "edges": 1}
    assert read_importance(("shape:2, edges:0",), TARGETS) == {"shape": 2, "edges": 0}
    assert read_importance(("0.5", ""), TARGETS) == {"shape": 0.5, "edges": 1}
    asked = shown(VIEW, Asked(budget=2, importance=("shape:2,edges:0",)))
    assert asked.weighs
    assert asked.policy_query == "budget=2&importance=edges:0,shape:2"


def test_time_grows_with_each_part() -> None:
    usual = about_seconds(TaskTransferConfig())
    assert about_seconds(TaskTransferConfig(seeds=(0, 1, 2))) == pytest.approx(3 * usual)
    assert about_seconds(TaskTransferConfig(order=3)) > usual > about_seconds(TaskTransferConfig(order=1))
    assert about_seconds(TaskTransferConfig(finetune=True)) > usual
    one = TaskTransferConfig(sources=("edges",), targets=("shape",), sizes=(100,), order=1)
    wanted = 2 * SECONDS["own"] + SECONDS["scratch"] + 3 * SECONDS["single"]
    assert about_seconds(one) == pytest.approx(wanted)


def test_an_estimate_is_told_to_the_minute() -> None:
    assert whole_minutes(84.5) == 84.5
    assert whole_minutes(1169.0) == 19 * 60
