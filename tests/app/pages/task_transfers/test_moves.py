"""What the page of a matrix offers to do with it."""

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from tests.app.pages.seen import HTML, context
from tests.app.task_transfers.planted import config_of, plant, table

pytestmark = pytest.mark.slow


def test_a_matrix_is_archived_and_restored(client: TestClient, db: Database, settings: Settings) -> None:
    job_id = plant(db, settings, config_of(), table({}))
    page = f"/transfer/tasks/{job_id}"
    for offered, heading, listed in (
        ("archive", False, True),
        ("restore", True, False),
        ("archive", False, True),
    ):
        shown = client.get(page, headers=HTML)
        assert context(shown)["moves"] == [offered]
        assert f'value="{offered}">{offered.capitalize()}</button>' in shown.text
        assert ("/ archived <time" in shown.text) == heading
        assert (f'href="{page}"' in client.get("/transfer", headers=HTML).text) == listed
        moved = client.post(f"{page}/act", data={"action": offered}, headers=HTML, follow_redirects=False)
        assert moved.headers["location"] == page


def test_a_running_matrix_is_not_archived(client: TestClient, db: Database, settings: Settings) -> None:
    job_id = plant(db, settings, config_of(), table({}), state="running")
    assert context(client.get(f"/transfer/tasks/{job_id}", headers=HTML))["moves"] == ["cancel", "pause"]
