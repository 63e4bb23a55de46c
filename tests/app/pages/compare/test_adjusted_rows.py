"""What a comparison's page says of a row that was adjusted: no further run, and what sets it apart."""

import pytest
from starlette.testclient import TestClient

from app.settings import Settings
from app.store.engine import Database
from tests.app.logits import keep_run
from tests.app.pages.seen import HTML, context
from tests.conftest import SeedRun

pytestmark = pytest.mark.slow


def test_it_adds_no_run_and_says_what_sets_it_apart(
    client: TestClient, seed_run: SeedRun, db: Database, settings: Settings
) -> None:
    run_id = keep_run(seed_run, db, settings)
    page = client.get(f"/compare?runs={run_id}&adjusted={run_id}:tau=1.2", headers=HTML)
    assert context(page)["run_count"] == 1
    _, _, differs = page.text.partition('<section aria-label="What differs">')
    assert '<th scope="col">Adjusted</th>' in differs
    assert differs.count("<td>tau=1.2</td>") == 1
