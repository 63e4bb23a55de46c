"""What the tests of these pages share: a view made by hand instead of one of the database."""

from types import SimpleNamespace
from typing import Any

import pytest

import app.api.task_transfer_figures as figures
import app.pages.task_transfers.page as pages
import app.pages.transfers as hub
from app.task_transfers.asked import read_importance
from app.task_transfers.view import TaskPolicyView, TaskTransferList, TaskTransferSummary, TaskTransferView
from app.views.base import same_named
from tests.app.task_transfers import made


@pytest.fixture
def shows(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Lets the pages find a view, whoever asks, and the policy made for it."""

    def let(view: TaskTransferView) -> None:
        for module in (pages, figures):
            monkeypatch.setattr(module, "task_transfer_view", lambda *_: view)

        job = SimpleNamespace(archived_at=None)
        monkeypatch.setattr(pages, "get_task_transfer", lambda *_: job)

        def policy(_s: Any, _t: Any, _id: int, budget: float, importance: str) -> TaskPolicyView:
            targets = [task.name for task in view.tasks]
            return made.policy(view, budget, read_importance((importance,), targets))

        monkeypatch.setattr(pages, "task_policy", policy)
        summary = TaskTransferSummary(**same_named(TaskTransferSummary, view))
        monkeypatch.setattr(hub, "task_transfer_list", lambda _: TaskTransferList(items=(summary,)))

    return let
