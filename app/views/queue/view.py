"""Types of the view of the queue; queue.fill fills them from the store."""

from app.views.base import View
from app.views.runs.view import Requirements
from app.views.system.view import JobLine


class QueuedJob(View):
    """A job that waits: a training, a comparison of transfers, a matrix of transfers between tasks."""

    id: int
    kind: str
    name: str
    state: str
    place: int | None
    """1 for the one claimed next; null where it waits for something else than its turn."""
    waits_for: str | None
    """Why it does not run yet, as a sentence; null once it is not queued any more."""
    not_before: str | None = None
    """When it is tried again by itself; null where it is not waiting for that."""
    priority: int
    sweep_id: int | None
    requirements: Requirements
    queued_at: str
    page: str


class QueueOrder(View):
    """What runs now, and what waits, the next one first; `total` counts all that wait, `placed` those of them
    that wait for their turn alone.
    """

    running: tuple[JobLine, ...]
    items: tuple[QueuedJob, ...]
    total: int
    placed: int
