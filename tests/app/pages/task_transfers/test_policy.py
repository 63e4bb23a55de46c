"""The policy on the page: its slider, text and drawing agree, and it says when it may change."""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.app.pages.seen import HTML, context
from tests.app.pages.task_transfers.opened import PAGE, seen
from tests.app.task_transfers import made
from trainer.transfer.tasks import TASKS

pytestmark = pytest.mark.slow
TO_LABEL = [task.name for task in TASKS if task.needs_labels]
FREE = [task.name for task in TASKS if not task.needs_labels]


def slider(page: str) -> dict[str, str]:
    (found,) = re.findall(r'<input type="range"[^>]*>', page)
    return dict(re.findall(r'([a-z-]+)="([^"]*)"', found))


@pytest.mark.parametrize(
    ("sources", "query", "most", "budget"),
    [
        ([*TO_LABEL, *FREE], "", len(TO_LABEL), 4),
        ([*TO_LABEL[:3], *FREE], "", 3, 3),
        ([*TO_LABEL[:3], *FREE], "?budget=4", 4, 4),
        (TO_LABEL[:3], "?budget=1.9", 3, 1),
        (FREE, "", 0, 0),
    ],
)
def test_slider_output_and_policy_have_the_same_budget(
    client: TestClient, shows: Any, sources: list[str], query: str, most: int, budget: int
) -> None:
    shows(made.view(new=[name for name in TASKS.names if name not in sources]))
    page = client.get(f"{PAGE}{query}", headers=HTML)
    drawn = slider(page.text)
    assert (drawn["min"], drawn["max"], drawn["value"]) == ("0", str(most), str(budget))
    assert drawn["data-default"] == str(min(4, len([name for name in sources if name in TO_LABEL])))
    assert f'<output for="budget">{budget}</output>' in page.text
    assert context(page)["policy"].budget == budget
    assert f"policy?budget={budget}" in page.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "running"}, "It may change: sources side by side are still measured."),
        ({"state": "canceled"}, "It may change: sources side by side are not all measured."),
        ({"state": "completed"}, ""),
        ({"state": "running", "order": 1}, ""),
    ],
)
def test_a_policy_may_change_until_sources_side_by_side_are_measured(
    client: TestClient, shows: Any, changes: dict[str, Any], said: str
) -> None:
    shows(made.view(**changes))
    page = seen(client, PAGE)
    assert ("It may change" in page) == bool(said)
    assert said in page
