"""The tasks on scenes whose transfers are measured, one module each. Imports no torch.

To add one: work its targets out from what was drawn, and let a module beside these hold the `Task` as TASK.
"""

from collections.abc import Mapping
from typing import get_args

from trainer.registry import Registry, entries_in
from trainer.transfer.tasks.entry import Examples, Kind, Level, Task

__all__ = ["CONTROLS", "TASKS", "Examples", "Kind", "Level", "Task"]

_LEVELS = get_args(Level)

TASKS: Registry[Task] = Registry(
    "task", *sorted(entries_in(__name__, "TASK", ()), key=lambda task: _LEVELS.index(task.level))
)
"""From the lowest level to the highest, then the self-supervised ones."""

CONTROLS: Mapping[str, str] = {"random": "random encoder", "pixels": "raw pixels"}
"""Sources that no task has trained, by name, with what sentences call them. They have no targets."""
