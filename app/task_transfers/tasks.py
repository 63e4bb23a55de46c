"""Tasks of the registry, and those of a job with how well their own networks do."""

from collections.abc import Mapping
from typing import Any

from app.comparing.parts import Spread
from app.task_transfers.view import TaskEntry, TaskLine, TaskList
from app.views.base import same_named
from trainer.transfer.between_tasks.config import TaskTransferConfig
from trainer.transfer.tasks import TASKS, Task


def task_list() -> TaskList:
    """All that there are."""
    return TaskList(items=tuple(_entry(task) for task in TASKS))


def task_line(
    config: TaskTransferConfig, name: str, own: Spread, chances: Mapping[str, float | None]
) -> TaskLine:
    """A task of a job. own: measure of its own network; chances: by task, those that are known."""
    task = TASKS[name]
    of_the_job = {
        "unit": task.measure.unit,
        "is_source": name in config.sources,
        "is_target": name in config.targets,
        "chance": chances.get(name),
        "own": own,
    }
    return TaskLine(**same_named(TaskLine, task) | _measured(task) | of_the_job)


def _entry(task: Task) -> TaskEntry:
    told = same_named(TaskEntry, task) | _measured(task)
    return TaskEntry(**told, measure_unit=task.measure.unit)


def _measured(task: Task) -> dict[str, Any]:
    return {"measure": task.measure.name, "better": task.measure.better}
