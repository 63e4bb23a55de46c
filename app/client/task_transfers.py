"""The client's calls about transfers between tasks: what one task's network is worth to another."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.client.calls import Calls
from app.lifecycle import ENDED
from app.task_transfers.view import (
    TaskEntry,
    TaskList,
    TaskPolicyView,
    TaskTransferList,
    TaskTransferSummary,
    TaskTransferView,
)
from app.urls import API, task_transfer_api


class TaskTransferCalls(Calls):
    """Matrices of transfers between tasks; `Client` has these beside its calls about runs."""

    def launch_task_transfer(
        self,
        sources: Sequence[str] | None = None,
        targets: Sequence[str] | None = None,
        sizes: Sequence[int] = (100, 300, 1000),
        order: int = 2,
        seeds: int | Sequence[int] = 1,
        name: str | None = None,
        notes: str = "",
        *,
        finetune: bool = False,
    ) -> TaskTransferView:
        """Queue a matrix of these tasks, of all where none are named.

        sizes: labelled images of a readout; order: how many sources are read out side by side at most; seeds:
        them, or how many. An equal matrix that is there already is used again. Raises RefusedError.
        """
        body: dict[str, Any] = {"sizes": list(sizes), "order": order, "finetune": finetune, "notes": notes}
        body["seeds"] = seeds if isinstance(seeds, int) else list(seeds)
        body |= {key: list(names) for key, names in (("sources", sources), ("targets", targets)) if names}
        body |= {"name": name} if name else {}
        return self._post(TaskTransferView, f"{API}/task-transfers", body)

    def task_transfer(self, job_id: int) -> TaskTransferView:
        """One matrix, as far as every seed has measured it. Raises MissingError."""
        return self._get(TaskTransferView, task_transfer_api(job_id))

    def task_transfers(self) -> tuple[TaskTransferSummary, ...]:
        """All matrices, newest first."""
        return self._get(TaskTransferList, f"{API}/task-transfers").items

    def task_policy(
        self, job_id: int, budget: float = 4, importance: Mapping[str, float] | None = None
    ) -> TaskPolicyView:
        """Which source tasks to label so that all targets are served best; importance is 1 unless said.

        Raises MissingError until the single sources are measured, and RefusedError.
        """
        said = ",".join(f"{name}:{value!r}" for name, value in (importance or {}).items())
        asked = {"budget": budget, "importance": said}
        return self._get(TaskPolicyView, task_transfer_api(job_id, "policy"), **asked)

    def tasks(self) -> tuple[TaskEntry, ...]:
        """All tasks on scenes."""
        return self._get(TaskList, f"{API}/tasks").items

    def cancel_task_transfer(self, job_id: int) -> TaskTransferView:
        """Stop it; what is measured stays. Raises ConflictedError where it has ended."""
        return self._post(TaskTransferView, task_transfer_api(job_id, "cancel"))

    def retry_task_transfer(self, job_id: int) -> TaskTransferView:
        """Let one that failed or was canceled go on. Raises ConflictedError."""
        return self._post(TaskTransferView, task_transfer_api(job_id, "retry"))

    def wait_task_transfer(
        self,
        job_id: int,
        timeout: float | None = None,
        on_look: Callable[[TaskTransferView], None] | None = None,
    ) -> TaskTransferView:
        """Wait until it has ended, even if the server is away for up to a minute.

        `on_look` sees it once a second. Raises WaitedTooLongError after `timeout` seconds; it goes on.
        """

        def left(found: TaskTransferView) -> str:
            told = f"Task transfers {job_id} have {found.done} of {found.pieces} pieces"
            return "" if found.state in ENDED else told

        return self._wait(lambda: self.task_transfer(job_id), left, timeout, on_look)
