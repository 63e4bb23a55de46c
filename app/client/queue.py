"""The client's calls about the queue: what waits, in which order, and what changes that."""

from typing import Any

from app.client.calls import Calls
from app.schema_types import QueueMove
from app.urls import queue_api
from app.views.queue.view import QueuedJob, QueueOrder


class QueueCalls(Calls):
    """The queue; `Client` has these beside its calls about runs."""

    def queue(self, limit: int = 100) -> QueueOrder:
        """What runs, and what waits, the next one first; of these at most `limit`, 500 at most."""
        return self._get(QueueOrder, queue_api(), limit=limit)

    def move(self, job_id: int, move: QueueMove) -> QueuedJob:
        """Put what waits "up", "down" or to the "top". Raises ConflictedError where it has no place."""
        return self._post(QueuedJob, queue_api(f"{job_id}/{move}"))

    def change_queued(self, job_id: int, **fields: Any) -> QueuedJob:
        """Set priority or requirements ({"device": "cuda", "labels": ["big"]}) of what waits.

        Raises ConflictedError for what does not wait.
        """
        answer = self._send("PATCH", queue_api(str(job_id)), json=fields)
        return QueuedJob.model_validate_json(answer.content)
